//! The one loop: open, watch for cards, report, open again. libnfc runs on this thread only.

use crate::backoff::Backoff;
use crate::link::{Link, LinkError};
use borne_ipc::{Card as CardMessage, ReaderEvent, Secret};
use borne_nfc::{Card, NfcError, Reader};
use std::time::Duration;

/// Rest between two turns: the chip has the antenna on all the time, the processor has not.
const BETWEEN_TURNS: Duration = Duration::from_millis(10);
/// A card that lies there is asked less often.
const BETWEEN_CHECKS: Duration = Duration::from_millis(50);
/// Failed openings in a row after which the process makes room for a fresh one: libnfc's wrapper
/// loses about one kilobyte in each, and half a megabyte is enough.
const TRIES: u32 = 500;

/// Why the loop ended without losing the supervisor.
pub enum End {
    /// [`TRIES`] reached.
    TooManyTries,
}

/// Runs until the supervisor is gone. `Lost` is sent once per loss, and first of all when there is
/// no device.
///
/// A session ends by `Lost`, so noise on the line is none: a device that has worked is opened anew
/// once, in silence.
pub fn keep_watching(connstring: &str, link: &mut Link) -> Result<End, LinkError> {
    let mut backoff = Backoff::new();
    let (mut lost, mut again) = (false, false);
    let mut seen = Watched::default();
    let mut tries = 0;
    while tries < TRIES {
        match Reader::open(connstring) {
            Ok(mut reader) => {
                tracing::info!(device = reader.name(), again, "reader ready");
                if !again {
                    (seen, lost) = (Watched::default(), false);
                    link.send(&ReaderEvent::Ready { device: reader.name().to_owned() })?;
                }
                seen.answered = false;
                let error = watch(&mut reader, link, &mut seen)?;
                again = seen.answered
                    && !error.is_missed_answer()
                    && borne_nfc::may_be_there(connstring);
                if again {
                    tracing::warn!(%error, "the line is disturbed");
                    continue;
                }
                tracing::warn!(%error, "reader lost");
                // Before the device is closed: libnfc says goodbye to a dead one for a second or
                // more.
                link.send(&ReaderEvent::Lost)?;
                lost = true;
                if seen.answered {
                    (backoff, tries) = (Backoff::new(), 0);
                }
            }
            Err(error) => {
                again = false;
                if !lost {
                    tracing::warn!(%error, "no reader");
                    link.send(&ReaderEvent::Lost)?;
                    lost = true;
                }
                tracing::debug!(%error, "opening failed");
                // A missing device node costs nothing: it may stay away for ever.
                tries += u32::from(!matches!(error, NfcError::NoDeviceNode { .. }));
            }
        }
        link.rest(backoff.pause())?;
    }
    Ok(End::TooManyTries)
}

/// What is known of an open device.
#[derive(Default)]
struct Watched {
    /// It has done at least one whole turn: it is not one that opens and fails at once.
    answered: bool,
    /// The card that was reported and not lifted yet.
    laid: Option<Card>,
}

/// Watches an open device until it fails, which is the value returned. One missed answer is no
/// failure: a session would end by it.
fn watch(reader: &mut Reader, link: &mut Link, seen: &mut Watched) -> Result<NfcError, LinkError> {
    let mut missed = false;
    loop {
        match turn(reader, seen) {
            Ok(event) => {
                (seen.answered, missed) = (true, false);
                if let Some(event) = event {
                    tracing::info!(laid = seen.laid.is_some(), "card");
                    link.send(&event)?;
                }
            }
            Err(error) if error.is_missed_answer() && !missed => {
                tracing::debug!(%error, "asked again");
                missed = true;
            }
            Err(error) => return Ok(error),
        }
        link.rest(if seen.laid.is_some() { BETWEEN_CHECKS } else { BETWEEN_TURNS })?;
    }
}

/// One turn: what changed on the antenna, if anything.
fn turn(reader: &mut Reader, seen: &mut Watched) -> Result<Option<ReaderEvent>, NfcError> {
    if let Some(card) = &seen.laid {
        if reader.still_holds(card)? {
            return Ok(None);
        }
        seen.laid = None;
        return Ok(Some(ReaderEvent::CardGone));
    }
    seen.laid = reader.poll()?;
    Ok(seen.laid.as_ref().map(|card| ReaderEvent::Card(message(card))))
}

fn message(card: &Card) -> CardMessage {
    CardMessage {
        uid: Secret::new(card.uid_hex()),
        atqa: card.atqa_hex(),
        sak: card.sak_hex(),
        ats: card.ats_hex(),
    }
}
