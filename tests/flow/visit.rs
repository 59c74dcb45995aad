//! The fixture: one hall for all tests of this suite, a terminal of its own for each.

use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::terminal::Terminal;
use std::sync::{Mutex, MutexGuard, PoisonError};

static TURN: Mutex<()> = Mutex::new(());

/// A hall and a terminal joined to it, for one test. Fields are dropped in this order.
pub struct World {
    pub terminal: Terminal,
    pub hall: Hall,
    _turn: MutexGuard<'static, ()>,
}

/// Waits for the turn, then starts both.
pub fn world(settings: Settings) -> World {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let hall = Hall::start();
    let terminal = Terminal::start(&hall, settings);
    World { terminal, hall, _turn: turn }
}
