//! A gateway that is wrong: about the time, its certificate or its name. It speaks the terminal API's
//! start and poll over real TLS, and lets everybody in.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// What is wrong with it.
#[derive(Clone)]
pub struct Wrong {
    /// The name in its certificate.
    pub name: &'static str,
    /// From when and until when that is good.
    pub good: (SystemTime, SystemTime),
    /// Its clock, when it is asked.
    pub clock: Arc<Mutex<SystemTime>>,
}

/// A year and a day, of which nobody counts the leap days.
pub const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

impl Default for Wrong {
    /// Nothing is.
    fn default() -> Self {
        let now = SystemTime::now();
        let clock = Arc::new(Mutex::new(now));
        Self { name: "localhost", good: (now - YEAR, now + YEAR), clock }
    }
}

/// A running one.
pub struct Double {
    /// Where terminals call it.
    pub port: u16,
    authority: PathBuf,
    /// Key and certificate of a terminal, which it never looks at.
    pub identity: (String, String),
}

impl Double {
    /// Starts it; it serves as long as the process lives.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn start(wrong: &Wrong) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let authority = format!("borne-double-{}-{number}.pem", std::process::id());
        let authority = std::env::temp_dir().join(authority);
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        fs::write(&authority, params.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::from_params(&params, &key);
        let server_key = KeyPair::generate().unwrap();
        let mut server = CertificateParams::new(vec![wrong.name.to_owned()]).unwrap();
        (server.not_before, server.not_after) = (wrong.good.0.into(), wrong.good.1.into());
        let server = server.signed_by(&server_key, &issuer).unwrap();
        let private = PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![server.der().clone()], private)
                .unwrap();
        let own = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().signed_by(&own, &issuer).unwrap().pem();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (config, clock) = (Arc::new(config), Arc::clone(&wrong.clock));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, clock) = (Arc::clone(&config), Arc::clone(&clock));
                std::thread::spawn(move || serve(stream, config, &clock));
            }
        });
        Self { port, authority, identity: (own.serialize_pem(), certificate) }
    }

    /// The authority of its certificate, PEM.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.authority.clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.authority);
    }
}

/// Answers until the terminal goes away.
fn serve(stream: TcpStream, config: Arc<ServerConfig>, clock: &Mutex<SystemTime>) -> Option<()> {
    let mut stream = StreamOwned::new(ServerConnection::new(config).ok()?, stream);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
        stream.read_exact(&mut body).ok()?;
        let answer = if head.starts_with("post /v1/start") {
            r#"{"terminal":"salle-1"}"#
        } else {
            std::thread::park_timeout(Duration::from_millis(200));
            r#"{"end_session":false}"#
        };
        let date = httpdate::fmt_http_date(*clock.lock().unwrap());
        let length = answer.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-length: {length}\r\n\r\n{answer}"
        )
        .ok()?;
        stream.flush().ok()?;
    }
}
