//! The processes a session depends on, for tests that kill them.
//!
//! Duties: find them. Never: a kill.

use crate::hall::Hall;
use crate::processes;
use crate::terminal::Terminal;
use borne_ipc::Role;

/// Whom a test kills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// A unit of the terminal, by its name.
    Unit(&'static str),
    /// The browser's view of the compositor.
    Filter,
    /// The process bwrap leaves outside.
    CageOutside,
    /// The first one inside.
    CageInside,
    /// A process in the cage, by the beginning of its name.
    InCage(&'static str),
    /// In the town hall.
    Gateway,
}

/// All of them.
pub const VICTIMS: [Victim; 12] = [
    Victim::Unit("sway"),
    Victim::Unit("shell"),
    Victim::Unit("reader"),
    Victim::Unit("egress"),
    Victim::Unit("supervisor"),
    Victim::Filter,
    Victim::CageOutside,
    Victim::CageInside,
    Victim::InCage("kiosk-browser"),
    Victim::InCage("WebKitWebProc"),
    Victim::InCage("WebKitNetwork"),
    Victim::Gateway,
];

impl Victim {
    /// Its process, if it runs.
    #[must_use]
    pub fn pid(self, terminal: &Terminal, hall: &Hall) -> Option<i32> {
        let named = |name: &str| {
            let mut pids = terminal.processes_of(Role::Browser);
            pids.retain(|pid| processes::name(*pid).starts_with(name));
            pids.sort_unstable();
            pids
        };
        match self {
            Self::Unit(name) => terminal.status().units.get(name)?.pid,
            Self::Filter => terminal.processes_of(Role::WaylandFilter).first().copied(),
            Self::CageOutside => named("bwrap").first().copied(),
            Self::CageInside => {
                let outside = named("bwrap").first().copied()?;
                terminal
                    .processes_of(Role::Browser)
                    .into_iter()
                    .find(|pid| processes::parent(*pid) == Some(outside))
            }
            Self::InCage(name) => named(name).first().copied(),
            Self::Gateway => hall.gateway(),
        }
    }
}
