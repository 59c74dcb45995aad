//! What the gateway knows of each terminal while it runs: when it was last heard, how much it asked,
//! who waits for news.

use borne_gateway_model::{Moment, RENEWALS_PER_MINUTE, RateLimit, TerminalId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// All seats.
#[derive(Default)]
pub struct Seats(Mutex<HashMap<TerminalId, Arc<Seat>>>);

/// One terminal's.
pub struct Seat {
    /// Wakes the poll in flight, to look again.
    pub news: Notify,
    state: Mutex<State>,
}

struct State {
    heard: Instant,
    taps: RateLimit,
    pins: RateLimit,
    requests: RateLimit,
    renewals: RateLimit,
    polls: u32,
}

/// A poll in flight.
pub struct Poll {
    seat: Arc<Seat>,
    /// There is another one already.
    pub doubled: bool,
}

impl Seats {
    /// The terminal's seat.
    pub fn of(&self, terminal: TerminalId) -> Arc<Seat> {
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(seats.entry(terminal).or_insert_with(|| {
            let [taps, pins, requests, renewals] = std::array::from_fn(|_| RateLimit::default());
            let state = State { heard: Instant::now(), taps, pins, requests, renewals, polls: 0 };
            Arc::new(Seat { news: Notify::new(), state: Mutex::new(state) })
        }))
    }
}

impl Seat {
    /// A poll of the terminal has come; it lives.
    pub fn poll(self: &Arc<Self>) -> Poll {
        let mut state = self.state();
        state.heard = Instant::now();
        state.polls += 1;
        Poll { seat: Arc::clone(self), doubled: state.polls > 1 }
    }

    /// The terminal lives.
    pub fn heard_now(&self) {
        self.state().heard = Instant::now();
    }

    /// When it last did.
    pub fn heard(&self) -> Instant {
        self.state().heard
    }

    /// Whether one more request, of whatever kind, is allowed this minute.
    pub fn may_ask(&self, per_minute: usize, steady: Moment) -> bool {
        self.state().requests.allow(per_minute, steady)
    }

    /// Whether one more tap is allowed this minute.
    pub fn may_tap(&self, per_minute: usize, steady: Moment) -> bool {
        self.state().taps.allow(per_minute, steady)
    }

    /// Whether one more PIN is allowed this minute.
    pub fn may_try_pin(&self, per_minute: usize, steady: Moment) -> bool {
        self.state().pins.allow(per_minute, steady)
    }

    /// Whether one more certificate may be asked for this minute.
    pub fn may_renew(&self, steady: Moment) -> bool {
        self.state().renewals.allow(RENEWALS_PER_MINUTE, steady)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.seat.state().polls -= 1;
    }
}
