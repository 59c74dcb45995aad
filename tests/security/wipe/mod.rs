//! The wipe, proved: what an agent leaves in a session is found while the session lives, and
//! nowhere once it has ended, in whatever way. Searched are all memory of all processes of the
//! terminal and of the gateway, what they hold open, what they wrote, what the kernel keeps for
//! their users, and the pixels. The groupware's own side keeps its mail.
//!
//! A PC's freed pages cannot be searched from a running system: the image sets `init_on_free=1`,
//! and that row goes with it.

mod ends;
mod mailbox;
mod next;
mod pad;
mod traces;
