//! The gateway, seen from the terminal.
//!
//! Duties: the terminal's key and certificate, which it renews, the gateway's time, the calls of the
//! terminal API, the heartbeat.
//! Never: a decision about a session; a body, URL or secret in a log.

mod client;
mod clock;
mod error;
mod identity;
mod link;
mod network;
mod renewal;
mod trust;

pub use client::Client;
pub use error::CallError;
pub use identity::Identity;
pub use link::{Ends, keep as keep_link};
pub use network::NETWORKD;
