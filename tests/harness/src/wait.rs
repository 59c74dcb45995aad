//! The one way a test waits: for something it can look at, with a deadline, saying what it last
//! saw. Nothing else in the tests may sleep.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// What one look may answer: `Ok`/`Some`/`true` ends the waiting.
pub trait Look {
    /// What is waited for.
    type Found;
    /// The thing, or a text of what is there instead.
    ///
    /// # Errors
    /// Not yet; the text goes into the failure.
    fn look(self) -> Result<Self::Found, String>;
}

impl<T> Look for Option<T> {
    type Found = T;
    fn look(self) -> Result<T, String> {
        self.ok_or_else(|| "nothing".to_owned())
    }
}

impl<T, E: Debug> Look for Result<T, E> {
    type Found = T;
    fn look(self) -> Result<T, String> {
        self.map_err(|seen| format!("{seen:?}"))
    }
}

impl Look for bool {
    type Found = ();
    fn look(self) -> Result<(), String> {
        if self { Ok(()) } else { Err("not so".to_owned()) }
    }
}

/// What did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("waited {waited:?} for {what}; last seen: {last}")]
pub struct TimedOut {
    what: String,
    waited: Duration,
    last: String,
}

/// Looks again and again, 2 to 20 ms apart, until it is there.
///
/// # Errors
/// [`TimedOut`] after `deadline`, with what the last look saw.
#[expect(clippy::disallowed_methods, reason = "the one place that sleeps between two looks")]
pub fn try_wait_for<L: Look>(
    what: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> L,
) -> Result<L::Found, TimedOut> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        match probe().look() {
            Ok(found) => return Ok(found),
            Err(last) if begun.elapsed() >= deadline => {
                return Err(TimedOut { what: what.to_owned(), waited: begun.elapsed(), last });
            }
            Err(_) => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// As [`try_wait_for`]; fails the test when it does not come.
///
/// # Panics
/// After `deadline`.
#[track_caller]
pub fn wait_for<L: Look>(what: &str, deadline: Duration, probe: impl FnMut() -> L) -> L::Found {
    match try_wait_for(what, deadline, probe) {
        Ok(found) => found,
        Err(late) => panic!("{late}"),
    }
}
