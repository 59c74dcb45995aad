//! Looks for sockets of other processes: with a path, abstract, and shared memory.

use crate::raw::call;
use crate::{Attempt, Outcome, Targets};
use std::fs;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::PathBuf;

/// In the order in which they are tried.
pub const ATTEMPTS: &[Attempt] = &[
    ("sockets: connect to another process's by its path", by_path),
    ("sockets: find any other one in the file system", by_search),
    ("sockets: connect to an abstract one outside", abstract_one),
    ("memory: attach System V memory made outside", system_v),
    ("memory: open POSIX memory made outside", posix),
];

fn connect(paths: impl Iterator<Item = PathBuf>) -> Outcome {
    let (mut got, mut why) = (Vec::new(), "there was none".to_owned());
    for path in paths {
        match UnixStream::connect(&path) {
            Ok(_) => got.push(path.display().to_string()),
            Err(error) => why = format!("{}: {error}", path.display()),
        }
    }
    if got.is_empty() { Outcome::Refused(why) } else { Outcome::Succeeded(got.join(" ")) }
}

fn by_path(targets: &Targets) -> Outcome {
    connect(targets.sockets.iter().cloned())
}

/// All but the two that every cage is given.
fn by_search(targets: &Targets) -> Outcome {
    let mut open = targets.socket_directories.clone();
    let mut found = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_socket() && path != targets.wayland && path != targets.egress {
                found.push(path);
            }
        }
    }
    connect(found.into_iter())
}

fn abstract_one(targets: &Targets) -> Outcome {
    let address = SocketAddr::from_abstract_name(&targets.abstract_socket);
    address.and_then(|address| UnixStream::connect_addr(&address)).map(|_| "connected").into()
}

fn system_v(targets: &Targets) -> Outcome {
    let found = call(libc::SYS_shmget, [targets.shm_key as usize, 0, 0, 0, 0, 0]);
    found.map(|id| format!("segment {id}")).into()
}

fn posix(targets: &Targets) -> Outcome {
    fs::read(PathBuf::from("/dev/shm").join(&targets.shm_name))
        .map(|bytes| format!("{} bytes", bytes.len()))
        .into()
}
