//! I2C bus 1: i2c-dev's calls, and one SSD1306 at 0x3c.

use crate::fuse::{Answer, Ask};
use crate::oled::Oled;
use rustix::time::{ClockId, clock_gettime};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

const DISPLAY: u64 = 0x3c;
/// `linux/i2c-dev.h`.
const I2C_SLAVE: u32 = 0x703;
const I2C_SLAVE_FORCE: u32 = 0x706;
const I2C_FUNCS: u32 = 0x705;
/// `I2C_RETRIES`, `I2C_TIMEOUT`, `I2C_TENBIT`, `I2C_PEC`.
const TAKEN: [u32; 4] = [0x701, 0x702, 0x704, 0x708];
/// What i2c-bcm2835 says it can do.
const FUNCTIONS: u64 = 0x0eff_0009;
/// Address and data are nine clocks a byte, start and stop about two, at 400 kHz.
const BYTE: Duration = Duration::from_nanos(22_500);
/// A kernel driver gives a transfer up in the end; by then the program has waited too long.
const GIVES_UP: Duration = Duration::from_secs(4);
const ENDS: Duration = Duration::from_nanos(5_000);

/// The bus and what hangs on it.
#[derive(Default)]
pub struct Bus {
    state: Mutex<State>,
    released: Condvar,
}

/// What is known of it.
#[derive(Default)]
pub struct State {
    /// The display's own memory.
    pub oled: Oled,
    /// A transfer takes the time that it takes at 400 kHz.
    pub pace: bool,
    /// Nobody answers.
    pub unplugged: bool,
    /// A transfer does not end for a long time, and then badly.
    pub hangs: bool,
    /// Since the start: transfers, and bytes with addresses.
    pub writes: u64,
    /// See above.
    pub bytes: u64,
    /// Of the last frame, by the monotonic clock: when the chip was set up, and the last dot.
    pub frame: (Duration, Duration),
}

impl Bus {
    /// What is known of it now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Lets a transfer go on, after `hangs` was taken back.
    pub fn release(&self) {
        self.released.notify_all();
    }

    /// `address` is the one that the program chose.
    pub fn answer(&self, ask: Ask<'_>, address: &mut u64) -> Answer {
        match ask {
            Ask::Ioctl { command: I2C_SLAVE | I2C_SLAVE_FORCE, argument, .. } => {
                *address = argument;
                Ok(Vec::new())
            }
            // The number of this call has no size in it, so the kernel copies nothing.
            Ask::Ioctl { command: I2C_FUNCS, argument, pid } => {
                let memory = OpenOptions::new().write(true).open(format!("/proc/{pid}/mem"));
                let done =
                    memory.and_then(|memory| memory.write_at(&FUNCTIONS.to_ne_bytes(), argument));
                done.map(|_| Vec::new()).map_err(|_| libc::EFAULT)
            }
            Ask::Ioctl { command, .. } if TAKEN.contains(&command) => Ok(Vec::new()),
            Ask::Ioctl { .. } => Err(libc::ENOTTY),
            Ask::Read(count) => self.transfer(*address).map(|_| vec![0x43; count]),
            Ask::Write(bytes) => {
                self.take_time(bytes.len());
                let mut state = self.transfer(*address)?;
                state.writes += 1;
                state.bytes += 1 + bytes.len() as u64;
                if state.oled.takes(bytes) {
                    state.frame.0 = now();
                }
                if bytes.first() == Some(&0x40) {
                    state.frame.1 = now();
                }
                Ok(Vec::new())
            }
        }
    }

    fn transfer(&self, address: u64) -> Result<MutexGuard<'_, State>, i32> {
        let hangs = |state: &mut State| state.hangs;
        let (state, late) =
            self.released.wait_timeout_while(self.state(), GIVES_UP, hangs).unwrap();
        if late.timed_out() {
            return Err(libc::ETIMEDOUT);
        }
        if state.unplugged || address != DISPLAY { Err(libc::EREMOTEIO) } else { Ok(state) }
    }

    fn take_time(&self, bytes: usize) {
        let end = Instant::now() + BYTE * u32::try_from(bytes + 1).unwrap() + ENDS;
        let pace = self.state().pace;
        while pace && Instant::now() < end {
            std::hint::spin_loop();
        }
    }
}

/// As `Instant` counts on Linux.
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap())
}
