//! Landlock: the files a process may name, and which TCP, abstract sockets and signals leave it.
//!
//! Best effort: an older kernel enforces the part it knows (files from Linux 5.13, TCP from 6.7,
//! abstract sockets and signals from 6.12), and the log says how much that was. Unix sockets with a
//! path are not Landlock's to refuse there: directories and peer credentials do that.

use crate::process::Tcp;
use crate::{HardenError, Process};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, Scope, path_beneath_rules,
};
use std::path::PathBuf;

/// What it may name. All else is denied.
#[derive(Default)]
pub struct Files {
    /// Read.
    pub read: Vec<PathBuf>,
    /// Read and executed.
    pub execute: Vec<PathBuf>,
    /// Read and written, where it is there.
    pub open: Vec<PathBuf>,
    /// Made, written, removed.
    pub keep: Vec<PathBuf>,
}

/// The rights this was written for; a newer kernel's are left as they are until somebody has
/// thought about them.
const WRITTEN_FOR: ABI = ABI::V6;

/// Closes the rest off for good; says how much of it the kernel could do.
pub fn close(process: Process, files: &Files) -> Result<&'static str, HardenError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let open = read | AccessFs::WriteFile | AccessFs::IoctlDev;
    // A symbolic link would lead somebody with more rights, who writes here, elsewhere.
    let made = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSym;
    let special = AccessFs::Execute | AccessFs::IoctlDev;
    let keep = AccessFs::from_all(WRITTEN_FOR) & !(made | special);
    let mut rules = Ruleset::default().handle_access(AccessFs::from_all(WRITTEN_FOR))?;
    if let Some(denied) = denied(process.tcp()) {
        rules = rules.handle_access(denied)?;
    }
    let scope = if process.signals_others() {
        Scope::AbstractUnixSocket.into()
    } else {
        Scope::AbstractUnixSocket | Scope::Signal
    };
    let status = rules
        .scope(scope)?
        .create()?
        .add_rules(path_beneath_rules(&files.read, read))?
        .add_rules(path_beneath_rules(&files.execute, read | AccessFs::Execute))?
        .add_rules(path_beneath_rules(&files.open, open))?
        .add_rules(path_beneath_rules(&files.keep, keep))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => "full",
        RulesetStatus::PartiallyEnforced => "partial: the kernel is older than Linux 6.12",
        RulesetStatus::NotEnforced => "none: the kernel has no Landlock",
    })
}

fn denied(tcp: Tcp) -> Option<BitFlags<AccessNet>> {
    match tcp {
        Tcp::None => Some(AccessNet::BindTcp | AccessNet::ConnectTcp),
        Tcp::Connect => Some(AccessNet::BindTcp.into()),
        Tcp::Any => None,
    }
}
