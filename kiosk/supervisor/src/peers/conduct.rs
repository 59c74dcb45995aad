//! What a peer may say after what it has said: one table per peer. Whoever says anything else is not
//! our program any more.
//!
//! Duties: order and shape of messages, and the machine's event for each. Never: what they mean,
//! which is the machine's to decide; a press that was raced by a timeout is no misconduct, since the
//! shell showed what it was asked to show.

use crate::machine::{BadgeMark, Event};
use borne_ipc::{
    AgentEvent, Card, EgressEvent, PanelEvent, PanelHealth, ReaderEvent, Report, Secret,
    ShellEvent, ShellOrder,
};
use ring::hmac;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A peer said what it may not say now.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("out of turn: {0}")]
pub struct Misconduct(&'static str);

/// What a message means to the machine; `None` when nothing depends on it.
pub type Heard = Result<Option<Event>, Misconduct>;

/// The reader: a device is there or lost, then cards are laid and lifted in turn.
#[derive(Debug)]
pub struct Reader {
    at: ReaderAt,
    marks: Arc<hmac::Key>,
}

/// Where the reader is, by its own words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ReaderAt {
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
    /// One that has said nothing; badges are told apart by a mark under this key.
    pub const fn new(marks: Arc<hmac::Key>) -> Self {
        Self { at: ReaderAt::New, marks }
    }

    /// Takes one message into account.
    pub fn hears(&mut self, event: ReaderEvent) -> Heard {
        self.at = self.at.after(&event)?;
        Ok(match event {
            ReaderEvent::Ready { .. } => Some(Event::Reader(true)),
            ReaderEvent::Lost => Some(Event::Reader(false)),
            ReaderEvent::Card(card) => Some(Event::Card { mark: self.mark(&card), card }),
            ReaderEvent::Unclear(unclear) => Some(Event::Unclear(unclear)),
            ReaderEvent::CardGone => None,
        })
    }

    fn mark(&self, card: &Card) -> BadgeMark {
        let mut mark = [0; 32];
        mark.copy_from_slice(hmac::sign(&self.marks, card.uid.expose().as_bytes()).as_ref());
        BadgeMark(mark)
    }
}

impl ReaderAt {
    fn after(self, event: &ReaderEvent) -> Result<Self, Misconduct> {
        Ok(match (self, event) {
            (Self::New | Self::Lost, ReaderEvent::Ready { .. }) => Self::Empty,
            (Self::New | Self::Empty | Self::Laid, ReaderEvent::Lost) => Self::Lost,
            (Self::Empty, ReaderEvent::Card(card)) if is_card(card) => Self::Laid,
            (Self::Empty, ReaderEvent::Card(_)) => {
                return Err(Misconduct("an impossible card"));
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
        })
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
#[derive(Debug)]
pub struct Shell {
    ready: bool,
    painted: u64,
    newest: Newest,
}

/// Serial of the newest screen that the shell was sent.
#[derive(Clone, Debug, Default)]
pub struct Newest(Arc<AtomicU64>);

impl Newest {
    /// Takes an order into account that is about to be sent.
    pub fn note(&self, order: &ShellOrder) {
        if let ShellOrder::Show { serial, .. } = order {
            self.0.store(*serial, Ordering::Relaxed);
        }
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Shell {
    /// One that has said nothing, and where its orders are to be noted.
    pub fn new() -> (Self, Newest) {
        let newest = Newest::default();
        (Self { ready: false, painted: 0, newest: newest.clone() }, newest)
    }

    /// Takes one message into account.
    pub fn hears(&mut self, event: ShellEvent) -> Heard {
        match &event {
            ShellEvent::Ready if self.ready => return Err(Misconduct("ready twice")),
            ShellEvent::Ready => self.ready = true,
            _ if !self.ready => return Err(Misconduct("a word before it was ready")),
            ShellEvent::Painted { serial } => {
                if *serial > self.newest.get() || *serial < self.painted {
                    return Err(Misconduct("painted what was not ordered"));
                }
                self.painted = *serial;
            }
            ShellEvent::Pin { pin, .. } if !is_pin(pin) => {
                return Err(Misconduct("a PIN that is not six digits"));
            }
            ShellEvent::Pin { serial, .. } if *serial > self.newest.get() => {
                return Err(Misconduct("a PIN on a pad that was not ordered"));
            }
            _ => {}
        }
        Ok(Some(Event::Shell(event)))
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
    pub fn hears(&mut self, event: EgressEvent) -> Heard {
        match event {
            EgressEvent::Ready if self.ready => Err(Misconduct("ready twice")),
            EgressEvent::Ready => {
                self.ready = true;
                Ok(Some(Event::EgressReady))
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
    pub fn hears(&mut self, event: AgentEvent) -> Heard {
        match &event {
            AgentEvent::Ready if self.ready => return Err(Misconduct("ready twice")),
            AgentEvent::Ready => self.ready = true,
            _ if !self.ready => return Err(Misconduct("a word before it was ready")),
            AgentEvent::Progress(Some(percent)) if *percent > 100 => {
                return Err(Misconduct("more than all of it"));
            }
            AgentEvent::Report(report) if !is_report(report) => {
                return Err(Misconduct("a malformed report"));
            }
            _ => {}
        }
        Ok(Some(Event::Agent(event)))
    }
}

/// Names of a board and a slot: one short word each.
fn is_report(report: &Report) -> bool {
    [&report.board, &report.slot].into_iter().all(|text| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// The panel: what it found, once and first; then what has changed: somebody comes and goes in turn.
#[derive(Debug, Default)]
pub struct Panel {
    health: Option<PanelHealth>,
    somebody: bool,
}

impl Panel {
    /// Takes one message into account.
    pub fn hears(&mut self, event: PanelEvent) -> Heard {
        match event {
            PanelEvent::Ready(_) if self.health.is_some() => return Err(Misconduct("ready twice")),
            PanelEvent::Health(_) | PanelEvent::Presence(_) if self.health.is_none() => {
                return Err(Misconduct("a word before it was ready"));
            }
            PanelEvent::Health(health) if self.health == Some(health) => {
                return Err(Misconduct("no news of its health"));
            }
            PanelEvent::Ready(health) | PanelEvent::Health(health) => self.health = Some(health),
            PanelEvent::Presence(somebody) if somebody == self.somebody => {
                return Err(Misconduct("somebody comes or goes twice"));
            }
            PanelEvent::Presence(somebody) => self.somebody = somebody,
        }
        Ok(Some(Event::Panel(event)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use borne_gateway_api::Version;
    use borne_ipc::{Screen, Unclear};

    fn card(uid: &str) -> ReaderEvent {
        let (atqa, sak) = ("0344".into(), "20".into());
        ReaderEvent::Card(Card { uid: Secret::new(uid.into()), atqa, sak, ats: String::new() })
    }

    fn reader() -> Reader {
        Reader::new(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, b"test")))
    }

    fn ready() -> ReaderEvent {
        ReaderEvent::Ready { device: "pn532".into() }
    }

    #[test]
    fn a_reader_that_comes_and_goes_with_cards_is_well_behaved() {
        let mut reader = reader();
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
        assert!(life.into_iter().all(|event| reader.hears(event).is_ok()));
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
            let (mut reader, words) = (reader(), format!("{talk:?}"));
            assert!(talk.into_iter().any(|event| reader.hears(event).is_err()), "{words}");
        }
    }

    #[test]
    fn a_shell_cannot_have_painted_what_nobody_ordered() {
        let (mut shell, newest) = Shell::new();
        newest.note(&ShellOrder::Show { serial: 5, screen: Screen::Idle });
        assert!(shell.hears(ShellEvent::Logout).is_err());
        assert!(shell.hears(ShellEvent::Ready).is_ok());
        for (serial, fine) in [(4, true), (5, true), (6, false), (4, false)] {
            assert_eq!(shell.hears(ShellEvent::Painted { serial }).is_ok(), fine, "{serial}");
        }
        let pin =
            |serial, digits: &str| ShellEvent::Pin { serial, pin: Secret::new(digits.into()) };
        for (typed, fine) in
            [(pin(5, "12345"), false), (pin(5, "123456"), true), (pin(6, "123456"), false)]
        {
            let words = format!("{typed:?}");
            assert_eq!(shell.hears(typed).is_ok(), fine, "{words}");
        }
    }

    #[test]
    fn an_agent_greets_first_and_reports_in_short_words() {
        let report = |board: &str| {
            let (board, slot, version) = (board.to_owned(), "A".to_owned(), Version::OLDEST);
            AgentEvent::Report(Report {
                board,
                slot,
                version,
                confirmed: true,
                units: true,
                last: None,
            })
        };
        assert!(Agent::default().hears(report("borne-rpi4")).is_err());
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
            let words = format!("{event:?}");
            assert_eq!(agent.hears(event).is_ok(), fine, "{words}");
        }
    }

    #[test]
    fn a_panel_says_what_is_new_and_nothing_else() {
        use borne_ipc::PanelPart;
        let well = PanelHealth { light: PanelPart::Works, ..PanelHealth::default() };
        let (ready, ill) = (PanelEvent::Ready(well), PanelEvent::Health(PanelHealth::default()));
        for (talk, fine) in [
            (vec![ready, ill, PanelEvent::Presence(true), PanelEvent::Presence(false)], true),
            (vec![ready, ready], false),
            (vec![ill], false),
            (vec![PanelEvent::Presence(true)], false),
            (vec![ready, PanelEvent::Health(well)], false),
            (vec![ready, PanelEvent::Presence(false)], false),
            (vec![ready, PanelEvent::Presence(true), PanelEvent::Presence(true)], false),
        ] {
            let mut panel = Panel::default();
            assert_eq!(talk.iter().all(|event| panel.hears(*event).is_ok()), fine, "{talk:?}");
        }
    }
}
