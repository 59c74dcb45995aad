//! The registers of the pins: what the program stores to set and clear is taken out, noted with its
//! time, and shown as the pins' level.
//!
//! Register addresses: BCM2711 ARM Peripherals, 5.2; RP1 Peripherals, 3.1 and 3.3.

use crate::bus::now;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Between two looks where no watchpoint tells of a store.
const LOOK: Duration = Duration::from_micros(500);

/// When a pin changed, by the monotonic clock.
#[derive(Clone, Copy)]
pub struct Edge {
    /// Since the machine's start.
    pub at: Duration,
    /// GPIO number.
    pub pin: u32,
    /// Its new level.
    pub high: bool,
}

/// The pins.
pub struct Pins {
    registers: File,
    /// Offsets.
    pub set: u64,
    /// Of the register that clears.
    pub clear: u64,
    level: u64,
    input: u64,
    pi5: bool,
    latch: Mutex<u32>,
    edges: Mutex<Vec<Edge>>,
    /// Programs whose stores are told by watchpoints.
    pub watched: AtomicU32,
}

impl Pins {
    /// Of a board.
    pub fn of(memory: &Path, pi5: bool) -> Self {
        let registers = File::options().read(true).write(true).open(memory).unwrap();
        let [set, clear, level, input] =
            if pi5 { [0x12000, 0x13000, 0x10000, 0x10008] } else { [0x1c, 0x28, 0x34, 0x34] };
        let pins = Self {
            registers,
            set,
            clear,
            level,
            input,
            pi5,
            latch: Mutex::default(),
            edges: Mutex::default(),
            watched: AtomicU32::new(0),
        };
        if pi5 {
            // No function is chosen: FUNCSEL of each pin.
            (0..28).for_each(|pin| pins.store(4 + pin * 8, 31));
        }
        pins
    }

    fn load(&self, at: u64) -> u32 {
        let mut word = [0; 4];
        self.registers.read_exact_at(&mut word, at).unwrap();
        u32::from_ne_bytes(word)
    }

    fn store(&self, at: u64, word: u32) {
        self.registers.write_all_at(&word.to_ne_bytes(), at).unwrap();
    }

    /// Takes what was stored since the last look.
    pub fn look(&self) {
        let mut latch = self.latch.lock().unwrap();
        let (set, clear) = (self.load(self.set), self.load(self.clear));
        if set | clear == 0 {
            return;
        }
        self.store(self.set, 0);
        self.store(self.clear, 0);
        let was = *latch;
        *latch = (was | set) & !clear;
        let changed = was ^ *latch;
        let at = now();
        let pins = (0..28).filter(|pin| changed >> pin & 1 == 1);
        let edges = pins.map(|pin| Edge { at, pin, high: *latch >> pin & 1 == 1 });
        self.edges.lock().unwrap().extend(edges);
        let touched = was | set | clear;
        self.store(self.level, self.load(self.level) & !touched | *latch);
    }

    /// From outside: a level on an input.
    pub fn drive(&self, pin: u32, high: bool) {
        let was = self.load(self.input);
        self.store(self.input, if high { was | 1 << pin } else { was & !(1 << pin) });
    }

    /// All edges from this number on.
    pub fn edges(&self, from: usize) -> Vec<Edge> {
        self.edges.lock().unwrap().get(from..).unwrap_or_default().to_vec()
    }

    /// What is driven high: latched, and the pin an output (on a Pi 4 by GPFSEL; on a Pi 5 the output
    /// is as latched).
    pub fn driven(&self) -> u32 {
        self.look();
        let output = |pin: &u64| self.pi5 || self.load(pin / 10 * 4) >> (pin % 10 * 3) & 7 == 1;
        let outputs = (0..28).filter(output).fold(0, |mask, pin| mask | 1 << pin);
        *self.latch.lock().unwrap() & outputs
    }
}

/// From time to time, as long as no watchpoint does it better.
pub fn keep_looking(pins: &Arc<Pins>) {
    let pins = Arc::clone(pins);
    std::thread::spawn(move || {
        loop {
            let watched = pins.watched.load(Ordering::SeqCst) > 0;
            if !watched {
                pins.look();
            }
            std::thread::park_timeout(if watched { LOOK * 40 } else { LOOK });
        }
    });
}
