//! What systemd is on the image, on a PC: starts a list of units, each with its own user, starts
//! again what dies, and leaves nothing behind; for units with a socket, an instance for each
//! connection.
//!
//! Duties: users, groups, capabilities, umask, environment, restarts, one log file per unit, a status
//! file with the pids. Never: knowledge of what a unit does; a secret; a unit that outlives it
//! (also when it is killed itself).

mod plan;
mod sockets;
mod units;

pub use plan::{Directory, Plan, Socket, Status, Unit, calls_directory, watched};
pub use units::{InitError, hold, run};
