//! As much of the WebSocket protocol (RFC 6455) as it takes to give back what comes.

use super::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read, Write};

/// RFC 6455, 1.3.
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Answers the handshake, then sends back each message of less than 126 bytes until there is one it
/// does not know.
pub fn echo(request: &Request, stream: &mut (impl Read + Write)) -> io::Result<()> {
    let key = format!("{}{MAGIC}", request.field("sec-websocket-key").unwrap_or_default());
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let accept = STANDARD.encode(digest);
    write!(
        stream,
        "HTTP/1.1 101 -\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    stream.flush()?;
    loop {
        // 5.2: first byte, masked length, mask, payload.
        let mut head = [0; 6];
        stream.read_exact(&mut head)?;
        let length = head[1] & 0x7f;
        if length > 125 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let mut payload = vec![0; usize::from(length)];
        stream.read_exact(&mut payload)?;
        payload.iter_mut().zip(head[2..].iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        stream.write_all(&[head[0], length])?;
        stream.write_all(&payload)?;
        stream.flush()?;
    }
}
