//! Certificates: good ones for any name, and the faces of servers nobody should talk to.

use crate::town::{House, Town};
use crate::wait_for;
use rcgen::{CertificateParams, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A listed host with a certificate that is not to be trusted.
#[derive(Debug)]
pub struct Face {
    /// Its name.
    pub host: &'static str,
    flaw: Flaw,
}

#[derive(Clone, Copy, Debug)]
enum Flaw {
    SelfSigned,
    Expired,
    NotYet,
    WrongHost,
    UnknownAuthority,
}

/// All of them; [`OLD_TLS`] is one more.
pub const FACES: [Face; 5] = [
    Face { host: "autosigne.mairie.example", flaw: Flaw::SelfSigned },
    Face { host: "perime.mairie.example", flaw: Flaw::Expired },
    Face { host: "futur.mairie.example", flaw: Flaw::NotYet },
    Face { host: "autrenom.mairie.example", flaw: Flaw::WrongHost },
    Face { host: "inconnu.mairie.example", flaw: Flaw::UnknownAuthority },
];

/// A listed host with a good certificate that speaks TLS 1.1 at most.
pub const OLD_TLS: &str = "vieux.mairie.example";
/// Its port.
pub const OLD_TLS_PORT: u16 = 8444;

/// The town's authority in the attacker's hands, and one in which nobody trusts.
#[derive(Debug)]
pub struct Certificates {
    town: Issuer<'static, KeyPair>,
    unknown: Issuer<'static, KeyPair>,
    made: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    /// `pki` is the town's directory of keys.
    pub(super) fn load(pki: &Path) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut unknown = CertificateParams::default();
        unknown.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self { town: authority(pki), unknown: Issuer::new(unknown, key), made: Mutex::default() }
    }

    fn make(&self, host: &str) -> Arc<CertifiedKey> {
        let flaw = FACES.iter().find(|face| face.host == host).map(|face| face.flaw);
        let key = KeyPair::generate().expect("a key");
        let name = if matches!(flaw, Some(Flaw::WrongHost)) {
            "quelquunautre.mairie.example"
        } else {
            host
        };
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        (params.not_before, params.not_after) = match flaw {
            Some(Flaw::Expired) => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
            Some(Flaw::NotYet) => (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1)),
            _ => (date_time_ymd(2020, 1, 1), date_time_ymd(2090, 1, 1)),
        };
        let certificate = match flaw {
            Some(Flaw::SelfSigned) => params.self_signed(&key),
            Some(Flaw::UnknownAuthority) => params.signed_by(&key, &self.unknown),
            _ => params.signed_by(&key, &self.town),
        };
        let chain = vec![certificate.expect("a certificate").der().clone()];
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("a key");
        let key = rustls::crypto::ring::sign::any_supported_type(&key).expect("a key that signs");
        Arc::new(CertifiedKey::new(chain, key))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Who asks for no name asks by address.
        let host = hello.server_name().unwrap_or("10.77.0.13").to_owned();
        let mut made = super::lock(&self.made);
        Some(Arc::clone(made.entry(host.clone()).or_insert_with(|| self.make(&host))))
    }
}

fn authority(pki: &Path) -> Issuer<'static, KeyPair> {
    let text = |name: &str| {
        fs::read_to_string(pki.join(name)).unwrap_or_else(|error| panic!("read {name}: {error}"))
    };
    let key = KeyPair::from_pem(&text("ca.key")).expect("the authority's key");
    Issuer::from_ca_cert_pem(&text("ca.pem"), key).expect("the authority's certificate")
}

/// Starts an `openssl s_server` that speaks TLS 1.0 and 1.1 only; it ends with this process.
///
/// # Panics
/// When it does not come up.
pub(super) fn serve_old_tls(town: &Town, address: IpAddr) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new([OLD_TLS.to_owned()]).expect("a name");
    let certificate =
        params.signed_by(&key, &authority(&town.state().join("pki"))).expect("a certificate");
    let directory = town.state().join("trap");
    fs::create_dir_all(&directory).expect("make the trap's directory");
    let file = directory.join("old-tls.pem");
    fs::write(&file, format!("{}{}", certificate.pem(), key.serialize_pem()))
        .expect("write the certificate");
    let at = format!("{address}:{OLD_TLS_PORT}");
    let words = town.enter(House::Hall);
    let mut command = Command::new("/usr/bin/setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).args(words);
    command.args(["/usr/bin/openssl", "s_server", "-quiet", "-www", "-no_tls1_2", "-no_tls1_3"]);
    command.args(["-cipher", "ALL:@SECLEVEL=0", "-accept", &at, "-cert"]).arg(file);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It dies with the thread that starts it (prctl(2), PR_SET_PDEATHSIG): not with a test's.
    std::thread::spawn(move || command.status().expect("start openssl s_server"));
    wait_for("the server of old TLS", Duration::from_secs(10), || {
        town.within(House::Hall, || TcpStream::connect(&at).map(drop))
    });
}

/// Where it is, as in `browser.allow`.
pub(super) fn old_tls_place() -> String {
    format!("{OLD_TLS}:{OLD_TLS_PORT}")
}

/// The application protocol a server chooses of these (RFC 7301), over a connection to it.
///
/// # Panics
/// When the handshake fails.
pub fn negotiate(
    mut stream: impl Read + Write,
    authority: &str,
    host: &'static str,
    offered: &[&str],
) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("a certificate"))
        .expect("an authority");
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("TLS versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = host.try_into().expect("a name");
    let mut tls = ClientConnection::new(Arc::new(config), name).expect("a TLS client");
    while tls.is_handshaking() {
        tls.complete_io(&mut stream).expect("a handshake");
    }
    tls.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned())
}
