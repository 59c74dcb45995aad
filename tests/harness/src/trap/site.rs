//! The attacker's web servers: TLS for whatever name is asked for, HTTP and WebSocket above it, and
//! a record of all of it.

use super::control::Control;
use super::faces::Certificates;
use super::http::{Answer, Request};
use super::{lock, socket};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// How a TLS handshake went, by the name the client asked for.
type Handshake = (String, Result<(), String>);

/// All the servers together.
pub struct Site {
    pub(super) control: Arc<Control>,
    tls: Arc<ServerConfig>,
    answers: Mutex<BTreeMap<String, Answer>>,
    requests: Mutex<Vec<Request>>,
    handshakes: Mutex<Vec<Handshake>>,
}

impl Site {
    pub(super) fn new(pki: &Path) -> Arc<Self> {
        let builder =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder
            .with_safe_default_protocol_versions()
            .expect("TLS versions")
            .with_no_client_auth();
        let tls = Arc::new(builder.with_cert_resolver(Arc::new(Certificates::load(pki))));
        let (answers, requests, handshakes) = Default::default();
        Arc::new(Self { control: Arc::default(), tls, answers, requests, handshakes })
    }

    pub(super) fn put(&self, path: &str, answer: Answer) {
        lock(&self.answers).insert(path.to_owned(), answer);
    }

    pub(super) fn forget(&self) {
        self.control.forget();
        lock(&self.requests).clear();
        lock(&self.handshakes).clear();
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    pub(super) fn handshakes(&self) -> Vec<Handshake> {
        lock(&self.handshakes).clone()
    }

    fn answer(&self, request: &Request) -> Answer {
        match request.path.as_str() {
            "/next" => {
                let number = |name| request.number(name).unwrap_or_default();
                let order = self.control.next(number("page"), number("got"));
                return Answer::of("application/json", order);
            }
            "/said" => {
                let text = String::from_utf8_lossy(&request.body).into_owned();
                let number = |name| request.number(name).unwrap_or_default();
                self.control.said(number("order"), number("nth"), text);
                return Answer::status(204, "");
            }
            _ => lock(&self.requests).push(request.clone()),
        }
        let answer = lock(&self.answers).get(&request.path).cloned();
        answer.unwrap_or_else(|| {
            let number = self.control.new_page(&request.host, &request.path);
            Answer::html(&include_str!("page.html").replace("@PAGE@", &number.to_string()))
        })
    }

    fn connection(&self, stream: TcpStream) {
        let _slower = stream.set_nodelay(true);
        let mut first = [0];
        // A TLS record of a handshake begins with 22 (RFC 8446, 5.1); anything else is HTTP in
        // clear.
        if stream.peek(&mut first).is_ok_and(|length| length == 1) && first[0] == 22 {
            let Ok(mut tls) = ServerConnection::new(Arc::clone(&self.tls)) else { return };
            let shaken = shake(&mut tls, &stream);
            let name = tls.server_name().unwrap_or_default().to_owned();
            let good = shaken.is_ok();
            lock(&self.handshakes).push((name, shaken));
            if good {
                self.talk(StreamOwned::new(tls, stream));
            }
        } else {
            self.talk(stream);
        }
    }

    fn talk(&self, stream: impl Read + Write) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = Request::read(&mut stream) {
            if request
                .field("upgrade")
                .is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
            {
                lock(&self.requests).push(request.clone());
                let _ended = socket::echo(&request, stream.get_mut());
                return;
            }
            if self.answer(&request).write(stream.get_mut()).is_err() {
                return;
            }
        }
    }
}

fn shake(tls: &mut ServerConnection, mut stream: &TcpStream) -> Result<(), String> {
    while tls.is_handshaking() {
        tls.complete_io(&mut stream).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Takes every connection, each on a thread of its own.
pub(super) fn serve(site: &Arc<Site>, listener: TcpListener) {
    let site = Arc::clone(site);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = Arc::clone(&site);
            std::thread::spawn(move || site.connection(stream));
        }
    });
}
