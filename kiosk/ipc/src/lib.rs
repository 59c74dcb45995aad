//! What the terminal's processes say to each other: the types, their frames, and who is who.
//!
//! Duties: one enum per direction and peer, one frame format, the table of Unix users, the layout
//! of the run directory. Never: a socket, a thread, a decision. `docs/protocol/ipc.md` is the
//! prose.

pub mod frame;
mod messages;
pub mod paths;
mod provision;
mod roles;
mod secret;
mod update;

pub use messages::*;
pub use provision::{ProvisionFault, Wrong};
pub use roles::{Group, Role};
pub use secret::Secret;
pub use update::*;
