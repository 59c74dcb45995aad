//! The connection to the supervisor. It carries events one way; the supervisor never answers, so
//! anything that can be read from it means that it is gone or is not the supervisor.
//!
//! The supervisor's user is not checked: the socket lies in a directory only the supervisor may
//! write to (`borne_ipc::paths::DIRECTORIES`).

use borne_ipc::ReaderEvent;
use borne_ipc::frame::{self, FrameError};
use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a supervisor that does not read. Longer means that it is not alive.
const SEND_DEADLINE: Duration = Duration::from_secs(2);

/// Why there is no supervisor any more.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nobody listens there.
    #[error("connect to the supervisor at {}: {source}", path.display())]
    Connect {
        /// Its socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The event could not be handed over.
    #[error("send to the supervisor: {0}")]
    Send(FrameError),
    /// The connection ended, or bytes came from where none may come.
    #[error("the supervisor is gone")]
    Gone,
}

/// The connected socket.
pub struct Link {
    socket: UnixStream,
}

impl Link {
    /// Connects, once: init starts this process again when the supervisor is not there yet.
    pub fn connect(path: &Path) -> Result<Self, LinkError> {
        let failed = |source| LinkError::Connect { path: path.to_owned(), source };
        let socket = UnixStream::connect(path).map_err(failed)?;
        socket.set_write_timeout(Some(SEND_DEADLINE)).map_err(failed)?;
        Ok(Self { socket })
    }

    /// Sends one event; its bytes are zeroised.
    pub fn send(&mut self, event: &ReaderEvent) -> Result<(), LinkError> {
        frame::write(&self.socket, event).map_err(LinkError::Send)
    }

    /// Watches the supervisor for this long (not zero), doing nothing else.
    pub fn rest(&mut self, time: Duration) -> Result<(), LinkError> {
        self.socket.set_read_timeout(Some(time)).map_err(|_| LinkError::Gone)?;
        match (&self.socket).read(&mut [0]) {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) =>
            {
                Ok(())
            }
            _ => Err(LinkError::Gone),
        }
    }
}
