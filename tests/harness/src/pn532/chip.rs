//! The PN532's commands (NXP UM0701-02, section 7), those that libnfc 1.8 sends, and the antenna
//! with its cards. Pure: time is a parameter, bytes go in and come out.

use super::card::Card;
use super::frame::{self, Incoming};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// One try to wake a card: guard time, REQA, the wait for ATQA. The order of magnitude of the real
/// chip, not measured on one.
const TRY: Duration = Duration::from_millis(5);
/// Anticollision and selection; a card that speaks ISO/IEC 14443-4 also gives its ATS.
const ACTIVATION: Duration = Duration::from_millis(3);
/// InAutoPoll counts its period in these (UM0701-02, 7.3.13).
const POLL_UNIT: Duration = Duration::from_millis(150);
/// Retries without end.
const FOR_EVER: u8 = 0xff;

/// How the chip or its line can go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Works.
    #[default]
    None,
    /// Takes everything, answers nothing: hung.
    Silent,
    /// Takes one command and answers nothing, then works: the machine was busy, or a byte was lost
    /// on the line.
    Miss,
    /// Answers one command with noise, then works.
    Noise,
    /// Answers every command with NACK.
    Nack,
    /// Every answer has a wrong checksum.
    BadSum,
    /// Every answer breaks off in the middle.
    Chop,
}

/// How busy the chip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Cards on the antenna.
    pub cards: usize,
    /// How often the most chosen of them was chosen.
    pub activations: u32,
    /// Commands of the host so far.
    pub commands: u64,
}

/// Bytes for the host, and when the chip starts to send them.
pub type Output = (Instant, Vec<u8>);

enum Search {
    /// InListPassiveTarget: the number to look for, if one was given, and tries left.
    List { uid: Vec<u8>, tries: u8, next: Instant },
    /// InAutoPoll until this time, or for ever.
    Poll { types: Vec<u8>, until: Option<Instant>, next: Instant },
}

/// The chip.
#[derive(Default)]
pub struct Chip {
    /// On the antenna, in the order they were laid.
    cards: Vec<Card>,
    field: bool,
    selected: Option<usize>,
    retries: u8,
    registers: HashMap<[u8; 2], u8>,
    search: Option<Search>,
    /// How it goes wrong at present.
    pub fault: Fault,
    commands: u64,
}

impl Chip {
    /// Puts a card on the antenna, beside those that lie there.
    pub fn lay(&mut self, mut card: Card) {
        card.power(self.field);
        self.cards.push(card);
    }

    /// Takes every card away.
    pub fn lift(&mut self) {
        self.cards.clear();
        self.selected = None;
    }

    /// What the outside may know.
    #[must_use]
    pub fn status(&self) -> Status {
        let activations = self.cards.iter().map(Card::activations).max().unwrap_or(0);
        Status { cards: self.cards.len(), activations, commands: self.commands }
    }

    /// Power was lost; the cards stay where they lie.
    pub fn reset(&mut self) {
        let (cards, fault, commands) = (std::mem::take(&mut self.cards), self.fault, self.commands);
        *self = Self { cards, fault, commands, ..Self::default() };
        self.switch_field(false);
    }

    /// A frame came from the host.
    pub fn receive(&mut self, incoming: &Incoming, now: Instant) -> Vec<Output> {
        match incoming {
            Incoming::Abort => self.search = None,
            Incoming::Repeat => {}
            Incoming::Damaged => return self.send(now, frame::NACK.to_vec()),
            Incoming::Command(_) if self.fault == Fault::Miss => {
                self.fault = Fault::None;
                self.commands += 1;
            }
            Incoming::Command(_) if self.fault == Fault::Noise => {
                self.fault = Fault::None;
                self.commands += 1;
                // A frame whose length and its checksum do not fit.
                return self.send(now, vec![0, 0, 0xff, 0x2a, 0x55, 0xd5, 0x4b]);
            }
            Incoming::Command(command) => {
                let mut out = self.send(
                    now,
                    if self.fault == Fault::Nack { frame::NACK } else { frame::ACK }.to_vec(),
                );
                self.commands += 1;
                self.search = None;
                out.extend(self.command(command, now));
                return out;
            }
        }
        Vec::new()
    }

    /// When the chip next does something by itself.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Instant> {
        match self.search.as_ref()? {
            Search::List { next, .. } | Search::Poll { next, .. } => Some(*next),
        }
    }

    /// The time of [`Self::wakes_at`] has come.
    pub fn wake(&mut self, now: Instant) -> Vec<Output> {
        match self.search.take() {
            Some(Search::List { uid, tries, next }) if next <= now => {
                match self.try_to_wake(&uid) {
                    Some(target) => {
                        self.answer(0x4a, &[&[1], &target[..]].concat(), now + ACTIVATION)
                    }
                    None if tries == 0 => self.answer(0x4a, &[0], now),
                    None => {
                        let tries = if tries == FOR_EVER { tries } else { tries - 1 };
                        self.search = Some(Search::List { uid, tries, next: next + TRY });
                        Vec::new()
                    }
                }
            }
            Some(Search::Poll { types, until, next }) if next <= now => {
                self.poll_once(types, until, next, now)
            }
            other => {
                self.search = other;
                Vec::new()
            }
        }
    }

    fn poll_once(
        &mut self,
        types: Vec<u8>,
        until: Option<Instant>,
        next: Instant,
        now: Instant,
    ) -> Vec<Output> {
        if let Some(target) = self.try_to_wake(&[]) {
            // SAK bit 6: ISO/IEC 14443-4. Types 20 and 10 are those two for 106 kbit/s type A, 00
            // is either.
            let wanted = if target[3] & 0x20 == 0 { [0x10, 0x00] } else { [0x20, 0x00] };
            if let Some(kind) = types.iter().find(|kind| wanted.contains(kind)) {
                let len = u8::try_from(target.len()).unwrap_or(u8::MAX);
                return self.answer(
                    0x60,
                    &[&[1, *kind, len], &target[..]].concat(),
                    now + ACTIVATION,
                );
            }
        }
        if until.is_some_and(|until| now >= until) {
            return self.answer(0x60, &[0], now);
        }
        self.search = Some(Search::Poll { types, until, next: next + TRY });
        Vec::new()
    }

    fn command(&mut self, command: &[u8], now: Instant) -> Vec<Output> {
        let (code, args) = (command[0], &command[1..]);
        let done = |chip: &Self, data: &[u8]| chip.answer(code, data, now);
        match (code, args) {
            // Diagnose: line test echoes, 06 asks the card whether it is there.
            (0x00, [0x00, ..]) => done(self, args),
            (0x00, [0x06, ..]) => {
                let there = self.selected_card().is_some_and(|card| card.speaks_protocol());
                self.answer(code, &[u8::from(!there)], now + TRY)
            }
            (0x00, _) => done(self, &[0]),
            // GetFirmwareVersion: PN532, 1.6, all protocols.
            (0x02, _) => done(self, &[0x32, 0x01, 0x06, 0x07]),
            (0x04, _) => done(self, &[0, u8::from(self.field), 0, 0x80]),
            (0x06, addresses) => {
                let read = |at: &[u8]| self.registers.get(at).copied().unwrap_or(0);
                done(self, &addresses.chunks_exact(2).map(read).collect::<Vec<_>>())
            }
            (0x08, writes) => {
                self.registers
                    .extend(writes.chunks_exact(3).map(|write| ([write[0], write[1]], write[2])));
                done(self, &[])
            }
            // SetSerialBaudRate (the pty does not care), SetParameters, SAMConfiguration.
            (0x10 | 0x12 | 0x14, _) => done(self, &[]),
            (0x16, _) => {
                self.switch_field(false);
                done(self, &[0])
            }
            (0x32, [0x01, field, ..]) => {
                self.switch_field(field & 1 == 1);
                done(self, &[])
            }
            (0x32, args) => {
                if let [0x05, _, _, passive, ..] = args {
                    self.retries = *passive;
                }
                done(self, &[])
            }
            (0x40, [_, data @ ..]) => {
                let (status, data) =
                    self.selected_card().map_or((0x01, Vec::new()), |card| card.exchange(data));
                self.answer(code, &[&[status], &data[..]].concat(), now + TRY)
            }
            // InCommunicateThru: raw bytes, used for cards that are not here.
            (0x42, _) => self.answer(code, &[0x01], now + TRY),
            (0x44 | 0x52, _) => {
                self.cards.iter_mut().for_each(Card::halt);
                self.selected = None;
                done(self, &[0])
            }
            (0x4a, [_, kind, uid @ ..]) => self.list(*kind, uid, now),
            (0x54, _) => done(self, &[if self.selected.is_some() { 0x00 } else { 0x27 }]),
            (0x60, [polls, period, types @ ..]) => {
                let length =
                    POLL_UNIT * u32::from(*period) * u32::from(*polls) * types.len().max(1) as u32;
                let until = (*polls != FOR_EVER).then(|| now + length);
                self.switch_field(true);
                self.search = Some(Search::Poll { types: types.to_vec(), until, next: now });
                Vec::new()
            }
            _ => self.send(now, frame::SYNTAX_ERROR.to_vec()),
        }
    }

    /// InListPassiveTarget. Cards of other kinds than type A answer at once, or are not there.
    fn list(&mut self, kind: u8, uid: &[u8], now: Instant) -> Vec<Output> {
        self.switch_field(true);
        if kind != 0 {
            if let Some(target) = self.cards.iter().find_map(|card| card.foreign_target(kind)) {
                return self.answer(0x4a, &[&[1], &target[..]].concat(), now + ACTIVATION);
            }
            let last = TRY * (u32::from(self.retries) + 1);
            return if self.retries == FOR_EVER {
                Vec::new()
            } else {
                self.answer(0x4a, &[0], now + last)
            };
        }
        self.selected = None;
        // Seven bytes come with a cascade tag in front (UM0701-02, 7.3.5).
        let uid = if let [0x88, rest @ ..] = uid { rest } else { uid }.to_vec();
        self.search = Some(Search::List { uid, tries: self.retries, next: now + TRY });
        Vec::new()
    }

    /// One REQA: of the cards that answer, anticollision chooses one (here the first laid) or the
    /// one asked for.
    fn try_to_wake(&mut self, uid: &[u8]) -> Option<Vec<u8>> {
        let mut awake: Vec<usize> = Vec::new();
        for (index, card) in self.cards.iter_mut().enumerate() {
            if card.request() {
                awake.push(index);
            }
        }
        let chosen =
            awake.into_iter().find(|index| uid.is_empty() || self.cards[*index].has_number(uid))?;
        self.selected = Some(chosen);
        Some(self.cards[chosen].activate(1))
    }

    fn switch_field(&mut self, on: bool) {
        self.field = on;
        self.cards.iter_mut().for_each(|card| card.power(on));
        if !on {
            self.selected = None;
        }
    }

    fn selected_card(&mut self) -> Option<&mut Card> {
        self.cards.get_mut(self.selected?)
    }

    fn answer(&self, command: u8, data: &[u8], at: Instant) -> Vec<Output> {
        let mut frame = frame::response(command, data);
        match self.fault {
            Fault::Nack => return Vec::new(),
            Fault::BadSum => {
                let at = frame.len() - 2;
                frame[at] ^= 0x01;
            }
            Fault::Chop => frame.truncate(frame.len() / 2),
            Fault::None | Fault::Miss | Fault::Noise | Fault::Silent => {}
        }
        self.send(at, frame)
    }

    fn send(&self, at: Instant, bytes: Vec<u8>) -> Vec<Output> {
        if self.fault == Fault::Silent { Vec::new() } else { vec![(at, bytes)] }
    }
}
