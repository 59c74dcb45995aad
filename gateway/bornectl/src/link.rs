//! The conversation with the gateway: a JSON line there, a JSON line back.

use borne_gateway_api::admin::{AdminAnswer, AdminRequest, SOCKET};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(30);

/// The gateway did not answer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It cannot be reached.
    #[error(
        "cannot reach the gateway at {path}: {source} (is it running, is --state its state_dir, are you its user or root?)"
    )]
    Connect { path: PathBuf, source: std::io::Error },
    /// It went away.
    #[error("the gateway did not answer: {0}")]
    Talk(#[from] std::io::Error),
    /// It speaks differently.
    #[error("the gateway's answer cannot be read (is bornectl of the same version?)")]
    Answer(#[from] serde_json::Error),
}

/// An open conversation.
pub struct Link(BufReader<UnixStream>);

impl Link {
    /// Connects.
    pub fn open(state: &Path) -> Result<Self, LinkError> {
        let path = state.join(SOCKET);
        let stream =
            UnixStream::connect(&path).map_err(|source| LinkError::Connect { path, source })?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Asks and waits for the answer.
    pub fn ask(&mut self, request: &AdminRequest) -> Result<AdminAnswer, LinkError> {
        let mut line = Zeroizing::new(serde_json::to_vec(request)?);
        line.push(b'\n');
        self.0.get_mut().write_all(&line)?;
        let mut answer = Zeroizing::new(String::new());
        self.0.read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// Copies the bytes that follow an answer.
    pub fn copy(&mut self, bytes: u64, to: &mut impl std::io::Write) -> Result<(), LinkError> {
        let copied = std::io::copy(&mut (&mut self.0).take(bytes), to)?;
        if copied == bytes {
            Ok(())
        } else {
            Err(std::io::Error::from(ErrorKind::UnexpectedEof).into())
        }
    }
}
