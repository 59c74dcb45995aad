//! The browser's socket: made in the filter directory (setgid to the browser's group), open to that
//! group only.
//!
//! Never: accept a peer that is not the browser's user.

use crate::client;
use borne_ipc::Role;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// More Wayland connections at once than WebKit's processes ever open; beyond it somebody wastes
/// our threads.
const MOST_CLIENTS: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    #[error("directory {0} cannot be read: {1}")]
    Directory(PathBuf, io::Error),
    #[error("socket {0} cannot be made: {1}")]
    Bind(PathBuf, io::Error),
    #[error("socket cannot accept: {0}")]
    Accept(io::Error),
}

/// A listening socket with a name of its own.
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    name: String,
}

impl Listener {
    /// Removes what dead filters left behind and binds `wayland-<pid>` in `dir`.
    pub fn bind(dir: &Path) -> Result<Self, ListenerError> {
        remove_stale(dir).map_err(|error| ListenerError::Directory(dir.to_owned(), error))?;
        let name = format!("wayland-{}", std::process::id());
        let path = dir.join(&name);
        let bound = UnixListener::bind(&path).and_then(|socket| {
            // The group comes from the setgid directory.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o660))?;
            Ok(socket)
        });
        let socket = bound.map_err(|error| ListenerError::Bind(path.clone(), error))?;
        Ok(Self { socket, path, name })
    }

    /// Full path, for its removal.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// File name, for the supervisor.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Serves each connection on a thread of its own; returns only when the socket fails.
    pub fn serve(&self) -> ListenerError {
        let gate = client::Gate::new(MOST_CLIENTS);
        loop {
            let peer = match self.socket.accept() {
                Ok((peer, _)) => peer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return ListenerError::Accept(error),
            };
            if !is_browser(&peer) {
                tracing::warn!("a peer that is not the browser was refused");
                continue;
            }
            gate.serve(peer);
        }
    }
}

/// The kernel's word (`SO_PEERCRED`, unix(7)), not the peer's.
fn is_browser(peer: &UnixStream) -> bool {
    rustix::net::sockopt::socket_peercred(peer)
        .is_ok_and(|peer| peer.uid.as_raw() == Role::Browser.uid())
}

/// A filter that was killed leaves its socket file; nobody listens on it, so nobody can have a use
/// for it.
fn remove_stale(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let dead = || {
            UnixStream::connect(entry.path())
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        };
        if entry.file_type()?.is_socket() && dead() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
