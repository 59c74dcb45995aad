//! The connection to the supervisor: events one way, orders the other.
//!
//! The supervisor's user is not checked: the socket lies in a directory only the supervisor may
//! write to (`borne_ipc::paths::DIRECTORIES`).

use borne_ipc::frame::{self, Decoder, FrameError};
use borne_ipc::{PanelEvent, PanelOrder};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    /// The supervisor is gone, does not read, or says what it may not say.
    #[error("supervisor: {0}")]
    Frame(#[from] FrameError),
    /// Nothing could be waited for.
    #[error("wait for an order: {0}")]
    Wait(io::Error),
    /// The display's thread could not be started.
    #[error("start a thread for the display: {0}")]
    Thread(io::Error),
}

/// The connected socket.
pub struct Link {
    socket: UnixStream,
    decoder: Decoder,
}

impl Link {
    /// Connects, once: init starts this process again when the supervisor is not there yet.
    pub fn connect(path: &Path) -> Result<Self, LinkError> {
        let failed = |source| LinkError::Connect { path: path.to_owned(), source };
        let socket = UnixStream::connect(path).map_err(failed)?;
        // A supervisor that does not take an event at once has stopped reading: it counts as gone.
        socket.set_nonblocking(true).map_err(failed)?;
        Ok(Self { socket, decoder: Decoder::default() })
    }

    /// Sends one event.
    pub fn send(&self, event: PanelEvent) -> Result<(), LinkError> {
        Ok(frame::write(&self.socket, &event)?)
    }

    /// Waits for an order, but not longer than this.
    pub fn wait(&self, longest: Duration) -> Result<(), LinkError> {
        let time = Timespec::try_from(longest).unwrap_or_default();
        match poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(LinkError::Wait(error.into())),
        }
    }

    /// The next order that has come whole, if there is one.
    pub fn next(&mut self) -> Result<Option<PanelOrder>, LinkError> {
        loop {
            if let Some(order) = self.decoder.next_message()? {
                return Ok(Some(order));
            }
            let mut bytes = [0; 1024];
            match self.socket.read(&mut bytes) {
                Ok(0) => return Err(FrameError::Closed.into()),
                Ok(count) => self.decoder.push(bytes.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(FrameError::from(error).into()),
            }
        }
    }
}
