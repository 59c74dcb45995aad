//! An SSD1306 as its datasheet has it (rev 1.1): bytes of the bus in, what a person sees out.

/// Width and height in dots.
pub const SIZE: (usize, usize) = (128, 64);

/// The chip with its memory.
pub struct Oled {
    memory: [u8; 1024],
    on: bool,
    inverted: bool,
    all: bool,
    remapped: bool,
    reversed: bool,
    pump: bool,
    mode: u8,
    columns: (u8, u8),
    pages: (u8, u8),
    at: (u8, u8),
    start: u8,
    contrast: u8,
    pending: Vec<u8>,
}

impl Default for Oled {
    /// After its reset (8.5): off, and the memory holds anything.
    fn default() -> Self {
        Self {
            memory: [0x55; 1024],
            on: false,
            inverted: false,
            all: false,
            remapped: false,
            reversed: false,
            pump: false,
            mode: 2,
            columns: (0, 127),
            pages: (0, 7),
            at: (0, 0),
            start: 0,
            contrast: 0x7f,
            pending: Vec::new(),
        }
    }
}

impl Oled {
    /// One write, from START to STOP (8.1.5.2); true when it switches the display off, as the setting
    /// up begins.
    pub fn takes(&mut self, bytes: &[u8]) -> bool {
        let was_on = self.on;
        let mut rest = bytes;
        let mut switched_off = false;
        while let [control, tail @ ..] = rest {
            let take = if control & 0x80 == 0 { tail.len() } else { tail.len().min(1) };
            for byte in &tail[..take] {
                if control & 0x40 == 0 {
                    switched_off |= *byte == 0xae && self.pending.is_empty();
                    self.command(*byte);
                } else {
                    self.data(*byte);
                }
            }
            rest = &tail[take..];
        }
        switched_off && (was_on || !self.on)
    }

    /// Whether it shines at all, and how bright.
    pub fn light(&self) -> (bool, u8) {
        (self.on && self.pump, self.contrast)
    }

    /// Whether a dot is lit, as the usual module is mounted (upright with A1 and C8).
    pub fn dot(&self, x: usize, y: usize) -> bool {
        let x = if self.remapped { x } else { 127 - x };
        let y = ((if self.reversed { y } else { 63 - y }) + usize::from(self.start)) % 64;
        let lit = self.all || self.memory[y / 8 * 128 + x] >> (y % 8) & 1 == 1;
        self.light().0 && lit != self.inverted
    }

    /// All 1024 bytes, lit or not: what a thief could still read.
    pub const fn memory(&self) -> &[u8; 1024] {
        &self.memory
    }

    fn data(&mut self, byte: u8) {
        let (column, page) = self.at;
        self.memory[usize::from(page & 7) * 128 + usize::from(column & 127)] = byte;
        let step = |at, (from, to)| if at == to { (from, true) } else { (at + 1, false) };
        let (across, down) = (step(column, self.columns), step(page, self.pages));
        self.at = match self.mode {
            0 => (across.0, if across.1 { down.0 } else { page }),
            1 => (if down.1 { across.0 } else { column }, down.0),
            _ => ((column + 1) & 127, page),
        };
    }

    /// Table 9-1.
    fn command(&mut self, byte: u8) {
        self.pending.push(byte);
        let more = match self.pending[0] {
            0x20 | 0x81 | 0x8d | 0xa8 | 0xd3 | 0xd5 | 0xd9 | 0xda | 0xdb => 1,
            0x21 | 0x22 | 0xa3 => 2,
            0x29 | 0x2a => 5,
            0x26 | 0x27 => 6,
            _ => 0,
        };
        if self.pending.len() <= more {
            return;
        }
        match *std::mem::take(&mut self.pending).as_slice() {
            [0x20, mode] => self.mode = mode & 3,
            [0x21, from, to] => (self.columns, self.at.0) = ((from & 127, to & 127), from & 127),
            [0x22, from, to] => (self.pages, self.at.1) = ((from & 7, to & 7), from & 7),
            [0x81, contrast] => self.contrast = contrast,
            [0x8d, pump] => self.pump = pump & 4 != 0,
            [command @ 0x40..=0x7f] => self.start = command & 63,
            [command @ 0xa0..=0xa1] => self.remapped = command & 1 == 1,
            [command @ 0xa4..=0xa5] => self.all = command & 1 == 1,
            [command @ 0xa6..=0xa7] => self.inverted = command & 1 == 1,
            [command @ 0xae..=0xaf] => self.on = command & 1 == 1,
            [command @ 0xb0..=0xb7] => self.at.1 = command & 7,
            [command @ 0x00..=0x0f] => self.at.0 = self.at.0 & 0x70 | command,
            [command @ 0x10..=0x1f] => self.at.0 = self.at.0 & 0x0f | command << 4 & 0x7f,
            [0xc0] => self.reversed = false,
            [0xc8] => self.reversed = true,
            _ => {}
        }
    }
}
