//! What the terminal's processes say to each other: the types, their frames, and who is who.
//!
//! Duties: one enum per direction and peer, one frame format, the table of Unix users, the layout
//! of the run directory. What the gateway's API has a word for is said in that word. Never: a
//! socket, a thread, a decision. `docs/protocol/ipc.md` is the prose.

pub mod frame;
mod messages;
mod panel;
pub mod paths;
mod place;
mod provision;
mod roles;
mod update;
mod wiring;

pub use borne_gateway_api::Secret;
pub use borne_gateway_api::update::Hours;
pub use messages::*;
pub use panel::*;
pub use place::{HostPort, HostPortError, Network, NetworkError};
pub use provision::{ProvisionFault, Wrong};
pub use roles::{Group, Role};
pub use update::*;
pub use wiring::{Wiring, WiringError};
