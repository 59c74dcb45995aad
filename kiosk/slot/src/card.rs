//! The card: its partition table, and the sectors of it that are ever written.
//!
//! The whole card is opened, not its partitions: so the very same program works on an image file,
//! and no other opener of a partition shares its cache with ours. Nothing else on the system opens
//! the first partition or the ledger for writing.

use crate::autoboot::{self, Choice};
use crate::{Ledger, Slot, SlotError, fat, ledger};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

const SECTOR: u64 = 512;
const START: u8 = 1;
const LEDGER: u8 = 7;
/// The two copies of the ledger lie in different erase blocks of the card: what a cut does to one,
/// it does not do to both.
const COPIES: [u64; 2] = [0, 4 * 1024 * 1024];
const FIRST_LOGICAL: u8 = 5;
const EXTENDED: [u8; 2] = [0x05, 0x0f];
/// `image/board/genimage.cfg.in` makes four logical partitions; a table that goes on is not ours.
const MOST_LOGICAL: u8 = 16;

/// An open card; one program at a time has it.
pub struct Card {
    file: File,
}

impl Card {
    /// Opens the card and waits for whoever has it.
    ///
    /// # Errors
    /// [`SlotError::Io`].
    pub fn open(path: &Path) -> Result<Self, SlotError> {
        let file = File::options()
            .read(true)
            .write(true)
            .open(path)
            .map_err(SlotError::io("open the card"))?;
        file.lock().map_err(SlotError::io("lock the card"))?;
        Ok(Self { file })
    }

    /// What the firmware starts.
    ///
    /// # Errors
    /// Any [`SlotError`] of the partition table, the FAT and `autoboot.txt`.
    pub fn choice(&self) -> Result<Choice, SlotError> {
        let (at, length) = self.autoboot()?;
        let mut sector = [0; SECTOR as usize];
        self.file.read_exact_at(&mut sector, at).map_err(SlotError::io("read autoboot.txt"))?;
        autoboot::parse(&sector[..length])
    }

    /// Makes the firmware start `slot`: one sector is overwritten in place, and is on the card when
    /// this returns.
    ///
    /// # Errors
    /// Any [`SlotError`]; the firmware's choice is then the old one or, if only the flush failed,
    /// either.
    pub fn commit(&self, slot: Slot) -> Result<(), SlotError> {
        let (at, length) = self.autoboot()?;
        let text = autoboot::compose(slot);
        if text.len() > length {
            return Err(SlotError::Autoboot("shorter than what we write"));
        }
        // The file keeps its length, so the directory stays as it is; the rest of the sector is
        // empty lines.
        let mut sector = [b'\n'; SECTOR as usize];
        sector[..text.len()].copy_from_slice(text.as_bytes());
        self.write(&sector, at, "write autoboot.txt")
    }

    /// The newer valid copy of the ledger, or a fresh one.
    ///
    /// # Errors
    /// [`SlotError`] when the partition is not there or cannot be read; torn copies are no error.
    pub fn ledger(&self, committed: Slot) -> Result<Ledger, SlotError> {
        Ok(self
            .copies()?
            .into_iter()
            .flatten()
            .max_by_key(|copy| copy.sequence)
            .unwrap_or(Ledger::fresh(committed)))
    }

    /// Writes the next state over the copy that is not the present one; it is on the card when this
    /// returns.
    ///
    /// # Errors
    /// [`SlotError`]; the present state is then still there.
    pub fn keep(&self, mut next: Ledger) -> Result<(), SlotError> {
        let [first, second] = self.copies()?.map(|copy| copy.map(|copy| copy.sequence));
        let older = if first < second { COPIES[0] } else { COPIES[1] };
        next.sequence = first.max(second).unwrap_or(0).wrapping_add(1);
        self.write(&next.record(), self.partition(LEDGER)? + older, "write the ledger")
    }

    fn copies(&self) -> Result<[Option<Ledger>; 2], SlotError> {
        let start = self.partition(LEDGER)?;
        let mut copies = [None; 2];
        for (copy, offset) in copies.iter_mut().zip(COPIES) {
            let mut record = [0; ledger::RECORD];
            self.file
                .read_exact_at(&mut record, start + offset)
                .map_err(SlotError::io("read the ledger"))?;
            *copy = Ledger::parse(&record);
        }
        Ok(copies)
    }

    /// A file of the first partition.
    ///
    /// # Errors
    /// Any [`SlotError`]; that there is no such file is none.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, SlotError> {
        let volume = fat::Volume::open(&self.file, self.partition(START)?)?;
        volume.find(name)?.map(|extent| volume.read(&extent)).transpose()
    }

    /// The names of the first partition's files.
    ///
    /// # Errors
    /// Any [`SlotError`].
    pub fn names(&self) -> Result<Vec<String>, SlotError> {
        fat::Volume::open(&self.file, self.partition(START)?)?.names()
    }

    /// Overwrites a part of a file of the first partition with blanks, where it lies: nothing of it
    /// is left in a free block.
    ///
    /// # Errors
    /// Any [`SlotError`]; part of it may still stand.
    pub fn blank(&self, name: &str, part: std::ops::Range<usize>) -> Result<(), SlotError> {
        let volume = fat::Volume::open(&self.file, self.partition(START)?)?;
        let extent = volume.find(name)?.ok_or(SlotError::Fat("the file is gone"))?;
        for at in part {
            let at = volume
                .place(&extent, at as u64)
                .ok_or(SlotError::Fat("the file has become shorter"))?;
            self.file.write_all_at(b" ", at).map_err(SlotError::io("blank a part of a file"))?;
        }
        self.file.sync_data().map_err(SlotError::io("blank a part of a file"))
    }

    fn write(
        &self,
        sector: &[u8; SECTOR as usize],
        at: u64,
        what: &'static str,
    ) -> Result<(), SlotError> {
        self.file.write_all_at(sector, at).map_err(SlotError::io(what))?;
        self.file.sync_data().map_err(SlotError::io(what))
    }

    /// Offset and length of `autoboot.txt`: one sector, at most.
    fn autoboot(&self) -> Result<(u64, usize), SlotError> {
        let volume = fat::Volume::open(&self.file, self.partition(START)?)?;
        let file = volume.find("autoboot.txt")?.ok_or(SlotError::NoAutoboot)?;
        let first = file.clusters.first().ok_or(SlotError::Autoboot("empty"))?;
        Ok((*first, usize::try_from(file.length.min(SECTOR)).unwrap_or(0)))
    }

    /// Byte offset of a partition of the MBR, logical ones counted from 5 as Linux does.
    fn partition(&self, number: u8) -> Result<u64, SlotError> {
        let table = self.table(0)?;
        if number < FIRST_LOGICAL {
            let entry = table[usize::from(number) - 1];
            return if entry.kind == 0 {
                Err(SlotError::NoPartition(number))
            } else {
                Ok(entry.start * SECTOR)
            };
        }
        let extended = table
            .iter()
            .find(|entry| EXTENDED.contains(&entry.kind))
            .ok_or(SlotError::NoPartition(number))?;
        let mut at = extended.start;
        for logical in FIRST_LOGICAL..FIRST_LOGICAL + MOST_LOGICAL {
            let [own, next, ..] = self.table(at)?;
            match () {
                () if own.kind == 0 => break,
                () if logical == number => return Ok((at + own.start) * SECTOR),
                () if next.kind == 0 => break,
                () => at = extended.start + next.start,
            }
        }
        Err(SlotError::NoPartition(number))
    }

    fn table(&self, at: u64) -> Result<[Entry; 4], SlotError> {
        let mut sector = [0; SECTOR as usize];
        self.file
            .read_exact_at(&mut sector, at * SECTOR)
            .map_err(SlotError::io("read the partition table"))?;
        if sector[510..] != [0x55, 0xaa] {
            return Err(SlotError::NoPartition(0));
        }
        Ok([446, 462, 478, 494].map(|at| Entry {
            kind: sector[at + 4],
            start: u64::from(u32::from_le_bytes([
                sector[at + 8],
                sector[at + 9],
                sector[at + 10],
                sector[at + 11],
            ])),
        }))
    }
}

#[derive(Clone, Copy)]
struct Entry {
    kind: u8,
    start: u64,
}
