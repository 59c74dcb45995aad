//! Whether it was started as it must be. User, groups and capabilities are the unit's to take away;
//! here it is only looked at, so that a wrong unit is a browser that does not start and never one
//! with rights.
//!
//! Never: change a right; trust what the caller says of itself.

use borne_ipc::Role;
use rustix::net::sockopt::socket_peercred;
use rustix::process::{getegid, geteuid, getgid, getgroups, getuid};
use rustix::thread::{CapabilitySet, capabilities};
use std::os::unix::net::UnixStream;

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    #[error("it runs as user {0}, not as the browser's")]
    User(u32),
    #[error("it is in group {0}, which is not the browser's")]
    Group(u32),
    #[error("it has capabilities: {0:?}")]
    Capabilities(CapabilitySet),
    #[error("user {0} called, not the supervisor")]
    Caller(u32),
    #[error("{0}")]
    Unknown(#[from] rustix::io::Errno),
}

/// The browser's user and group, no other group, no capability.
///
/// # Errors
/// [`Wrong`]; nothing may be started then.
pub fn check() -> Result<(), Wrong> {
    let browser = Role::Browser.uid();
    if let Some(user) =
        [getuid(), geteuid()].map(|user| user.as_raw()).into_iter().find(|user| *user != browser)
    {
        return Err(Wrong::User(user));
    }
    let groups = getgroups()?.into_iter().chain([getgid(), getegid()]).map(|group| group.as_raw());
    if let Some(group) = groups.into_iter().find(|group| *group != browser) {
        return Err(Wrong::Group(group));
    }
    // Ambient ones are among these two (capabilities(7)); the bounding set is nothing without them
    // and with no new privileges.
    let sets = capabilities(None)?;
    match sets.permitted | sets.effective | sets.inheritable {
        none if none.is_empty() => Ok(()),
        some => Err(Wrong::Capabilities(some)),
    }
}

/// Who connected, by the kernel's word (`SO_PEERCRED`, unix(7)).
///
/// # Errors
/// [`Wrong::Caller`], or standard input is no Unix socket.
pub fn check_caller(connection: &UnixStream) -> Result<(), Wrong> {
    match socket_peercred(connection)?.uid.as_raw() {
        user if user == Role::Supervisor.uid() => Ok(()),
        user => Err(Wrong::Caller(user)),
    }
}
