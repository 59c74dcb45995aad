//! The gateway's own certificate: one that is there, a request for one, or one of an authority made
//! here.

use super::answers::Answers;
use crate::files::{write, write_private};
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

/// Writes `gateway.key`, and `gateway.crt` or `gateway.csr`.
pub fn write_them(
    answers: &Answers,
    folder: &Path,
    now: OffsetDateTime,
) -> Result<(), Box<dyn Error>> {
    let (key_path, path) = (folder.join("gateway.key"), folder.join("gateway.crt"));
    if let ("own", Some(certificate), Some(key)) =
        (answers.certificates.as_str(), &answers.certificate, &answers.key)
    {
        write(&key_path, &Zeroizing::new(std::fs::read(key)?), 0o640)?;
        return Ok(write(&path, &std::fs::read(certificate)?, 0o644)?);
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![answers.name.clone()])?;
    params.distinguished_name.push(DnType::CommonName, answers.name.as_str());
    write(&key_path, Zeroizing::new(key.serialize_pem()).as_bytes(), 0o640)?;
    if answers.certificates == "request" {
        let request = params.serialize_request(&key)?.pem()?;
        return Ok(write(&folder.join("gateway.csr"), request.as_bytes(), 0o644)?);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    (params.not_before, params.not_after) =
        (now - Duration::hours(1), now + Duration::days(SERVER_DAYS));
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, format!("Borne {}", answers.name));
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (authority.not_before, authority.not_after) =
        (now - Duration::hours(1), now + Duration::days(AUTHORITY_DAYS));
    let own = authority.self_signed(&authority_key)?;
    let signed = params.signed_by(&key, &Issuer::from_params(&authority, &authority_key))?;
    // Root's alone: the gateway never needs it again.
    write_private(
        &folder.join("authority.key"),
        Zeroizing::new(authority_key.serialize_pem()).as_bytes(),
    )?;
    write(&folder.join("authority.crt"), own.pem().as_bytes(), 0o644)?;
    Ok(write(&path, signed.pem().as_bytes(), 0o644)?)
}
