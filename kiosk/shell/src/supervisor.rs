//! The socket to the supervisor.

use crate::error::ShellError;
use borne_ipc::frame::{self, Decoder, FrameError};
use borne_ipc::{ShellEvent, ShellOrder};
use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

pub struct Supervisor {
    socket: UnixStream,
    decoder: Decoder,
}

impl Supervisor {
    /// Connects to the supervisor that listens at `path`.
    ///
    /// # Errors
    /// [`ShellError::SupervisorConnect`].
    pub fn connect(path: &Path) -> Result<Self, ShellError> {
        let socket = UnixStream::connect(path).map_err(ShellError::SupervisorConnect)?;
        socket.set_nonblocking(true).map_err(ShellError::SupervisorConnect)?;
        Ok(Self { socket, decoder: Decoder::default() })
    }

    /// Sends one event. A supervisor that does not take it at once has stopped reading: that counts
    /// as lost.
    ///
    /// # Errors
    /// [`ShellError::Supervisor`].
    pub fn send(&self, event: &ShellEvent) -> Result<(), ShellError> {
        Ok(frame::write(&self.socket, event)?)
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// [`ShellError::Supervisor`], also when it has closed the socket.
    pub fn receive(&mut self) -> Result<(), ShellError> {
        let mut bytes = [0; 4096];
        loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => return Err(FrameError::Closed.into()),
                Ok(count) => self.decoder.push(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(FrameError::from(error).into()),
            }
        }
    }

    /// The next order that has come whole.
    ///
    /// # Errors
    /// [`ShellError::Supervisor`].
    pub fn next(&mut self) -> Result<Option<ShellOrder>, ShellError> {
        Ok(self.decoder.next_message()?)
    }
}

impl AsFd for Supervisor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
