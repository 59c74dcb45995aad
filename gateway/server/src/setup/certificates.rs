//! The gateway's own certificate: one that is there, a request for one, or one of an authority made
//! here.
//!
//! Never: lose a key. One that is there is used again, so that a request that was sent away still fits
//! and terminals still trust their authority; what is written over stays beside it.

use super::answers::Answers;
use crate::files::{read_if_there, write, write_over};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::error::Error;
use std::path::Path;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

const AUTHORITY_DAYS: i64 = 20 * 365;
const SERVER_DAYS: i64 = 3 * 365;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Writes `gateway.key`, and `gateway.crt` or `gateway.csr`.
pub fn write_them(answers: &Answers, folder: &Path, now: OffsetDateTime) -> Result<()> {
    let (key_path, path) = (folder.join("gateway.key"), folder.join("gateway.crt"));
    if let Some((certificate, key)) = answers.own() {
        let (certificate, key) = (std::fs::read(certificate)?, Zeroizing::new(std::fs::read(key)?));
        write_over(&key_path, &key, 0o640)?;
        return Ok(write_over(&path, &certificate, 0o644)?);
    }
    let key = key(&key_path, 0o640)?;
    let name = answers.get("name");
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, name);
    if answers.get("certificates") == "request" {
        let request = params.serialize_request(&key)?.pem()?;
        return Ok(write(&folder.join("gateway.csr"), request.as_bytes(), 0o644)?);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    (params.not_before, params.not_after) =
        (now - Duration::hours(1), now + Duration::days(SERVER_DAYS));
    let signed = params.signed_by(&key, &authority(name, folder, now)?)?;
    Ok(write_over(&path, signed.pem().as_bytes(), 0o644)?)
}

/// The key that is there, or a new one.
fn key(path: &Path, mode: u32) -> Result<KeyPair> {
    let there = read_if_there(path)?.map(Zeroizing::new);
    let there = there.and_then(|pem| KeyPair::from_pem(std::str::from_utf8(&pem).ok()?).ok());
    if let Some(key) = there {
        return Ok(key);
    }
    let key = KeyPair::generate()?;
    write_over(path, Zeroizing::new(key.serialize_pem()).as_bytes(), mode)?;
    Ok(key)
}

/// Root's alone: the gateway never needs its key.
fn authority(name: &str, folder: &Path, now: OffsetDateTime) -> Result<Issuer<'static, KeyPair>> {
    let (key_path, path) = (folder.join("authority.key"), folder.join("authority.crt"));
    let key = key(&key_path, 0o600)?;
    if let Some(pem) = read_if_there(&path)? {
        let there = KeyPair::from_pem(&key.serialize_pem());
        let there =
            there.and_then(|key| Issuer::from_ca_cert_pem(&String::from_utf8_lossy(&pem), key));
        if let Ok(issuer) = there {
            return Ok(issuer);
        }
    }
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("Borne {name}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) =
        (now - Duration::hours(1), now + Duration::days(AUTHORITY_DAYS));
    write_over(&path, params.self_signed(&key)?.pem().as_bytes(), 0o644)?;
    Ok(Issuer::new(params, key))
}
