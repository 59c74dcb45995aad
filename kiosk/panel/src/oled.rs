//! The small display, an SSD1306, on a thread of its own: a bus that hangs hangs nothing else.
//!
//! Duties: keep on the display what is wanted; begin anew after it was unplugged, which nothing but
//! a failed write tells. A display that lost its power so shortly that no write failed is dark until
//! the next picture, a minute at most.

use crate::draw;
use crate::table::Look;
use borne_ipc::PanelPart;
use embedded_hal::i2c::I2c;
use ssd1306::mode::{BufferedGraphicsMode, DisplayConfig};
use ssd1306::prelude::{Brightness, DisplayRotation, DisplaySize128x64, I2CInterface};
use ssd1306::{I2CDisplayInterface, Ssd1306};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two looks whether it is still there.
const PROBE: Duration = Duration::from_secs(1);
/// A transfer takes 28 ms at 400 kHz, 110 ms at 100 kHz: one that takes this long hangs.
const HANGS: Duration = Duration::from_secs(2);

/// What is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Text and bar.
    pub look: Look,
    /// Against burn-in: grows by one each minute.
    pub moved: u8,
    /// 0 to 255, as the chip has it.
    pub contrast: u8,
    /// All dots off otherwise.
    pub on: bool,
}

/// The near end of the thread.
pub struct Display(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    wanted: Option<Picture>,
    /// Since when a transfer is under way.
    busy: Option<Instant>,
    /// Whether the last one ended well.
    answers: bool,
}

impl Display {
    /// Starts the thread; it ends with the process.
    ///
    /// # Errors
    /// The system's, when it gives no thread.
    pub fn start(bus: impl I2c + Send + 'static, address: u8) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let its = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("display".to_owned())
            .stack_size(128 * 1024)
            .spawn(move || keep(chip(bus, address), &its))?;
        Ok(Self(shared))
    }

    /// Shows this as soon as the bus lets it.
    pub fn show(&self, picture: Picture) {
        let mut state = self.0.lock();
        if state.wanted != Some(picture) {
            state.wanted = Some(picture);
            self.0.changed.notify_one();
        }
    }

    /// How it does; silent before the first transfer has ended.
    pub fn health(&self) -> PanelPart {
        let state = self.0.lock();
        match state.busy {
            Some(since) if since.elapsed() >= HANGS => PanelPart::Hangs,
            _ if state.answers => PanelPart::Works,
            _ => PanelPart::Silent,
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wanted now; waits until that is not what is `shown`, but not longer than [`PROBE`].
    /// After a failure it waits all that time.
    fn next(&self, shown: Option<Picture>, failed: bool) -> Option<Picture> {
        let state = self.lock();
        let same = |state: &mut State| failed || state.wanted == shown;
        let waited = self.changed.wait_timeout_while(state, PROBE, same);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.busy = state.wanted.map(|_| Instant::now());
        state.wanted
    }

    fn ended(&self, well: bool) {
        let mut state = self.lock();
        (state.busy, state.answers) = (None, well);
    }
}

type Chip<I> = Ssd1306<I2CInterface<I>, DisplaySize128x64, BufferedGraphicsMode<DisplaySize128x64>>;

fn chip<I: I2c>(bus: I, address: u8) -> Chip<I> {
    let wire = I2CDisplayInterface::new_custom_address(bus, address);
    Ssd1306::new(wire, DisplaySize128x64, DisplayRotation::Rotate0).into_buffered_graphics_mode()
}

fn keep<I: I2c>(mut chip: Chip<I>, shared: &Shared) {
    let (mut shown, mut failed) = (None, false);
    loop {
        let Some(wanted) = shared.next(shown, failed) else { continue };
        // Whatever it shows already: a word that changes nothing tells whether it hears.
        let done = if shown == Some(wanted) {
            chip.set_display_on(wanted.on)
        } else {
            put(&mut chip, &wanted)
        };
        shared.ended(done.is_ok());
        if done.is_err() && shown.is_some() {
            tracing::warn!("the display does not answer: unplugged?");
        } else if done.is_ok() && shown.is_none() {
            tracing::info!("the display answers");
        }
        failed = done.is_err();
        shown = done.ok().map(|()| wanted);
    }
}

/// The whole picture, and the chip set up anew: it may have lost its power unnoticed.
fn put<I: I2c>(
    chip: &mut Chip<I>,
    picture: &Picture,
) -> Result<(), display_interface::DisplayError> {
    chip.init()?;
    // The datasheet's own value for an external supply of the panel (10.1.17).
    chip.set_brightness(Brightness::custom(2, picture.contrast))?;
    draw::picture(chip, &picture.look, picture.moved)?;
    chip.flush()?;
    chip.set_display_on(picture.on)
}
