//! An agent's own cookie, taken out of the browser's memory while it was good: the proof that a
//! session is over.
//!
//! Duties: take it, try it. Never: any other way into the mailbox.

use crate::agents::Agent;
use crate::world::World;
use crate::{processes, replay, thief, wait_for};
use borne_ipc::Role;
use std::time::Duration;

/// A cookie that SOGo took while the session lasted.
pub struct Stolen {
    login: String,
    value: String,
}

impl Stolen {
    /// Takes the agent's cookie from the browser of the running session.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn from(world: &World, agent: &Agent) -> Self {
        let value = wait_for("a cookie that opens the mailbox", Duration::from_secs(10), || {
            let mut pids = world.terminal.processes_of(Role::Browser);
            pids.retain(|pid| processes::name(*pid).starts_with("WebKitNetwork"));
            let found = thief::cookies(&pids, replay::COOKIE, replay::BEGIN);
            found
                .into_iter()
                .find(|cookie| replay::is_a_cookie(world.hall.town(), &agent.login, cookie))
        });
        Self { login: agent.login.clone(), value }
    }

    /// The secret itself, to look for.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether SOGo still takes it.
    #[must_use]
    pub fn is_good(&self, world: &World) -> bool {
        replay::accepts(world.hall.town(), &self.login, &self.value)
    }

    /// Waits until SOGo refuses it.
    #[track_caller]
    pub fn wait_until_refused(&self, world: &World, deadline: Duration) {
        wait_for("SOGo to refuse the cookie", deadline, || !self.is_good(world));
    }
}
