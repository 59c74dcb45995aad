//! Files: whether they can be read and by nobody else, and certificates.

use super::{Line, Verdict};
use crate::config::Config;
use borne_gateway_model::Moment;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

const DAY_S: i64 = 86_400;
/// Days before a certificate's end from which on it is warned of.
const SOON: i64 = 30;

/// All of them.
pub fn look(config: &Config, now: Moment) -> Vec<Line> {
    let (api, web, directory) = (&config.terminal_api, &config.web, &config.directory);
    let mut lines = vec![
        private("terminal_api.key", &api.key),
        private("web.key", &web.key),
        private("directory.password_file", &directory.password_file),
        readable("web.trust", &web.trust),
        readable("directory.trust", &directory.trust),
        state(&config.state_dir),
    ];
    let host = web.url.trim_start_matches("https://");
    let host =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |h| h.0);
    for (table, certificate, key) in
        [("terminal_api", &api.certificate, &api.key), ("web", &web.certificate, &web.key)]
    {
        // Terminals call the name in their own `gateway.url`, which is this one in nearly all towns.
        let name = (table == "web").then_some(host);
        lines.push(self::certificate(&format!("{table}.certificate"), certificate, key, name, now));
    }
    lines
}

fn readable(what: &str, path: &Path) -> Line {
    match std::fs::File::open(path) {
        Ok(_) => Line::ok(what, path.display().to_string()),
        Err(error) => Line::bad(
            Verdict::Fail,
            what,
            format!("{}: {error}", path.display()),
            format!("chown root:borne-gateway {0}; chmod 640 {0}", path.display()),
        ),
    }
}

fn private(what: &str, path: &Path) -> Line {
    let line = readable(what, path);
    let Ok(data) = std::fs::metadata(path) else { return line };
    let (mode, own) = (data.mode() & 0o777, rustix::process::geteuid().as_raw());
    if line.verdict == Verdict::Ok && (mode & 0o027 != 0 || ![0, own].contains(&data.uid())) {
        let found = format!("{} has mode {mode:04o} and owner {}", path.display(), data.uid());
        let fix = format!("chown root:borne-gateway {0}; chmod 640 {0}", path.display());
        return Line::bad(Verdict::Fail, what, found, fix);
    }
    line
}

fn state(path: &Path) -> Line {
    let what = "state_dir";
    let Ok(data) = std::fs::metadata(path) else {
        return Line::bad(
            Verdict::Warn,
            what,
            format!("{} is not there", path.display()),
            "the gateway makes it on its first start",
        );
    };
    if let Err(error) = rustix::fs::access(path, rustix::fs::Access::WRITE_OK) {
        let found = format!("{} cannot be written: {error}", path.display());
        let fix = format!(
            "chown -R borne-gateway: {0}, or make its disk writable (findmnt -T {0})",
            path.display()
        );
        return Line::bad(Verdict::Fail, what, found, fix);
    }
    let open = |entry: &std::fs::DirEntry| {
        entry.metadata().is_ok_and(|data| data.is_file() && data.mode() & 0o077 != 0)
    };
    let found = std::fs::read_dir(path).map(|all| all.flatten().find(open));
    match found {
        Err(error) => Line::bad(
            Verdict::Fail,
            what,
            format!("{}: {error}", path.display()),
            format!("chown -R borne-gateway: {}", path.display()),
        ),
        Ok(None) if data.mode() & 0o077 == 0 => Line::ok(what, path.display().to_string()),
        Ok(_) => Line::bad(
            Verdict::Warn,
            what,
            format!("others can read in {}", path.display()),
            format!("chmod -R go= {}", path.display()),
        ),
    }
}

/// A certificate with its key; `name` is the host it must be for.
pub fn certificate(what: &str, path: &Path, key: &Path, name: Option<&str>, now: Moment) -> Line {
    let fail = |found: String, fix: &str| Line::bad(Verdict::Fail, what, found, fix);
    let renew = "have your authority sign a new one and restart the gateway";
    let shown = path.display();
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain = match chain {
        Ok(chain) if !chain.is_empty() => chain,
        Ok(_) => return fail(format!("{shown} holds no certificate"), "write the PEM there"),
        Err(error) => return fail(format!("{shown}: {error}"), "write the PEM there"),
    };
    let Ok((_, parsed)) = x509_parser::parse_x509_certificate(&chain[0]) else {
        return fail(format!("{shown} is no X.509 certificate"), renew);
    };
    let fits = PrivateKeyDer::from_pem_file(key)
        .ok()
        .and_then(|key| any_supported_type(&key).ok())
        .map(|key| CertifiedKey::new(chain.clone(), key).keys_match().is_ok());
    match fits {
        Some(true) => {}
        Some(false) => return fail(format!("{shown}: {} is another key", key.display()), renew),
        None => {
            return fail(
                format!("{} is no usable key", key.display()),
                "make it again: borne-gateway setup --force",
            );
        }
    }
    if let Some(name) = name {
        let named = ParsedCertificate::try_from(&chain[0]).and_then(|certificate| {
            let name =
                ServerName::try_from(name).map_err(|_| rustls::Error::General("name".into()))?;
            rustls::client::verify_server_name(&certificate, &name)
        });
        if named.is_err() {
            return fail(format!("{shown} is not for {name}, the host of web.url"), renew);
        }
    }
    let (now, ends) = (now.0 / 1000, parsed.validity().not_after.timestamp());
    let until = Moment(ends * 1000).iso();
    if parsed.validity().not_before.timestamp() > now {
        return fail(
            format!(
                "{shown} is not good before {}",
                Moment(parsed.validity().not_before.timestamp() * 1000).iso()
            ),
            "is the clock right?",
        );
    }
    match (ends - now).div_euclid(DAY_S) {
        ..0 => fail(format!("{shown} ended {until}"), renew),
        0..SOON => Line::bad(Verdict::Warn, what, format!("{shown} ends {until}"), renew),
        _ => Line::ok(what, format!("{shown}, until {until}")),
    }
}
