//! A process' memory, from outside, as root sees it (proc(5): maps, pagemap, mem, fd).
//!
//! Duties: read what is there, page by page. Never: what is only reserved; a file's own bytes,
//! which are looked for on the disk.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

/// At most so many bytes are read at once.
const CHUNK: usize = 4 << 20;

/// A part of a process' memory.
#[derive(Clone, Debug)]
pub struct Mapping {
    begin: u64,
    end: u64,
    /// It may be written to.
    pub writable: bool,
    /// A file on a disk, whose pages are the file's unless they were written to.
    of_file: bool,
    /// As /proc names it; empty for memory without a name.
    pub name: String,
}

/// All parts that may be read.
#[must_use]
pub fn mappings(pid: i32) -> Vec<Mapping> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    maps.lines().filter_map(mapping).collect()
}

fn mapping(line: &str) -> Option<Mapping> {
    let mut words = line.split_whitespace();
    let (begin, end) = words.next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let (begin, end, rights) = (number(begin)?, number(end)?, words.next()?);
    let name = words.skip(3).collect::<Vec<_>>().join(" ");
    let of_file = name.starts_with('/') && !is_memory(&name);
    // The kernel's own pages cannot be read from outside.
    let readable = rights.starts_with('r')
        && !matches!(name.as_str(), "[vvar]" | "[vsyscall]" | "[vvar_vclock]");
    readable.then(|| Mapping { begin, end, writable: rights.contains('w'), of_file, name })
}

/// Whether a path stands for memory that no file system keeps.
fn is_memory(path: &str) -> bool {
    ["/memfd:", "/dev/shm/", "/SYSV", "/dev/zero", "/[aio]"]
        .iter()
        .any(|begin| path.starts_with(begin))
        || path.ends_with(" (deleted)")
}

/// Calls `visit` with every stretch of the mapping that is in memory (or swapped out), and where it
/// begins. Stretches longer than a chunk come in parts that overlap by `overlap` bytes.
pub fn read(pid: i32, mapping: &Mapping, overlap: usize, visit: &mut impl FnMut(&[u8], u64)) {
    let Ok(memory) = File::open(format!("/proc/{pid}/mem")) else { return };
    for (begin, end) in resident(pid, mapping) {
        read_run(&memory, begin, end, overlap, visit);
    }
}

fn read_run(file: &File, begin: u64, end: u64, overlap: usize, visit: &mut impl FnMut(&[u8], u64)) {
    let size = usize::try_from(end - begin).unwrap_or(usize::MAX).min(CHUNK);
    let (mut buffer, mut at) = (vec![0; size], begin);
    while at < end {
        let want = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
        // A part that went away meanwhile is none of ours.
        let Ok(got @ 1..) = file.read_at(&mut buffer[..want], at) else { return };
        visit(&buffer[..got], at);
        if at + got as u64 >= end {
            return;
        }
        at += got.saturating_sub(overlap).max(1) as u64;
    }
}

/// The runs of pages that are there: a script engine reserves many gigabytes and uses few.
fn resident(pid: i32, mapping: &Mapping) -> Vec<(u64, u64)> {
    let Ok(map) = File::open(format!("/proc/{pid}/pagemap")) else { return Vec::new() };
    let (page, mut runs, mut at) = (page_size(), Vec::<(u64, u64)>::new(), mapping.begin);
    let mut entries = vec![0; 1 << 16];
    while at < mapping.end {
        let want =
            usize::try_from((mapping.end - at) / page * 8).unwrap_or(usize::MAX).min(entries.len());
        let Ok(read @ 8..) = map.read_at(&mut entries[..want], at / page * 8) else { break };
        for entry in entries[..read].chunks_exact(8) {
            if is_there(entry[7], mapping.of_file) {
                match runs.last_mut() {
                    Some(run) if run.1 == at => run.1 += page,
                    _ => runs.push((at, at + page)),
                }
            }
            at += page;
        }
    }
    runs
}

/// Bits 63 (present), 62 (swapped) and 61 (a file's or shared) of an entry of pagemap, which are in
/// its last byte.
const fn is_there(last: u8, of_file: bool) -> bool {
    last & 0xc0 != 0 && !(of_file && last & 0x20 != 0)
}

fn page_size() -> u64 {
    let own = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let line = own.lines().find_map(|line| line.strip_prefix("KernelPageSize:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .map_or(4096, |kib: u64| kib * 1024)
}

/// Files without a name that these processes hold open: shared memory that may be mapped nowhere
/// just now. Each once.
#[must_use]
pub fn nameless_files(pids: &[i32]) -> Vec<(i32, PathBuf)> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for pid in pids {
        for entry in fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(target) = fs::read_link(&path) else { continue };
            let Ok(data) = fs::metadata(&path) else { continue };
            if is_memory(&target.to_string_lossy())
                && data.is_file()
                && data.blocks() > 0
                && seen.insert((data.dev(), data.ino()))
            {
                found.push((*pid, path));
            }
        }
    }
    found
}

/// As [`read`], of a file.
///
/// # Errors
/// The file's.
pub fn read_file(
    path: &std::path::Path,
    overlap: usize,
    visit: &mut impl FnMut(&[u8], u64),
) -> io::Result<()> {
    let file = File::open(path)?;
    read_run(&file, 0, file.metadata()?.len(), overlap, visit);
    Ok(())
}
