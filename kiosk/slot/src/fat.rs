//! Finds a file in the root directory of a FAT16 or FAT32 volume (Microsoft, "FAT: General Overview
//! of On-Disk Format").
//!
//! Duties: say in which sectors of the card a file lies, so that it can be overwritten where it is.
//! Never: write; so no directory entry, no allocation table and no dirty bit of the boot partition
//! ever changes.

use crate::SlotError;
use std::fs::File;
use std::os::unix::fs::FileExt;

const SECTOR: u64 = 512;
const ENTRY: usize = 32;
const LONG_NAME: u8 = 0x0f;
const NOT_A_FILE: u8 = 0x08 | 0x10;
/// No file of ours is longer: what a damaged table could make us follow is bounded by it.
const MOST_CLUSTERS: usize = 4096;

/// Where a file lies: byte offsets on the card of its clusters, and the file's length.
#[derive(Debug)]
pub struct Extent {
    /// Byte offset of each cluster, in order.
    pub clusters: Vec<u64>,
    /// Bytes of the file.
    pub length: u64,
}

/// A volume that begins `start` bytes into the card.
pub struct Volume<'card> {
    card: &'card File,
    fat: u64,
    data: u64,
    cluster: u64,
    clusters: u64,
    wide: bool,
    root: Root,
}

/// A file's entry in the root directory.
struct Entry {
    /// Empty when it has none.
    long: String,
    short: String,
    bytes: [u8; ENTRY],
}

enum Root {
    Cluster(u64),
    Fixed { at: u64, bytes: usize },
}

impl<'card> Volume<'card> {
    /// Reads the boot sector.
    pub fn open(card: &'card File, start: u64) -> Result<Self, SlotError> {
        let mut boot = [0; SECTOR as usize];
        card.read_exact_at(&mut boot, start).map_err(SlotError::io("read the first partition"))?;
        let word = |at: usize| u64::from(u16::from_le_bytes([boot[at], boot[at + 1]]));
        let long = |at: usize| word(at) | word(at + 2) << 16;
        if boot[510..] != [0x55, 0xaa] || word(11) != SECTOR {
            return Err(SlotError::Fat("no boot sector with sectors of 512 bytes"));
        }
        let (per_cluster, tables, entries) = (u64::from(boot[13]), u64::from(boot[16]), word(17));
        if per_cluster == 0 || tables == 0 {
            return Err(SlotError::Fat("a boot sector without clusters or tables"));
        }
        let table = if word(22) != 0 { word(22) } else { long(36) };
        let sectors = if word(19) != 0 { word(19) } else { long(32) };
        let fat = start + word(14) * SECTOR;
        let fixed = fat + tables * table * SECTOR;
        let data = fixed + (entries * ENTRY as u64).div_ceil(SECTOR) * SECTOR;
        let clusters = (start + sectors * SECTOR).saturating_sub(data) / (per_cluster * SECTOR);
        if clusters < 4085 {
            return Err(SlotError::Fat(
                "FAT12, or too small; the Pi 3 does not start from it either",
            ));
        }
        let wide = clusters >= 65_525;
        let root = if wide {
            Root::Cluster(long(44))
        } else {
            Root::Fixed { at: fixed, bytes: entries as usize * ENTRY }
        };
        Ok(Self { card, fat, data, cluster: per_cluster * SECTOR, clusters, wide, root })
    }

    /// A file of the root directory by its long or short name, in any case; `None` when there is
    /// none.
    pub fn find(&self, name: &str) -> Result<Option<Extent>, SlotError> {
        let named = |entry: &&Entry| {
            [&entry.long, &entry.short].iter().any(|own| own.eq_ignore_ascii_case(name))
        };
        let files = self.files()?;
        files.iter().find(named).map(|entry| self.extent(&entry.bytes)).transpose()
    }

    /// The names of the files in the root directory, the long one where there is one.
    pub fn names(&self) -> Result<Vec<String>, SlotError> {
        let name = |entry: Entry| if entry.long.is_empty() { entry.short } else { entry.long };
        Ok(self.files()?.into_iter().map(name).collect())
    }

    /// Each file of the root directory.
    fn files(&self) -> Result<Vec<Entry>, SlotError> {
        let (mut files, mut long) = (Vec::new(), String::new());
        for entry in self.root_directory()?.as_chunks::<ENTRY>().0 {
            match entry {
                [0, ..] => break,
                [0xe5, ..] => long.clear(),
                _ if entry[11] == LONG_NAME => long.insert_str(0, &long_part(entry)),
                _ => {
                    let long = std::mem::take(&mut long);
                    if entry[11] & NOT_A_FILE == 0 {
                        files.push(Entry { long, short: short_name(entry), bytes: *entry });
                    }
                }
            }
        }
        Ok(files)
    }

    /// The bytes of a file.
    pub fn read(&self, extent: &Extent) -> Result<Vec<u8>, SlotError> {
        let mut bytes = vec![0; extent.clusters.len() * self.cluster as usize];
        for (part, at) in bytes.chunks_exact_mut(self.cluster as usize).zip(&extent.clusters) {
            self.card
                .read_exact_at(part, *at)
                .map_err(SlotError::io("read a file of the first partition"))?;
        }
        bytes.truncate(usize::try_from(extent.length).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// Where a byte of a file lies on the card.
    pub fn place(&self, extent: &Extent, byte: u64) -> Option<u64> {
        let cluster = extent.clusters.get(usize::try_from(byte / self.cluster).ok()?)?;
        (byte < extent.length).then_some(cluster + byte % self.cluster)
    }

    fn root_directory(&self) -> Result<Vec<u8>, SlotError> {
        let (offsets, bytes) = match self.root {
            Root::Fixed { at, bytes } => (vec![at], bytes),
            Root::Cluster(first) => (self.chain(first)?, self.cluster as usize),
        };
        let mut directory = vec![0; offsets.len() * bytes];
        for (part, at) in directory.chunks_exact_mut(bytes).zip(offsets) {
            self.card.read_exact_at(part, at).map_err(SlotError::io("read the root directory"))?;
        }
        Ok(directory)
    }

    fn extent(&self, entry: &[u8; ENTRY]) -> Result<Extent, SlotError> {
        let word = |at: usize| u64::from(u16::from_le_bytes([entry[at], entry[at + 1]]));
        let (first, length) = (word(26) | word(20) << 16, word(28) | word(30) << 16);
        let clusters = if length == 0 { Vec::new() } else { self.chain(first)? };
        if (clusters.len() as u64) < length.div_ceil(self.cluster) {
            return Err(SlotError::Fat("a file with fewer clusters than bytes"));
        }
        Ok(Extent { clusters, length })
    }

    /// The byte offsets of a chain of clusters.
    fn chain(&self, first: u64) -> Result<Vec<u64>, SlotError> {
        let (mut chain, mut at) = (Vec::new(), first);
        while (2..self.clusters + 2).contains(&at) {
            if chain.len() == MOST_CLUSTERS {
                return Err(SlotError::Fat("a chain of clusters without an end"));
            }
            chain.push(self.data + (at - 2) * self.cluster);
            at = self.next(at)?;
        }
        Ok(chain)
    }

    fn next(&self, cluster: u64) -> Result<u64, SlotError> {
        let read = |bytes: &mut [u8], at| {
            self.card.read_exact_at(bytes, at).map_err(SlotError::io("read the allocation table"))
        };
        if self.wide {
            let mut entry = [0; 4];
            read(&mut entry, self.fat + cluster * 4)?;
            Ok(u64::from(u32::from_le_bytes(entry) & 0x0fff_ffff))
        } else {
            let mut entry = [0; 2];
            read(&mut entry, self.fat + cluster * 2)?;
            Ok(u64::from(u16::from_le_bytes(entry)))
        }
    }
}

/// The thirteen letters of a long-name entry; they come last part first.
fn long_part(entry: &[u8; ENTRY]) -> String {
    let units =
        [1..11, 14..26, 28..32].into_iter().flat_map(|range| entry[range].as_chunks::<2>().0);
    let units = units.map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// `NAME.EXT` of a directory entry; Windows and Linux note in a reserved byte which half of it was
/// written in lower case, instead of a long name.
fn short_name(entry: &[u8; ENTRY]) -> String {
    const LOWER_NAME: u8 = 0x08;
    const LOWER_END: u8 = 0x10;
    let part = |range: std::ops::Range<usize>, lower: u8| {
        let text = String::from_utf8_lossy(&entry[range]).trim_end().to_owned();
        if entry[12] & lower == 0 { text } else { text.to_lowercase() }
    };
    match (part(0..8, LOWER_NAME), part(8..11, LOWER_END)) {
        (name, extension) if extension.is_empty() => name,
        (name, extension) => format!("{name}.{extension}"),
    }
}
