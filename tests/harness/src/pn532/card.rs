//! Cards: what they show during activation (ISO/IEC 14443-3, NXP AN10833 and AN10927), the states
//! in which they answer, and the few commands a reader uses to tell them apart.

use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

/// What a card is. The numbers of fixed ones are given when the card is laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// MIFARE Classic 1K.
    Classic1k,
    /// MIFARE Classic 4K.
    Classic4k,
    /// NTAG 21x.
    Ntag,
    /// MIFARE DESFire; the generation, 1 to 3.
    Desfire(u8),
    /// ISO/IEC 14443-4 card that draws a new four-byte number, the first byte 08, each time it gets
    /// power.
    RandomUid,
    /// Answers with a number of impossible length.
    Garbage,
    /// ISO/IEC 14443 type B, as some passports and health cards are.
    TypeB,
    /// FeliCa, as some transport cards are.
    Felica,
}

impl Kind {
    /// The kind a town would have ordered for such a number; one that begins with 08 is drawn anew
    /// at every laying.
    #[must_use]
    pub fn usual_for(uid: &[u8]) -> Self {
        match uid {
            [0x08, _, _, _] => Self::RandomUid,
            [_, _, _, _] => Self::Classic1k,
            _ => Self::Desfire(2),
        }
    }

    const fn fits(self, uid_len: usize) -> bool {
        match self {
            Self::Classic1k | Self::Classic4k => uid_len == 4 || uid_len == 7,
            Self::Ntag | Self::Desfire(_) => uid_len == 7,
            Self::RandomUid | Self::TypeB | Self::Felica => uid_len == 0,
            Self::Garbage => uid_len <= 10,
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "classic1k" => Ok(Self::Classic1k),
            "classic4k" => Ok(Self::Classic4k),
            "ntag" => Ok(Self::Ntag),
            "desfire1" => Ok(Self::Desfire(1)),
            "desfire2" => Ok(Self::Desfire(2)),
            "desfire3" => Ok(Self::Desfire(3)),
            "random" => Ok(Self::RandomUid),
            "garbage" => Ok(Self::Garbage),
            "type-b" => Ok(Self::TypeB),
            "felica" => Ok(Self::Felica),
            _ => Err("kind is none of classic1k classic4k ntag desfire1 desfire2 desfire3 random garbage type-b felica".to_owned()),
        }
    }
}

/// ISO/IEC 14443-3, figure 7 (type A states), as far as a reader can tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    PowerOff,
    Idle,
    Active,
    Protocol,
    Halt,
}

/// A card on the antenna.
#[derive(Clone)]
pub struct Card {
    kind: Kind,
    uid: Vec<u8>,
    state: State,
    /// Which part of the answer to DESFire's GetVersion comes next.
    version_part: u8,
    activations: u32,
}

impl Card {
    /// A card of this kind and number (none for [`Kind::RandomUid`]).
    ///
    /// # Errors
    /// A text when the number does not fit the kind.
    pub fn new(kind: Kind, uid: &[u8]) -> Result<Self, String> {
        if !kind.fits(uid.len()) {
            return Err(format!("a number of {} bytes does not fit {kind:?}", uid.len()));
        }
        Ok(Self {
            kind,
            uid: uid.to_vec(),
            state: State::PowerOff,
            version_part: 0,
            activations: 0,
        })
    }

    /// The field went on or off.
    pub fn power(&mut self, on: bool) {
        if on && self.state == State::PowerOff && self.kind == Kind::RandomUid {
            let [a, b, c, ..] = RandomState::new().hash_one(()).to_le_bytes();
            self.uid = vec![0x08, a, b, c];
        }
        self.state = match (on, self.state) {
            (false, _) => State::PowerOff,
            (true, State::PowerOff) => State::Idle,
            (true, state) => state,
        };
    }

    /// What a card of another kind than type A answers to InListPassiveTarget for this BrTy
    /// (UM0701-02, 7.3.5): 1 and 2 FeliCa, 3 type B.
    #[must_use]
    pub fn foreign_target(&self, kind: u8) -> Option<Vec<u8>> {
        match (self.kind, kind) {
            // ATQB: application data, protocol info; then the answer to ATTRIB.
            (Kind::TypeB, 3) => {
                Some(vec![1, 0x50, 0xa1, 0xb2, 0xc3, 0xd4, 0, 0, 0, 0, 0x00, 0x81, 0x71, 1, 0])
            }
            // POL_RES of 18 bytes: length, 01, NFCID2t, PAD.
            (Kind::Felica, 1 | 2) => {
                Some([&[1, 18, 1][..], &[0x01, 0x2e, 1, 2, 3, 4, 5, 6], &[0xff; 8]].concat())
            }
            _ => None,
        }
    }

    /// REQA: whether the card answers. An active card is thrown back to idle by it, a halted one
    /// sleeps on, one that speaks ISO/IEC 14443-4 does not hear it.
    pub fn request(&mut self) -> bool {
        let answers = self.state == State::Idle && !matches!(self.kind, Kind::TypeB | Kind::Felica);
        if self.state == State::Active {
            self.state = State::Idle;
        }
        answers
    }

    /// Anticollision chose this card. Answers target data as in InListPassiveTarget (UM0701-02,
    /// 7.3.5).
    pub fn activate(&mut self, number: u8) -> Vec<u8> {
        let (atqa, sak, ats): ([u8; 2], u8, &[u8]) = match self.kind {
            Kind::Classic1k => ([0x00, 0x04], 0x08, &[]),
            Kind::Classic4k => ([0x00, 0x02], 0x18, &[]),
            Kind::Ntag => ([0x00, 0x44], 0x00, &[]),
            Kind::Desfire(_) => ([0x03, 0x44], 0x20, &[0x06, 0x75, 0x77, 0x81, 0x02, 0x80]),
            Kind::RandomUid => ([0x03, 0x04], 0x20, &[0x06, 0x75, 0x77, 0x81, 0x02, 0x80]),
            Kind::Garbage | Kind::TypeB | Kind::Felica => ([0xff, 0xff], 0x00, &[]),
        };
        self.state = if sak & 0x20 == 0 { State::Active } else { State::Protocol };
        self.version_part = 0;
        self.activations += 1;
        let mut data =
            vec![number, atqa[0], atqa[1], sak, u8::try_from(self.uid.len()).unwrap_or(u8::MAX)];
        data.extend(&self.uid);
        data.extend(ats);
        data
    }

    /// How often it was chosen since it was laid.
    #[must_use]
    pub const fn activations(&self) -> u32 {
        self.activations
    }

    /// HLTA or S(DESELECT).
    pub fn halt(&mut self) {
        if matches!(self.state, State::Active | State::Protocol) {
            self.state = State::Halt;
        }
    }

    /// Activated and able to talk.
    #[must_use]
    pub fn is_selected(&self) -> bool {
        matches!(self.state, State::Active | State::Protocol)
    }

    /// Answers R(NAK)s, which is how the chip asks a 14443-4 card whether it is there (Diagnose
    /// 06).
    #[must_use]
    pub fn speaks_protocol(&self) -> bool {
        self.state == State::Protocol
    }

    /// Whether selection by this number would choose it.
    #[must_use]
    pub fn has_number(&self, uid: &[u8]) -> bool {
        self.uid == uid
    }

    /// InDataExchange: status byte (UM0701-02, 7.1) and answer.
    pub fn exchange(&mut self, command: &[u8]) -> (u8, Vec<u8>) {
        const TIMEOUT: u8 = 0x01;
        const AUTHENTICATION: u8 = 0x14;
        if !self.is_selected() {
            return (TIMEOUT, Vec::new());
        }
        match (self.kind, command) {
            (Kind::Desfire(generation), [0x90, instruction, ..]) => {
                (0, self.desfire(generation, *instruction))
            }
            (Kind::Ntag, [0x30, _page]) => {
                let mut pages = self.uid.clone();
                pages.resize(16, 0);
                (0, pages)
            }
            (Kind::Classic1k | Kind::Classic4k, [0x60 | 0x61, ..]) => (AUTHENTICATION, Vec::new()),
            _ => (TIMEOUT, Vec::new()),
        }
    }

    /// GetVersion in its three parts; everything else is an illegal command (status 1C).
    fn desfire(&mut self, generation: u8, instruction: u8) -> Vec<u8> {
        const VERSIONS: [[u8; 2]; 3] = [[0x01, 0x00], [0x12, 0x00], [0x33, 0x00]];
        let [major, minor] = VERSIONS[usize::from(generation.clamp(1, 3)) - 1];
        let part = [0x04, 0x01, 0x01, major, minor, 0x18, 0x05];
        let (mut answer, status) = match (instruction, self.version_part) {
            (0x60, _) => (part.to_vec(), 0xaf),
            (0xaf, 1) => (part.to_vec(), 0xaf),
            (0xaf, 2) => {
                ([&self.uid[..], &[0xba, 0x34, 0x45, 0x12, 0x10, 0x11, 0x22]].concat(), 0x00)
            }
            _ => (Vec::new(), 0x1c),
        };
        self.version_part = match (instruction, status) {
            (0x60, _) => 1,
            (_, 0xaf) => 2,
            _ => 0,
        };
        answer.extend([0x91, status]);
        answer
    }
}
