//! Frames on a stream socket: four bytes of length (little-endian), then that many bytes of JSON
//! (RFC 8259). A frame over [`MAX`] bytes, or one that is not of the expected type, ends the peer.

use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};
use zeroize::Zeroize;

/// Largest body, in bytes.
pub const MAX: usize = 64 * 1024;

/// Why a frame was refused.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The peer announced more than [`MAX`] bytes.
    #[error("frame of {0} bytes is longer than {MAX}")]
    TooLong(usize),
    /// The body is not the message this direction allows. The text of the body is never part of the
    /// error.
    #[error("frame is not a message of this direction (JSON error at column {0})")]
    NotAMessage(usize),
    /// The message cannot be written as JSON.
    #[error("message cannot be serialised")]
    NotSerialisable,
    /// The socket failed.
    #[error("socket: {0}")]
    Socket(#[from] io::Error),
    /// The peer closed the socket between two frames.
    #[error("peer closed the socket")]
    Closed,
}

/// One frame, ready for the wire. The caller zeroises it after sending when the message holds a
/// secret.
///
/// # Errors
/// [`FrameError::NotSerialisable`] or [`FrameError::TooLong`].
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    // Reserved in one piece: a growing buffer would leave copies of a secret behind in freed
    // memory.
    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut out, message).map_err(|_| FrameError::NotSerialisable)?;
    let len = out.len() - 4;
    if len > MAX {
        return Err(FrameError::TooLong(len));
    }
    let len = u32::try_from(len).map_err(|_| FrameError::TooLong(len))?;
    out[..4].copy_from_slice(&len.to_le_bytes());
    Ok(out)
}

/// Writes one frame and zeroises it.
///
/// # Errors
/// As [`encode`], or the socket's own.
pub fn write<T: Serialize>(mut to: impl Write, message: &T) -> Result<(), FrameError> {
    let mut bytes = encode(message)?;
    let sent = to.write_all(&bytes).and_then(|()| to.flush());
    bytes.zeroize();
    Ok(sent?)
}

/// Reads one frame, blocking.
///
/// # Errors
/// [`FrameError`]; [`FrameError::Closed`] when the peer went away between two frames.
pub fn read<T: DeserializeOwned>(mut from: impl Read) -> Result<T, FrameError> {
    let mut header = [0; 4];
    if let Err(error) = from.read_exact(&mut header) {
        return Err(if error.kind() == io::ErrorKind::UnexpectedEof {
            FrameError::Closed
        } else {
            error.into()
        });
    }
    let mut body = vec![0; checked_len(header)?];
    let message = from.read_exact(&mut body).map_err(FrameError::from).and_then(|()| parse(&body));
    body.zeroize();
    message
}

/// Collects bytes as they come and hands out whole frames: for event loops.
#[derive(Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Adds what was read from the socket.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, or `None` until more bytes come.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] or [`FrameError::NotAMessage`]; the peer must then be ended.
    pub fn next_message<T: DeserializeOwned>(&mut self) -> Result<Option<T>, FrameError> {
        let Some(header) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let len = checked_len(*header)?;
        let Some(body) = self.buffer.get(4..4 + len) else { return Ok(None) };
        let message = parse(body);
        // What follows moves to the front, and must not stay behind as well.
        let rest = self.buffer.len() - 4 - len;
        self.buffer.copy_within(4 + len.., 0);
        self.buffer[rest..].zeroize();
        self.buffer.truncate(rest);
        message.map(Some)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

fn checked_len(header: [u8; 4]) -> Result<usize, FrameError> {
    let len = u32::from_le_bytes(header) as usize;
    if len > MAX { Err(FrameError::TooLong(len)) } else { Ok(len) }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    serde_json::from_slice(body).map_err(|error| FrameError::NotAMessage(error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_survives_being_cut_anywhere() {
        let bytes =
            [encode(&"un").unwrap_or_default(), encode(&"deux").unwrap_or_default()].concat();
        for cut in 0..bytes.len() {
            let mut decoder = Decoder::default();
            let mut seen: Vec<String> = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                decoder.push(part);
                while let Ok(Some(text)) = decoder.next_message() {
                    seen.push(text);
                }
            }
            assert_eq!(seen, ["un", "deux"], "cut at {cut}");
        }
    }

    #[test]
    fn an_oversized_frame_is_refused_before_its_body_comes() {
        let mut decoder = Decoder::default();
        decoder.push(&[0xff, 0xff, 0xff, 0x7f]);
        assert!(matches!(decoder.next_message::<String>(), Err(FrameError::TooLong(_))));
    }

    #[test]
    fn an_error_never_repeats_the_body() {
        let mut decoder = Decoder::default();
        decoder.push(&encode(&"483920").unwrap_or_default());
        let Err(error) = decoder.next_message::<u8>() else {
            panic!("a text was taken for a number")
        };
        assert!(!format!("{error} {error:?}").contains("483920"));
    }
}
