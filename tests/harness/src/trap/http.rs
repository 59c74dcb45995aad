//! As much HTTP/1.1 (RFC 9112) as the trap's servers need.

use std::io::{self, BufRead, Write};

/// Longest body that is kept of a request.
const BODY_MAX: usize = 64 << 20;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`…
    pub method: String,
    /// As the client spelt it in `Host`, without port.
    pub host: String,
    /// Without query.
    pub path: String,
    /// Without its question mark.
    pub query: String,
    /// Names in lower case.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header field; its name in lower case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A number in the query, as in `order=7`.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok())
    }

    pub(super) fn read(stream: &mut impl BufRead) -> Option<Self> {
        let mut first = String::new();
        stream.read_line(&mut first).ok().filter(|length| *length > 0)?;
        let mut fields = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
            match line.trim_end().split_once(':') {
                None => break,
                Some((name, value)) => {
                    fields.push((name.to_ascii_lowercase(), value.trim().to_owned()))
                }
            }
        }
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut request =
            Self { method, host: String::new(), path, query, fields, body: Vec::new() };
        let host = request.field("host").unwrap_or_default();
        request.host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
        let length =
            request.field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if length > BODY_MAX {
            return None;
        }
        request.body = vec![0; length];
        stream.read_exact(&mut request.body).ok()?;
        Some(request)
    }
}

/// What is sent back.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// 200, with this media type.
    #[must_use]
    pub fn of(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::status(200, body).field("Content-Type", media_type)
    }

    /// 200, an HTML page that asks for no orders.
    #[must_use]
    pub fn html(body: &str) -> Self {
        Self::of("text/html; charset=utf-8", body.as_bytes())
    }

    /// 302 to this address.
    #[must_use]
    pub fn redirect(to: &str) -> Self {
        Self::status(302, "").field("Location", to)
    }

    /// Another status.
    #[must_use]
    pub fn status(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, fields: Vec::new(), body: body.into() }
    }

    /// One more header field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Any origin may read it; nothing keeps it.
    pub(super) fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        let mut head =
            format!("HTTP/1.1 {} -\r\nContent-Length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.fields.iter().any(|(name, _)| name == "Cache-Control") {
            head.push_str("Cache-Control: no-store\r\n");
        }
        head.push_str("Access-Control-Allow-Origin: *\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)?;
        stream.flush()
    }
}
