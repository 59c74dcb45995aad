//! Files: what was written since a moment, below given directories, names included.
//!
//! Duties: read every regular file that has changed. Never: follow a link, or leave the file system
//! it began in.

use super::{Hits, Needles, memory};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Which files.
pub struct Files<'a> {
    /// Below these.
    pub roots: &'a [PathBuf],
    /// Not these, nor what is below them.
    pub except: &'a [PathBuf],
    /// Only what has changed since (ctime, which no program can set back); `None` for all.
    pub since: Option<SystemTime>,
}

/// Looks through them; how many were read.
#[must_use]
pub fn in_files(needles: &Needles, files: &Files, hits: &mut Hits) -> usize {
    // File systems count in ticks of the kernel.
    let since = files.since.map(|at| at - Duration::from_millis(20));
    let since = since.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    let since =
        since.map_or((0, 0), |at| (at.as_secs().cast_signed(), i64::from(at.subsec_nanos())));
    // By what they are: one directory may be seen by several paths.
    let same = |path: &PathBuf| fs::metadata(path).map(|data| (data.dev(), data.ino()));
    let except: Vec<(u64, u64)> = files.except.iter().flat_map(same).collect();
    let (mut open, mut read) = (files.roots.to_vec(), 0);
    while let Some(directory) = open.pop() {
        let device = fs::symlink_metadata(&directory).map(|data| data.dev()).unwrap_or_default();
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(data) = fs::symlink_metadata(&path) else { continue };
            if except.contains(&(data.dev(), data.ino())) || data.dev() != device {
                continue;
            }
            if data.is_dir() {
                open.push(path.clone());
            }
            if (data.ctime(), data.ctime_nsec()) >= since {
                read += usize::from(data.is_file());
                in_one(needles, &path, &data, hits);
            }
        }
    }
    read
}

fn in_one(needles: &Needles, path: &Path, data: &fs::Metadata, hits: &mut Hits) {
    let place = format!("file {}", path.display());
    let target =
        if data.is_symlink() { fs::read_link(path).unwrap_or_default() } else { PathBuf::new() };
    for name in [path.file_name().unwrap_or_default(), target.as_os_str()] {
        needles.scan(name.as_bytes(), |found| hits.add(needles, &found, name.as_bytes(), &place));
    }
    if data.is_file() && data.blocks() > 0 {
        let _gone = memory::read_file(path, needles.longest(), &mut |bytes, _| {
            needles.scan(bytes, |found| hits.add(needles, &found, bytes, &place));
        });
    }
}

/// The mount points of the machine that a program could write to and that keep what is written.
#[must_use]
pub fn writable_file_systems() -> Vec<PathBuf> {
    const KEEP: [&str; 8] = ["ext4", "ext3", "xfs", "btrfs", "f2fs", "vfat", "overlay", "tmpfs"];
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split(' ').skip(1);
        let (at, kind, options) = (words.next()?, words.next()?, words.next()?);
        let kept = KEEP.contains(&kind) && options.split(',').any(|option| option == "rw");
        kept.then(|| PathBuf::from(at.replace("\\040", " ")))
    };
    let mut found: Vec<PathBuf> =
        mounts.lines().filter_map(line).filter(|path| path.is_dir()).collect();
    found.sort();
    found.dedup();
    found
}
