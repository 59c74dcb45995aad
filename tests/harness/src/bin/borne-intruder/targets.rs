//! What is outside the cage, told at the end of the program's own file: JSON, then its length in
//! eight bytes.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// See the module; the test fills it in.
#[derive(Debug, Deserialize)]
pub struct Targets {
    /// Goes into each line.
    pub place: String,
    /// Must not be read.
    pub files: Vec<PathBuf>,
    /// Must not be connected to, nor any other socket below a directory of
    /// [`Targets::socket_directories`].
    pub sockets: Vec<PathBuf>,
    /// Where sockets are looked for.
    pub socket_directories: Vec<PathBuf>,
    /// Name of an abstract socket that listens outside.
    pub abstract_socket: String,
    /// TCP servers that answer.
    pub tcp: Vec<SocketAddr>,
    /// A UDP server that sends back what it gets.
    pub udp: Vec<SocketAddr>,
    /// A name that libc resolves outside.
    pub name: String,
    /// `host:port` of places that are on the list, and that are not.
    pub listed: String,
    /// See above.
    pub unlisted: Vec<String>,
    /// The compositor's socket as this place sees it, or the one it was given.
    pub wayland: PathBuf,
    /// The egress socket as this place sees it.
    pub egress: PathBuf,
    /// A System V segment and a POSIX one that were made outside.
    pub shm_key: i32,
    /// File name below /dev/shm.
    pub shm_name: String,
}

impl Targets {
    /// Reads them.
    pub fn of_this_program() -> Self {
        let bytes = std::fs::read("/proc/self/exe").expect("read this program");
        let (rest, length) = bytes.split_last_chunk::<8>().expect("a length at the end");
        let length = usize::try_from(u64::from_le_bytes(*length)).expect("a length");
        let json = rest.get(rest.len() - length..).expect("as many bytes");
        serde_json::from_slice(json).expect("targets at the end of this program")
    }
}
