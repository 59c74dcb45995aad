//! The fixture of suites that need the whole chain: one hall for all tests of a process, and a
//! terminal that stays for the next test when it wants the same.

use crate::hall::Hall;
use crate::settings::{Lure, Settings};
use crate::terminal::Terminal;
use crate::trap::Trap;
use crate::visit::{SCREEN, START, Visit};
use crate::{touch, wait_for};
use std::io::Write as _;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What stands between two tests. Fields are dropped in this order.
pub struct Standing {
    /// The terminal in front of the person.
    pub terminal: Terminal,
    /// The town hall it is joined to.
    pub hall: Hall,
}

static STANDING: Mutex<Option<Standing>> = Mutex::new(None);

/// A hall and a terminal joined to it, for one test at a time. They stay for the next one unless
/// the test fails.
pub struct World {
    now: Option<Standing>,
    place: MutexGuard<'static, Option<Standing>>,
}

/// Waits for the turn; the terminal is as its settings say and idle, and nobody is logged in.
///
/// # Panics
/// When the terminal does not come to rest.
#[must_use]
pub fn world(settings: Settings) -> World {
    let mut place = STANDING.lock().unwrap_or_else(PoisonError::into_inner);
    let standing = match place.take() {
        Some(standing) if *standing.terminal.settings() == settings => standing,
        Some(Standing { terminal, hall }) => {
            let home = |settings: &Settings| settings.trap == Lure::Home;
            let same_hall = home(terminal.settings()) == home(&settings);
            drop(terminal);
            let hall = if same_hall {
                hall
            } else {
                // One gateway at a time.
                drop(hall);
                Hall::start_with(settings.trap)
            };
            stand(hall, settings)
        }
        None => stand(Hall::start_with(settings.trap), settings),
    };
    let world = World { now: Some(standing), place };
    world.rest();
    world
}

fn stand(hall: Hall, settings: Settings) -> Standing {
    Standing { terminal: Terminal::start(&hall, settings), hall }
}

impl Standing {
    /// The hostile sites; start them before the terminal looks for them.
    ///
    /// # Panics
    /// When the settings do not list them.
    #[must_use]
    pub fn trap(&self) -> &'static Trap {
        assert_ne!(self.terminal.settings().trap, Lure::Absent, "the settings know of no trap");
        Trap::of(self.hall.town())
    }
}

impl World {
    /// Takes every card away and waits until the terminal invites again.
    pub fn rest(&self) {
        let reader = self.terminal.reader();
        reader.lift();
        if self.terminal.state().as_deref() == Some("Pin") {
            // The pad goes away by itself after half a minute, or at once with the reader.
            reader.unplug();
            self.terminal.wait_for_state("OutOfService", SCREEN);
            reader.plug();
        }
        wait_for("the terminal to invite", START, || match self.terminal.state() {
            Some(state) if state == "Idle" => Ok(()),
            Some(state) if state == "Message" => {
                self.dismiss();
                Err(state)
            }
            other => Err(other.unwrap_or_default()),
        });
        // The reader has seen that nothing lies there.
        reader.wait_for_commands(6);
        self.wait_for_no_session(Duration::from_secs(5));
    }

    /// Waits until a browser is warm for the next session.
    #[track_caller]
    pub fn wait_for_standby(&self) {
        wait_for("a browser in standby", START, || {
            let log = self.terminal.log("supervisor");
            let ends = ["sandbox wiped", "sandbox ended by itself", "gateway answers"];
            log.rfind("browser in standby") > ends.iter().filter_map(|end| log.rfind(end)).max()
        });
    }

    /// Presses the OK button of a message, if one is there.
    pub fn dismiss(&self) {
        let seen = self.terminal.look();
        if let Some(at) = touch::middle_of_accent(&seen, seen.height / 2..seen.height) {
            Visit::here(&self.terminal).click(at);
        }
    }

    /// Waits until the gateway knows of no session.
    #[track_caller]
    pub fn wait_for_no_session(&self, deadline: Duration) {
        wait_for("no session at the gateway", deadline, || match self.hall.sessions() {
            Ok(open) if open.is_empty() => Ok(()),
            other => Err(other),
        });
    }

    /// Waits until the audit trail has had all of these, in any order, since it had so many lines.
    #[track_caller]
    pub fn wait_for_audit(&self, since: usize, events: &[&str]) {
        wait_for(&format!("{events:?} in the audit"), Duration::from_secs(10), || {
            let lines = self.hall.audit_since(since);
            let has =
                |event| lines.iter().any(|line| line.split_whitespace().nth(1) == Some(event));
            if events.iter().all(|event| has(event)) { Ok(()) } else { Err(lines.clone()) }
        });
    }

    /// Waits until the supervisor has logged this since its log had so many bytes.
    #[track_caller]
    pub fn wait_for_log(&self, since: usize, text: &str, deadline: Duration) {
        wait_for(&format!("{text:?} in the supervisor's log"), deadline, || {
            let log = self.terminal.log_since(since);
            if log.contains(text) { Ok(()) } else { Err(log) }
        });
    }

    /// The states the supervisor has been in since its log had so many bytes.
    #[must_use]
    pub fn states(&self, since: usize) -> Vec<String> {
        let log = self.terminal.log_since(since);
        let name = |rest: &str| {
            rest.trim_start_matches('"').chars().take_while(|c| c.is_alphanumeric()).collect()
        };
        log.split("state=").skip(1).map(name).collect()
    }

    /// The test leaves a terminal that is of no use to the next one.
    pub fn throw_terminal_away(mut self) {
        // Fields are dropped in their order.
        drop(self.now.take());
    }
}

impl Deref for World {
    type Target = Standing;

    fn deref(&self) -> &Standing {
        self.now.as_ref().expect("a world in use")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            *self.place = self.now.take();
        }
    }
}

/// A line of progress; unlike `println!` it is seen while a test runs.
pub fn say(text: &str) {
    let _not_seen = writeln!(std::io::stderr(), "test: {text}");
}
