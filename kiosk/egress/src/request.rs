//! The request of a tunnel: its head is read, its first line is understood, its fields are not
//! used.

use crate::target::{NotATarget, Target};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest head, in bytes.
const HEAD_MAX: usize = 8 * 1024;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Why a request was not understood.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// More than [`HEAD_MAX`] bytes without an end.
    #[error("request head longer than {HEAD_MAX} bytes")]
    TooLong,
    /// The client left in the middle, or said nothing.
    #[error("the client left before its request ended")]
    CutOff,
    /// Not `CONNECT … HTTP/1.1`.
    #[error("not a CONNECT request of HTTP/1.1")]
    NotConnect,
    /// The place is not one.
    #[error(transparent)]
    Target(#[from] NotATarget),
    /// The socket failed.
    #[error("read the request: {0}")]
    Socket(#[from] io::Error),
}

/// Reads one head. What came after it belongs to the tunnel and is handed out too.
pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<(Target, Vec<u8>), RequestError> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        let end = bytes.windows(HEAD_END.len()).position(|window| window == HEAD_END);
        if end.map_or(bytes.len(), |end| end + HEAD_END.len()) > HEAD_MAX {
            return Err(RequestError::TooLong);
        }
        if let Some(end) = end {
            let early = bytes.split_off(end + HEAD_END.len());
            return Ok((parse(&bytes)?, early));
        }
        if from.read_buf(&mut bytes).await? == 0 {
            return Err(RequestError::CutOff);
        }
    }
}

fn parse(head: &[u8]) -> Result<Target, RequestError> {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| RequestError::NotConnect)?;
    match line.split(' ').collect::<Vec<_>>().as_slice() {
        ["CONNECT", authority, "HTTP/1.1"] => Ok(Target::parse(authority)?),
        _ => Err(RequestError::NotConnect),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> Result<(Target, Vec<u8>), RequestError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read(&mut &bytes[..]))
    }

    #[test]
    fn a_head_is_read_and_what_follows_is_kept_for_the_tunnel() {
        let (target, early) =
            read_all(b"CONNECT a.example:443 HTTP/1.1\r\nHost: b.test\r\n\r\n\x16\x03").unwrap();
        assert_eq!(
            (target.to_string().as_str(), early.as_slice()),
            ("a.example:443", &b"\x16\x03"[..])
        );
    }

    #[test]
    fn anything_but_connect_is_refused() {
        for line in [
            "GET https://a.example/ HTTP/1.1",
            "CONNECT a.example:443 HTTP/1.0",
            "CONNECT  a.example:443 HTTP/1.1",
            "connect a.example:443 HTTP/1.1",
            "CONNECT a.example:443 HTTP/1.1 x",
            "CONNECT a.example:443",
            "",
            " CONNECT a.example:443 HTTP/1.1",
            "CONNECT a.example:443\tHTTP/1.1",
            "CONNECT\na.example:443 HTTP/1.1",
        ] {
            let refused = read_all(format!("{line}\r\n\r\n").as_bytes());
            assert!(matches!(refused, Err(RequestError::NotConnect)), "{line:?}: {refused:?}");
        }
    }

    #[test]
    fn an_endless_or_broken_head_is_refused() {
        assert!(matches!(read_all(&[b'a'; HEAD_MAX + 1]), Err(RequestError::TooLong)));
        let padded =
            format!("CONNECT a.example:443 HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(HEAD_MAX));
        assert!(matches!(read_all(padded.as_bytes()), Err(RequestError::TooLong)));
        assert!(matches!(
            read_all(b"CONNECT a.example:443 HTTP/1.1\r\n"),
            Err(RequestError::CutOff)
        ));
    }
}
