//! When something became visible: every changed picture of a part of the screen with its time, and
//! which of them was the first to look as the last.
//!
//! Duties: the one method by which all contenders are judged. Never: know what is drawn, or by
//! whom.

use borne_harness::screen::{Frame, Region, Screen};
use borne_harness::wait_for;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A picture is final when nothing has changed for this long.
const QUIET: Duration = Duration::from_millis(1200);
/// Two colours closer than this, in each of red, green and blue, are the same.
const TOLERANCE: u8 = 12;
/// Two pictures are the same when this share of their pixels is.
const SAME: f64 = 0.98;

/// A recording under way.
pub struct Watch {
    stop: Arc<AtomicBool>,
    last: Arc<Mutex<Frame>>,
    thread: JoinHandle<Vec<Frame>>,
}

/// What a recording has shown.
pub struct Seen {
    /// When the first picture that looks as the last one was complete.
    pub at: Instant,
    pub first: Frame,
    /// The last one.
    pub last: Frame,
}

impl Watch {
    /// Begins with the picture shown now; `region` alone is looked at.
    pub fn start(socket: &Path, region: Region) -> Self {
        let mut screen = Screen::connect(socket).expect("look at the screen");
        let ask = move |screen: &mut Screen, stop: &dyn Fn() -> bool| {
            screen.next_change(Some(region), stop)
        };
        // The first change of a new client is what is there.
        let first = ask(&mut screen, &|| false).expect("take a picture").expect("a first picture");
        let stop = Arc::new(AtomicBool::new(false));
        let last = Arc::new(Mutex::new(first.clone()));
        let (stopped, shared) = (Arc::clone(&stop), Arc::clone(&last));
        let thread = std::thread::spawn(move || {
            let mut frames = vec![first];
            let stopped = || stopped.load(Ordering::Relaxed);
            while !stopped() {
                // The compositor refuses a copy while it changes the output; the next one is asked
                // for at once.
                let Ok(Some(frame)) = ask(&mut screen, &stopped) else { continue };
                // Something else on the screen has changed.
                if frames.last().is_some_and(|last| last.pixels == frame.pixels) {
                    continue;
                }
                *shared.lock().unwrap_or_else(PoisonError::into_inner) = frame.clone();
                frames.push(frame);
            }
            frames
        });
        Self { stop, last, thread }
    }

    /// Waits for a picture that `is_it` accepts and that stays for [`QUIET`]; then ends the
    /// recording and finds the first picture that looks as that one.
    pub fn settled(self, what: &str, deadline: Duration, is_it: impl Fn(&Frame) -> bool) -> Seen {
        wait_for(what, deadline, || {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            last.at.elapsed() > QUIET && is_it(&last)
        });
        self.stop.store(true, Ordering::Relaxed);
        let frames = self.thread.join().expect("the recording ends");
        let last = frames.last().expect("a last picture").clone();
        let first = frames.iter().find(|frame| same(frame, &last)).unwrap_or(&last).clone();
        Seen { at: first.at, first, last }
    }
}

/// Whether two pictures look the same.
pub fn same(one: &Frame, other: &Frame) -> bool {
    likeness(one, other) >= SAME
}

/// The share of pixels that have the same colour.
fn likeness(one: &Frame, other: &Frame) -> f64 {
    if (one.width, one.height) != (other.width, other.height) {
        return 0.0;
    }
    let near =
        |a: &[u8], b: &[u8]| a.iter().zip(b).take(3).all(|(a, b)| a.abs_diff(*b) <= TOLERANCE);
    let pairs = one.pixels.chunks_exact(4).zip(other.pixels.chunks_exact(4));
    let alike = pairs.filter(|(a, b)| near(a, b)).count();
    ratio(alike, one.pixels.len() / 4)
}

#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
