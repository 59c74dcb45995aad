//! What a peer may say after what it has said: a table a peer. Whoever says anything else is not
//! our program any more.
//!
//! Duties: order and shape of messages. Never: what they mean, which is the machine's; a press that
//! was raced by a timeout is no misconduct, since the shell showed what it was asked to show.

use borne_ipc::{AgentEvent, Card, EgressEvent, ReaderEvent, Report, Secret, ShellEvent};
use std::sync::atomic::{AtomicU64, Ordering};

/// A peer said what it may not say now.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("out of turn: {0}")]
pub struct Misconduct(&'static str);

/// The reader: a device is there or lost, then cards are laid and lifted in turn.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// It has said nothing.
    #[default]
    New,
    /// No device.
    Lost,
    /// A device, no card.
    Empty,
    /// A device and a card on it.
    Laid,
}

impl Reader {
    /// Takes one message into account.
    pub fn says(&mut self, event: &ReaderEvent) -> Result<(), Misconduct> {
        *self = match (&*self, event) {
            (Self::New | Self::Lost, ReaderEvent::Ready { .. }) => Self::Empty,
            (Self::New | Self::Empty | Self::Laid, ReaderEvent::Lost) => Self::Lost,
            (Self::Empty, ReaderEvent::Card(card)) if is_card(card) => Self::Laid,
            (Self::Empty, ReaderEvent::Card(_)) => {
                return Err(Misconduct("a card that no card can be"));
            }
            (Self::Laid, ReaderEvent::CardGone)
            | (Self::Empty | Self::Laid, ReaderEvent::Unclear(_)) => Self::Empty,
            (_, ReaderEvent::Ready { .. }) => return Err(Misconduct("ready twice")),
            (_, ReaderEvent::Lost) => return Err(Misconduct("lost twice")),
            (_, ReaderEvent::Card(_)) => return Err(Misconduct("a card where none can be laid")),
            (_, ReaderEvent::Unclear(_)) => return Err(Misconduct("a card without a device")),
            (_, ReaderEvent::CardGone) => {
                return Err(Misconduct("a card lifted that does not lie there"));
            }
        };
        Ok(())
    }
}

/// ISO/IEC 14443-3: 4, 7 or 10 bytes of UID, two of ATQA, one of SAK; 14443-4: at most 254 of ATS.
fn is_card(card: &Card) -> bool {
    let hex = |text: &str| {
        text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let uid = card.uid.expose();
    let lengths = matches!(uid.len(), 8 | 14 | 20)
        && card.atqa.len() == 4
        && card.sak.len() == 2
        && card.ats.len() <= 508;
    lengths && [uid, &card.atqa, &card.sak, &card.ats].into_iter().all(hex)
}

/// The shell: ready once and first; painted what it was ordered to paint; a PIN is six digits.
#[derive(Debug, Default)]
pub struct Shell {
    ready: bool,
    painted: u64,
}

impl Shell {
    /// Takes one message into account; `ordered` is the newest serial it was sent.
    pub fn says(&mut self, event: &ShellEvent, ordered: &AtomicU64) -> Result<(), Misconduct> {
        match event {
            ShellEvent::Ready if self.ready => return Err(Misconduct("ready twice")),
            ShellEvent::Ready => self.ready = true,
            _ if !self.ready => return Err(Misconduct("a word before it was ready")),
            ShellEvent::Painted { serial } => {
                if *serial > ordered.load(Ordering::Relaxed) || *serial < self.painted {
                    return Err(Misconduct("painted what was not ordered"));
                }
                self.painted = *serial;
            }
            ShellEvent::Pin { pin, .. } if !is_pin(pin) => {
                return Err(Misconduct("a PIN that is not six digits"));
            }
            ShellEvent::Pin { serial, .. } if *serial > ordered.load(Ordering::Relaxed) => {
                return Err(Misconduct("a PIN on a pad that was not ordered"));
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_pin(pin: &Secret) -> bool {
    pin.expose().len() == 6 && pin.expose().bytes().all(|byte| byte.is_ascii_digit())
}

/// Egress: ready, once.
#[derive(Debug, Default)]
pub struct Egress {
    ready: bool,
}

impl Egress {
    /// Takes one message into account.
    pub fn says(&mut self, event: &EgressEvent) -> Result<(), Misconduct> {
        match event {
            EgressEvent::Ready if self.ready => Err(Misconduct("ready twice")),
            EgressEvent::Ready => {
                self.ready = true;
                Ok(())
            }
        }
    }
}

/// The agent: ready once and first; a percentage is one; what it reports fits the gateway's API.
#[derive(Debug, Default)]
pub struct Agent {
    ready: bool,
}

impl Agent {
    /// Takes one message into account.
    pub fn says(&mut self, event: &AgentEvent) -> Result<(), Misconduct> {
        match event {
            AgentEvent::Ready if self.ready => return Err(Misconduct("ready twice")),
            AgentEvent::Ready => self.ready = true,
            _ if !self.ready => return Err(Misconduct("a word before it was ready")),
            AgentEvent::Progress(Some(percent)) if *percent > 100 => {
                return Err(Misconduct("more than all of it"));
            }
            AgentEvent::Report(report) if !is_report(report) => {
                return Err(Misconduct("a report that is none"));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Names of a board, a slot and versions: one short word each.
fn is_report(report: &Report) -> bool {
    let last = report.last.as_ref().map_or("-", |last| last.version.as_str());
    [report.board.as_str(), report.slot.as_str(), report.version.as_str(), last].into_iter().all(
        |text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use borne_ipc::Unclear;

    fn card(uid: &str) -> ReaderEvent {
        let (atqa, sak) = ("0344".into(), "20".into());
        ReaderEvent::Card(Card { uid: Secret::new(uid.into()), atqa, sak, ats: String::new() })
    }

    fn ready() -> ReaderEvent {
        ReaderEvent::Ready { device: "pn532".into() }
    }

    #[test]
    fn a_reader_that_comes_and_goes_with_cards_is_well_behaved() {
        let mut reader = Reader::default();
        let life = [
            ReaderEvent::Lost,
            ready(),
            card("04A1B2C3D4E5F6"),
            ReaderEvent::CardGone,
            card("04A1B2C3"),
            ReaderEvent::Unclear(Unclear::Several),
            ReaderEvent::Unclear(Unclear::Unreadable),
            card("04A1B2C3"),
            ReaderEvent::Lost,
            ready(),
        ];
        assert!(life.iter().all(|event| reader.says(event).is_ok()));
    }

    #[test]
    fn a_reader_that_lays_two_cards_or_lifts_none_is_not() {
        for talk in [
            vec![card("04A1B2C3D4E5F6")],
            vec![ready(), card("04A1B2C3D4E5F6"), card("04A1B2C3D4E5F6")],
            vec![ready(), ReaderEvent::CardGone],
            vec![ready(), ready()],
            vec![ReaderEvent::Unclear(Unclear::Several)],
            vec![ready(), card("04A1B2C3D4E5")],
            vec![ready(), card("04A1B2C3D4E5Z6")],
        ] {
            let mut reader = Reader::default();
            assert!(talk.iter().any(|event| reader.says(event).is_err()), "{talk:?}");
        }
    }

    #[test]
    fn a_shell_cannot_have_painted_what_nobody_ordered() {
        let (mut shell, ordered) = (Shell::default(), AtomicU64::new(5));
        assert!(shell.says(&ShellEvent::Logout, &ordered).is_err());
        assert!(shell.says(&ShellEvent::Ready, &ordered).is_ok());
        for (serial, fine) in [(4, true), (5, true), (6, false), (4, false)] {
            assert_eq!(
                shell.says(&ShellEvent::Painted { serial }, &ordered).is_ok(),
                fine,
                "{serial}"
            );
        }
        let pin =
            |serial, digits: &str| ShellEvent::Pin { serial, pin: Secret::new(digits.into()) };
        for (typed, fine) in
            [(pin(5, "12345"), false), (pin(5, "123456"), true), (pin(6, "123456"), false)]
        {
            assert_eq!(shell.says(&typed, &ordered).is_ok(), fine, "{typed:?}");
        }
    }

    #[test]
    fn an_agent_greets_first_and_reports_in_short_words() {
        let report = |board: &str| {
            let (board, slot, version) =
                (board.to_owned(), "A".to_owned(), "20261124.5".to_owned());
            AgentEvent::Report(Report {
                board,
                slot,
                version,
                confirmed: true,
                units: true,
                last: None,
            })
        };
        assert!(Agent::default().says(&report("borne-rpi4")).is_err());
        let mut agent = Agent::default();
        for (event, fine) in [
            (AgentEvent::Ready, true),
            (report("borne-rpi4"), true),
            (report("borne rpi4"), false),
            (report(&"b".repeat(65)), false),
            (AgentEvent::Progress(Some(100)), true),
            (AgentEvent::Progress(Some(101)), false),
            (AgentEvent::WantsRestart(true), true),
            (AgentEvent::Ready, false),
        ] {
            assert_eq!(agent.says(&event).is_ok(), fine, "{event:?}");
        }
    }
}
