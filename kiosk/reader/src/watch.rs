//! The one loop: open, watch for cards, report, open again. libnfc runs on this thread only.

use crate::backoff::Backoff;
use crate::link::{Link, LinkError};
use borne_ipc::{Card as CardMessage, ReaderEvent, Secret, Unclear};
use borne_nfc::{Antenna, Card, NfcError, Reader};
use std::time::{Duration, Instant};

/// Rest between two turns: the chip has the antenna on all the time, the processor has not.
const BETWEEN_TURNS: Duration = Duration::from_millis(10);
/// A card that lies there is asked less often.
const BETWEEN_CHECKS: Duration = Duration::from_millis(50);
/// A second card of the same hand or wallet is in the field by then.
const SETTLING: Duration = Duration::from_secs(1);
/// Empty turns between two looks for cards of another kind: about a quarter of a second.
const FOREIGN_EVERY: u32 = 8;
/// Looks in a row that find a card which cannot be read, before it is said.
const UNREADABLE_LOOKS: u32 = 2;
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
    /// The card that was reported and not lifted yet, and when it was.
    laid: Option<(Card, Instant)>,
    /// What was said of an antenna that holds no card to be reported.
    said: Option<Unclear>,
    /// Turns in a row that found no type A card, and, of those that looked, a foreign one.
    turns: u32,
    foreign: u32,
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
    let Some((card, since)) = &seen.laid else {
        let antenna = reader.poll()?;
        return look(reader, seen, antenna);
    };
    // Two cards of one wallet come into the field one after the other.
    if since.elapsed() < SETTLING && matches!(reader.poll_afresh()?, Antenna::Several) {
        seen.laid = None;
        return Ok(say(seen, Unclear::Several));
    }
    if reader.still_holds(card)? {
        return Ok(None);
    }
    seen.laid = None;
    Ok(Some(ReaderEvent::CardGone))
}

/// What to report of an antenna that held no card before.
fn look(
    reader: &mut Reader,
    seen: &mut Watched,
    antenna: Antenna,
) -> Result<Option<ReaderEvent>, NfcError> {
    match antenna {
        Antenna::Card(card) => {
            let event = ReaderEvent::Card(message(&card));
            (seen.said, seen.turns, seen.foreign) = (None, 0, 0);
            seen.laid = Some((card, Instant::now()));
            Ok(Some(event))
        }
        Antenna::Several => Ok(say(seen, Unclear::Several)),
        Antenna::Unreadable => Ok(unreadable(seen)),
        Antenna::Empty => {
            seen.turns = seen.turns.wrapping_add(1);
            if !seen.turns.is_multiple_of(FOREIGN_EVERY) {
                return Ok(None);
            }
            if reader.holds_foreign()? {
                return Ok(unreadable(seen));
            }
            (seen.said, seen.foreign) = (None, 0);
            Ok(None)
        }
    }
}

/// A card on its way into the field may answer badly once: it is said of one that does so again.
fn unreadable(seen: &mut Watched) -> Option<ReaderEvent> {
    seen.foreign = seen.foreign.saturating_add(1);
    if seen.foreign < UNREADABLE_LOOKS { None } else { say(seen, Unclear::Unreadable) }
}

/// Once, until it changes.
fn say(seen: &mut Watched, unclear: Unclear) -> Option<ReaderEvent> {
    (seen.said.replace(unclear) != Some(unclear)).then_some(ReaderEvent::Unclear(unclear))
}

fn message(card: &Card) -> CardMessage {
    CardMessage {
        uid: Secret::new(card.uid_hex()),
        atqa: card.atqa_hex(),
        sak: card.sak_hex(),
        ats: card.ats_hex(),
    }
}
