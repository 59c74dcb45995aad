//! A double of an application that trusts the gateway: a TLS server that writes down what it hears.
//! It is not SOGo: the real one is in the demo town.

use super::pki::Pki;
use crate::wait_for;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One request it heard, parameters decoded.
#[derive(Clone, Debug)]
pub struct Heard {
    /// `GET` or `POST`.
    pub method: String,
    /// Without query.
    pub path: String,
    /// Of the query and the form.
    pub parameters: Vec<(String, String)>,
}

impl Heard {
    /// A parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The application.
#[derive(Clone)]
pub struct RelyingParty {
    port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
    refuse: Arc<AtomicUsize>,
}

impl RelyingParty {
    pub(super) fn start(pki: &Pki) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let party = Self { port, heard: Arc::default(), refuse: Arc::default() };
        let (own, config) = (party.clone(), pki.server());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, config) = (own.clone(), Arc::clone(&config));
                std::thread::spawn(move || own.serve(stream, config));
            }
        });
        party
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Its one service URL.
    #[must_use]
    pub fn service(&self) -> String {
        format!("https://localhost:{}/app", self.port)
    }

    /// Where it takes proxy-granting tickets.
    #[must_use]
    pub fn pgt_url(&self) -> String {
        format!("https://localhost:{}/proxy", self.port)
    }

    /// Answers the next requests with 503.
    pub fn refuse_next(&self, count: usize) {
        self.refuse.store(count, Ordering::SeqCst);
    }

    /// Everything heard on a path.
    #[must_use]
    pub fn heard(&self, path: &str) -> Vec<Heard> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().filter(|request| request.path == path).cloned().collect()
    }

    /// Waits for the logout message that names this ticket.
    #[track_caller]
    pub fn wait_for_logout(&self, ticket: &str) {
        let index = format!("<samlp:SessionIndex>{ticket}</samlp:SessionIndex>");
        wait_for("the logout message", Duration::from_secs(20), || {
            let posts = self.heard("/app");
            posts
                .iter()
                .any(|post| post.parameter("logoutRequest").is_some_and(|xml| xml.contains(&index)))
        });
    }

    fn serve(&self, stream: TcpStream, config: Arc<ServerConfig>) {
        let Ok(connection) = ServerConnection::new(config) else { return };
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        while let Some(heard) = read(&mut stream) {
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(heard);
            let refuse = self
                .refuse
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                .is_ok();
            let status = if refuse { "503 Service Unavailable" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
            if stream.get_mut().write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read(stream: &mut BufReader<StreamOwned<ServerConnection, TcpStream>>) -> Option<Heard> {
    let mut first = String::new();
    stream.read_line(&mut first).ok().filter(|&n| n > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|&n| n > 0)?;
        match line.trim().split_once(':') {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok()?
            }
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let (method, target) = first.split_once(' ')?;
    let target = target.split(' ').next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let form = format!("form:x?{query}&{}", String::from_utf8_lossy(&body));
    let parameters = reqwest::Url::parse(&form).ok()?.query_pairs().into_owned().collect();
    Some(Heard { method: method.to_owned(), path: path.to_owned(), parameters })
}
