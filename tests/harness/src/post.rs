//! Mail from a stranger: delivered by SMTP (RFC 5321) to the town's mail server, as from anywhere.
//!
//! Never: a look into a mailbox, but for the number a message got there.

use crate::agents::Agent;
use crate::town::{House, Town};
use crate::wait_for;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Where the mail server listens, in the hall.
const SERVER: &str = "127.0.0.1:10025";

/// A message of several parts.
pub struct Letter {
    subject: String,
    html: String,
    files: Vec<File>,
}

struct File {
    /// Shown within the message, or beside it (RFC 2183).
    disposition: &'static str,
    name: String,
    media_type: String,
    content: Vec<u8>,
}

impl Letter {
    /// With this text as HTML.
    #[must_use]
    pub fn new(subject: &str, html: &str) -> Self {
        Self { subject: subject.to_owned(), html: html.to_owned(), files: Vec::new() }
    }

    /// One more attachment: its name, media type and content.
    #[must_use]
    pub fn attach(self, name: &str, media_type: &str, content: &[u8]) -> Self {
        self.file("attachment", name, media_type, content)
    }

    /// One more file to be shown within the message, as telephones send their photos.
    #[must_use]
    pub fn inline(self, name: &str, media_type: &str, content: &[u8]) -> Self {
        self.file("inline", name, media_type, content)
    }

    fn file(
        mut self,
        disposition: &'static str,
        name: &str,
        media_type: &str,
        content: &[u8],
    ) -> Self {
        let (name, media_type) = (name.to_owned(), media_type.to_owned());
        self.files.push(File { disposition, name, media_type, content: content.to_vec() });
        self
    }

    /// As it goes over the wire (RFC 2046).
    fn text(&self, to: &str) -> String {
        let lines = |bytes: &[u8]| {
            let text = STANDARD.encode(bytes);
            text.as_bytes()
                .chunks(76)
                .map(|line| String::from_utf8_lossy(line) + "\r\n")
                .collect::<String>()
        };
        let mut text = format!(
            "From: Attaquant <attaquant@mairie.example>\r\nTo: {to}\r\nSubject: =?utf-8?B?{}?=\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=PART\r\n\r\n--PART\r\nContent-Type: text/html; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}",
            STANDARD.encode(&self.subject),
            lines(self.html.as_bytes())
        );
        for File { disposition, name, media_type, content } in &self.files {
            text += &format!(
                "--PART\r\nContent-Type: {media_type}; name=\"{name}\"\r\nContent-Disposition: {disposition}; filename=\"{name}\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{}",
                lines(content)
            );
        }
        text + "--PART--\r\n"
    }

    /// Delivers it; hands back the number (IMAP's UID) it got in the agent's inbox once it is
    /// there.
    ///
    /// # Panics
    /// When the mail server does not take it, or it does not arrive.
    #[must_use]
    pub fn deliver(&self, town: &Town, to: &Agent) -> u32 {
        let address = format!("{}@mairie.example", to.login);
        let before = numbers(town, to);
        let stream = town
            .within(House::Hall, || TcpStream::connect(SERVER))
            .expect("connect to the mail server");
        let mut server = BufReader::new(stream);
        expect(&mut server, '2');
        for (line, answer) in [
            ("EHLO ailleurs.example".to_owned(), '2'),
            ("MAIL FROM:<attaquant@mairie.example>".to_owned(), '2'),
            (format!("RCPT TO:<{address}>"), '2'),
            ("DATA".to_owned(), '3'),
            (format!("{}.", self.text(&address)), '2'),
            ("QUIT".to_owned(), '2'),
        ] {
            server
                .get_mut()
                .write_all(format!("{line}\r\n").as_bytes())
                .expect("write to the mail server");
            expect(&mut server, answer);
        }
        wait_for("the letter in the inbox", Duration::from_secs(20), || {
            numbers(town, to).into_iter().find(|number| !before.contains(number))
        })
    }
}

/// The lines of one answer (RFC 5321, 4.2.1).
fn expect(server: &mut impl BufRead, kind: char) {
    loop {
        let mut line = String::new();
        server.read_line(&mut line).expect("read from the mail server");
        assert!(line.starts_with(kind), "the mail server says {line:?}");
        if line.as_bytes().get(3) == Some(&b' ') {
            return;
        }
    }
}

/// Dovecot's list of an inbox: a line of its own, then one for each message that begins with its
/// number.
fn numbers(town: &Town, agent: &Agent) -> Vec<u32> {
    let list = town.state().join("mail").join(&agent.login).join("INBOX/dovecot-uidlist");
    let text = fs::read_to_string(list).unwrap_or_default();
    text.lines().skip(1).filter_map(|line| line.split(' ').next()?.parse().ok()).collect()
}
