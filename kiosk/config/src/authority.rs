//! A certificate authority in PEM, read as the programs that will trust it read it.
//!
//! Duties: take the certificates out of a pasted text, have each parsed by the library that the
//! supervisor's TLS uses (webpki) and by X.509's own rules, and write them out plainly. Never:
//! build a chain; believe the clock when it says "not yet", which a terminal without one often says.

use borne_ipc::Wrong;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

const BEGIN: &str = "-----BEGIN ";
const BEGIN_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
const END_CERTIFICATE: &str = "-----END CERTIFICATE-----";

/// The certificates as PEM and nothing else.
///
/// # Errors
/// What is wrong, when one is not an authority's, or all have expired at `now` (seconds of the Unix
/// epoch).
pub fn check(text: &str, now: i64) -> Result<String, Wrong> {
    if text.contains("PRIVATE KEY-----") {
        return Err(Wrong::CaPrivateKey);
    }
    let blocks = blocks(text).ok_or(Wrong::CaDamaged)?;
    let mut expired = 0;
    for block in &blocks {
        let der = CertificateDer::from_pem_slice(block.as_bytes()).map_err(|_| Wrong::CaDamaged)?;
        expired += usize::from(is_expired_authority(&der, now)?);
    }
    if expired == blocks.len() {
        return Err(Wrong::CaExpired);
    }
    Ok(blocks.into_iter().map(|block| block + "\n").collect())
}

/// One certificate: whether it has ended.
fn is_expired_authority(der: &CertificateDer<'_>, now: i64) -> Result<bool, Wrong> {
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| Wrong::CaDamaged)?;
    if !rest.is_empty() {
        return Err(Wrong::CaDamaged);
    }
    if !certificate.is_ca() {
        return Err(Wrong::CaNotAuthority);
    }
    webpki::anchor_from_trusted_cert(der).map_err(|_| Wrong::CaDamaged)?;
    Ok(certificate.validity().not_after.timestamp() < now)
}

/// Each certificate, from its first line to its last; `None` when there is none, when one does not
/// end, and when there is anything else between such lines.
fn blocks(text: &str) -> Option<Vec<String>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        rest = rest.get(at..)?.strip_prefix(BEGIN_CERTIFICATE)?;
        let (body, after) = rest.split_once(END_CERTIFICATE)?;
        let lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<&str> = lines.collect();
        blocks.push(format!("{BEGIN_CERTIFICATE}\n{}\n{END_CERTIFICATE}", lines.join("\n")));
        rest = after;
    }
    let whole = !blocks.is_empty() && !rest.contains("-----END");
    whole.then_some(blocks)
}
