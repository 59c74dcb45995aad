//! The card as flash memory is: what was written and not flushed since may be lost, sector by
//! sector, when the plug is pulled. A server of the NBD protocol (doc/proto.md of the NBD project,
//! "fixed newstyle") between QEMU and the image file.
//!
//! Duties: answer one QEMU at a time, remember what each sector held at the last flush, pull the
//! plug when asked or at a chosen write, and undo then what chance says. Never: lose what was
//! flushed; tear a sector (a card writes one whole or not at all); answer anything after the plug
//! is pulled.

use super::dice::Dice;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SECTOR: usize = 512;
type Sector = [u8; SECTOR];

// Numbers of the protocol.
const SERVER_MAGIC: u64 = 0x4e42_444d_4147_4943;
const OPTION_MAGIC: u64 = 0x4948_4156_454f_5054;
const OPTION_REPLY_MAGIC: u64 = 0x0003_e889_0455_65a9;
const REQUEST_MAGIC: u32 = 0x2560_9513;
const REPLY_MAGIC: u32 = 0x6744_6698;
/// Fixed newstyle, and no padding.
const HANDSHAKE: u16 = 0b11;
const ABORT: u32 = 2;
const GO: u32 = 7;
const ACK: u32 = 1;
const INFO: u32 = 3;
const UNSUPPORTED: u32 = 0x8000_0001;
/// These flags count, FLUSH is understood, FUA is understood.
const EXPORT: u16 = 0b1101;
const FUA: u16 = 1;
const READ: u16 = 0;
const WRITE: u16 = 1;
const END: u16 = 2;
const FLUSH: u16 = 3;
const REFUSED: u32 = 22;
/// Longest request that is taken.
const MOST: u32 = 32 << 20;

/// Where the plug is pulled by itself: at the `writes`-th write that touches these bytes of the
/// card. That write is the last one the card has heard of, and nothing has flushed it.
#[derive(Clone, Debug)]
pub struct Trap {
    /// Bytes of the card.
    pub region: Range<u64>,
    /// From 1.
    pub writes: u64,
}

/// What a cut did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Sectors that had been written and not flushed.
    pub unflushed: usize,
    /// Those of them that hold again what they held before.
    pub lost: usize,
}

/// A card in its slot.
pub struct Flash {
    state: Arc<Mutex<State>>,
    socket: PathBuf,
}

struct State {
    file: File,
    length: u64,
    powered: bool,
    trap: Option<Trap>,
    /// What the sectors that were written since the last flush held at it.
    before: HashMap<u64, Sector>,
    flushes: u64,
}

impl Flash {
    /// Puts the image `card` into the slot; QEMU finds it at `socket`. The power is off.
    ///
    /// # Errors
    /// The file's or the socket's.
    pub fn insert(card: &Path, socket: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(card)?;
        let length = file.metadata()?.len();
        let listener = UnixListener::bind(socket)?;
        let state =
            State { file, length, powered: false, trap: None, before: HashMap::new(), flushes: 0 };
        let state = Arc::new(Mutex::new(state));
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                // Its end is QEMU's end; whatever else went wrong, the guest sees as a card that
                // does not answer.
                let _ended = serve(line, &served);
            }
        });
        Ok(Self { state, socket: socket.to_owned() })
    }

    /// Where QEMU finds it.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Power, until the plug is pulled; with a trap, until that write at the latest.
    pub fn power_on(&self, trap: Option<Trap>) {
        let mut state = lock(&self.state);
        state.powered = true;
        state.trap = trap;
    }

    /// A trap for a machine that is running.
    pub fn set_trap(&self, trap: Trap) {
        lock(&self.state).trap = Some(trap);
    }

    /// Whether the trap has pulled the plug.
    #[must_use]
    pub fn tripped(&self) -> bool {
        !lock(&self.state).powered
    }

    /// How often the card was told to flush.
    #[must_use]
    pub fn flushes(&self) -> u64 {
        lock(&self.state).flushes
    }

    /// Pulls the plug: from now on nothing is heard, and of what was not flushed a part is undone:
    /// all, half or an eighth of the sectors, as the dice fall.
    ///
    /// # Errors
    /// The image's.
    pub fn pull(&self, dice: &mut Dice) -> io::Result<Loss> {
        let mut state = lock(&self.state);
        state.powered = false;
        state.trap = None;
        let of_eight = [8, 4, 1][usize::try_from(dice.below(3)).unwrap_or(0)];
        let mut before: Vec<(u64, Sector)> = state.before.drain().collect();
        // The same seed, the same sectors.
        before.sort_by_key(|(sector, _)| *sector);
        let mut loss = Loss { unflushed: before.len(), lost: 0 };
        for (sector, held) in before {
            if dice.below(8) < of_eight {
                state.file.write_all_at(&held, sector * SECTOR as u64)?;
                loss.lost += 1;
            }
        }
        Ok(loss)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn write(&mut self, at: u64, bytes: &[u8], through: bool) -> io::Result<()> {
        for sector in at / SECTOR as u64..(at + bytes.len() as u64).div_ceil(SECTOR as u64) {
            if through {
                self.before.remove(&sector);
            } else if !self.before.contains_key(&sector) {
                let mut held = [0; SECTOR];
                self.file.read_exact_at(&mut held, sector * SECTOR as u64)?;
                self.before.insert(sector, held);
            }
        }
        self.file.write_all_at(bytes, at)?;
        let end = at + bytes.len() as u64;
        if let Some(trap) =
            self.trap.as_mut().filter(|trap| at < trap.region.end && end > trap.region.start)
        {
            trap.writes = trap.writes.saturating_sub(1);
            self.powered = trap.writes > 0;
        }
        Ok(())
    }
}

fn serve(stream: UnixStream, state: &Mutex<State>) -> io::Result<()> {
    let mut answers = stream.try_clone()?;
    let mut line = BufReader::with_capacity(1 << 20, stream);
    if !agree(&mut line, &mut answers, lock(state).length)? {
        return Ok(());
    }
    let mut bytes = Vec::new();
    loop {
        if u32::from_be_bytes(take(&mut line)?) != REQUEST_MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let flags = u16::from_be_bytes(take(&mut line)?);
        let kind = u16::from_be_bytes(take(&mut line)?);
        let cookie: [u8; 8] = take(&mut line)?;
        let at = u64::from_be_bytes(take(&mut line)?);
        let length = u32::from_be_bytes(take(&mut line)?);
        if length > MOST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.resize(if kind == READ || kind == WRITE { length as usize } else { 0 }, 0);
        if kind == WRITE {
            line.read_exact(&mut bytes)?;
        }
        if kind == END {
            return Ok(());
        }
        let mut state = lock(state);
        if !state.powered {
            // Nobody is there any more; the line is held until QEMU is gone as well.
            continue;
        }
        let done = match kind {
            _ if at.checked_add(u64::from(length)).is_none_or(|end| end > state.length) => {
                Err(io::ErrorKind::InvalidInput.into())
            }
            READ => state.file.read_exact_at(&mut bytes, at),
            WRITE => state.write(at, &bytes, flags & FUA != 0),
            FLUSH => {
                state.before.clear();
                state.flushes += 1;
                Ok(())
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        };
        if !state.powered {
            continue;
        }
        drop(state);
        answers.write_all(&REPLY_MAGIC.to_be_bytes())?;
        answers.write_all(&(if done.is_ok() { 0 } else { REFUSED }).to_be_bytes())?;
        answers.write_all(&cookie)?;
        if kind == READ && done.is_ok() {
            answers.write_all(&bytes)?;
        }
    }
}

/// The handshake: everything but the plain export is declined. False when the other side leaves.
fn agree(line: &mut impl Read, answers: &mut impl Write, length: u64) -> io::Result<bool> {
    answers.write_all(&SERVER_MAGIC.to_be_bytes())?;
    answers.write_all(&OPTION_MAGIC.to_be_bytes())?;
    answers.write_all(&HANDSHAKE.to_be_bytes())?;
    let _client_flags: [u8; 4] = take(line)?;
    loop {
        let _magic: [u8; 8] = take(line)?;
        let option = u32::from_be_bytes(take(line)?);
        let size = u32::from_be_bytes(take(line)?);
        io::copy(&mut line.take(u64::from(size)), &mut io::sink())?;
        match option {
            GO => {
                let mut export = vec![0, 0];
                export.extend(length.to_be_bytes());
                export.extend(EXPORT.to_be_bytes());
                reply(answers, option, INFO, &export)?;
                reply(answers, option, ACK, &[])?;
                return Ok(true);
            }
            ABORT => {
                reply(answers, option, ACK, &[])?;
                return Ok(false);
            }
            _ => reply(answers, option, UNSUPPORTED, &[])?,
        }
    }
}

fn reply(answers: &mut impl Write, option: u32, kind: u32, data: &[u8]) -> io::Result<()> {
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
    answers.write_all(&OPTION_REPLY_MAGIC.to_be_bytes())?;
    for word in [option, kind, size] {
        answers.write_all(&word.to_be_bytes())?;
    }
    answers.write_all(data)
}

fn take<const LENGTH: usize>(line: &mut impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    line.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A card of eight sectors of the letter `a`, in its slot.
    fn card(name: &str) -> (Flash, PathBuf) {
        let directory =
            std::env::temp_dir().join(format!("borne-flash-{name}-{}", std::process::id()));
        let _none_there = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let image = directory.join("card");
        std::fs::write(&image, [b'a'; 8 * SECTOR]).unwrap();
        (Flash::insert(&image, &directory.join("socket")).unwrap(), image)
    }

    /// What QEMU's end of the line does, in its shortest form.
    struct Host(UnixStream);

    impl Host {
        fn connect(flash: &Flash) -> Self {
            let mut line = UnixStream::connect(flash.socket()).unwrap();
            let _greeting: [u8; 18] = take(&mut line).unwrap();
            line.write_all(&1_u32.to_be_bytes()).unwrap();
            // An option that it must decline, then the export.
            for (option, data) in [(8_u32, &b""[..]), (GO, &[0; 6][..])] {
                line.write_all(&OPTION_MAGIC.to_be_bytes()).unwrap();
                line.write_all(&option.to_be_bytes()).unwrap();
                line.write_all(&u32::try_from(data.len()).unwrap().to_be_bytes()).unwrap();
                line.write_all(data).unwrap();
            }
            let declined: [u8; 20] = take(&mut line).unwrap();
            assert_eq!(declined[12..16], UNSUPPORTED.to_be_bytes());
            let export: [u8; 52] = take(&mut line).unwrap();
            assert_eq!(export[22..30], (8 * SECTOR as u64).to_be_bytes());
            Self(line)
        }

        fn ask(&mut self, flags: u16, kind: u16, at: u64, length: u32, data: &[u8]) {
            self.0.write_all(&REQUEST_MAGIC.to_be_bytes()).unwrap();
            for word in [flags, kind] {
                self.0.write_all(&word.to_be_bytes()).unwrap();
            }
            for word in [7, at] {
                self.0.write_all(&word.to_be_bytes()).unwrap();
            }
            self.0.write_all(&length.to_be_bytes()).unwrap();
            self.0.write_all(data).unwrap();
        }

        fn done(&mut self) -> u32 {
            let answer: [u8; 16] = take(&mut self.0).unwrap();
            u32::from_be_bytes(answer[4..8].try_into().unwrap())
        }

        fn write(&mut self, sector: u64, letter: u8) {
            self.ask(0, WRITE, sector * SECTOR as u64, SECTOR as u32, &[letter; SECTOR]);
            assert_eq!(self.done(), 0);
        }
    }

    /// The first letter of each sector.
    fn letters(image: &Path) -> String {
        std::fs::read(image).unwrap().chunks(SECTOR).map(|sector| char::from(sector[0])).collect()
    }

    #[test]
    fn what_was_flushed_stays_and_of_the_rest_some_is_lost_and_some_is_not() {
        let (mut lost, mut kept) = (0, 0);
        for seed in 0..20 {
            let (flash, image) = card("losses");
            flash.power_on(None);
            let mut host = Host::connect(&flash);
            host.write(0, b'b');
            host.ask(0, FLUSH, 0, 0, &[]);
            assert_eq!(host.done(), 0);
            host.ask(FUA, WRITE, SECTOR as u64, SECTOR as u32, &[b'b'; SECTOR]);
            assert_eq!(host.done(), 0);
            for sector in 2..8 {
                host.write(sector, b'c');
                host.write(sector, b'd');
            }
            let loss = flash.pull(&mut Dice::of(seed)).unwrap();
            let after = letters(&image);
            assert!(after.starts_with("bb"), "what was flushed is lost: {after}");
            assert_eq!(loss, Loss { unflushed: 6, lost: after.matches('a').count() }, "{after}");
            (lost, kept) = (lost + loss.lost, kept + after.matches('d').count());
            std::fs::remove_dir_all(image.parent().unwrap()).unwrap();
        }
        assert!(lost > 20 && kept > 20, "{lost} lost, {kept} kept");
    }

    #[test]
    fn a_trap_pulls_the_plug_at_its_write_and_nothing_is_heard_afterwards() {
        let (flash, image) = card("trap");
        flash.power_on(Some(Trap { region: 1024..2048, writes: 2 }));
        let mut host = Host::connect(&flash);
        host.write(0, b'b');
        host.write(2, b'b');
        assert!(!flash.tripped());
        host.ask(0, WRITE, 3 * SECTOR as u64, SECTOR as u32, &[b'b'; SECTOR]);
        crate::wait_for("the trap", std::time::Duration::from_secs(10), || flash.tripped());
        host.ask(0, WRITE, 4 * SECTOR as u64, SECTOR as u32, &[b'b'; SECTOR]);
        host.ask(0, FLUSH, 0, 0, &[]);
        // Answered by nobody; the server has read both when it sees the line end.
        host.0.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(host.0.read(&mut [0; 16]).unwrap(), 0);
        let loss = flash.pull(&mut Dice::of(1)).unwrap();
        assert_eq!(loss.unflushed, 3);
        assert!(letters(&image).ends_with("aaaa"), "{}", letters(&image));
        std::fs::remove_dir_all(image.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_request_beyond_the_end_is_refused() {
        let (flash, image) = card("end");
        flash.power_on(None);
        let mut host = Host::connect(&flash);
        host.ask(0, READ, 8 * SECTOR as u64, SECTOR as u32, &[]);
        assert_eq!(host.done(), REFUSED);
        host.ask(0, READ, u64::MAX, SECTOR as u32, &[]);
        assert_eq!(host.done(), REFUSED);
        std::fs::remove_dir_all(image.parent().unwrap()).unwrap();
    }
}
