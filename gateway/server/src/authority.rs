//! The terminals' certificate authority (RFC 5280): it signs what a terminal's one-time token
//! allows, and nothing else.

use crate::files::{read_if_there, write_private};
use crate::state_dir::{CA_CERTIFICATE, CA_KEY, StateDir, StateError};
use borne_gateway_model::{Moment, Random};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _,
    SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::Path;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

const AUTHORITY_LIFE: Duration = Duration::days(20 * 365);
/// How late a terminal's clock may be before its first time synchronisation; a certificate begins so
/// much before it is given.
const LATE: Duration = Duration::HOUR;

/// ANSSI's guide on TLS: three years at most.
pub const LONGEST_LIFE: Duration = Duration::days(3 * 365);

/// The authority.
pub struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    /// Of a terminal's certificate.
    life: Duration,
}

/// A certificate request, checked.
pub struct Request {
    request: CertificateSigningRequestParams,
    /// P-256, uncompressed point.
    pub public_key: Vec<u8>,
}

/// A terminal's certificate.
pub struct Issued {
    pub pem: String,
    pub fingerprint: Vec<u8>,
    /// Until when it is good.
    pub ends: Moment,
}

/// The certificate request cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("not a PKCS#10 request of an ECDSA P-256 key with a good signature")]
pub struct BadRequest;

/// Signing failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign a terminal's certificate: {0}")]
pub struct SignError(String);

impl Authority {
    /// Reads it. A key and a certificate that do not fit are damage.
    pub fn read(state: &StateDir) -> Result<Self, StateError> {
        let (key_path, certificate_path) = (state.file(CA_KEY), state.file(CA_CERTIFICATE));
        let key = key(&key_path)?.ok_or(StateError::Missing { path: key_path })?;
        let damaged = || StateError::Damaged { path: certificate_path.clone() };
        let pem = read_if_there(&certificate_path)?
            .ok_or_else(|| StateError::Missing { path: certificate_path.clone() })?;
        let certificate = CertificateDer::from_pem_slice(&pem).map_err(|_| damaged())?;
        let (_, parsed) =
            x509_parser::parse_x509_certificate(&certificate).map_err(|_| damaged())?;
        if parsed.public_key().raw != key.subject_public_key_info() {
            return Err(damaged());
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|_| damaged())?;
        Ok(Self { certificate, issuer, life: LONGEST_LIFE })
    }

    /// The same, whose certificates are good for so long.
    #[must_use]
    pub fn with_life(self, seconds: u64) -> Self {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        Self { life: Duration::seconds(seconds).min(LONGEST_LIFE), ..self }
    }

    /// Makes what is missing of it. Only for a database that no terminal has joined.
    pub fn make(state: &StateDir, now: Moment) -> Result<(), StateError> {
        let (key_path, certificate_path) = (state.file(CA_KEY), state.file(CA_CERTIFICATE));
        if read_if_there(&certificate_path)?.is_some() {
            return Ok(());
        }
        let damaged = || StateError::Damaged { path: key_path.clone() };
        let key = match key(&key_path)? {
            Some(key) => key,
            None => {
                let key = KeyPair::generate().map_err(|_| damaged())?;
                write_private(&key_path, Zeroizing::new(key.serialize_pem()).as_bytes())?;
                key
            }
        };
        let certificate = own_params(now).self_signed(&key).map_err(|_| damaged())?;
        write_private(&certificate_path, certificate.pem().as_bytes())
    }

    /// Its key, for its digest.
    pub fn key_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.issuer.key().serialize_der())
    }

    /// Its own certificate, to verify terminals with.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Signs; of the request only the key counts.
    pub fn sign(
        &self,
        mut request: Request,
        name: &str,
        now: Moment,
        random: &dyn Random,
    ) -> Result<Issued, SignError> {
        let mut serial = [0; 16];
        random.fill(&mut serial).map_err(|e| SignError(e.to_string()))?;
        serial[0] &= 0x7f;
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = span(now, self.life);
        let ends = Moment(params.not_after.unix_timestamp() * 1000);
        request.request.params = params;
        let certificate =
            request.request.signed_by(&self.issuer).map_err(|e| SignError(e.to_string()))?;
        Ok(Issued { pem: certificate.pem(), fingerprint: fingerprint(certificate.der()), ends })
    }
}

impl Request {
    /// Reads PEM and checks that whoever sent it holds the key (RFC 2986, section 4.2).
    pub fn parse(pem: &str) -> Result<Self, BadRequest> {
        use x509_parser::prelude::{FromDer as _, X509CertificationRequest};
        let der = rustls::pki_types::CertificateSigningRequestDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| BadRequest)?;
        let (_, parsed) = X509CertificationRequest::from_der(&der).map_err(|_| BadRequest)?;
        parsed.verify_signature().map_err(|_| BadRequest)?;
        let request = CertificateSigningRequestParams::from_der(&der).map_err(|_| BadRequest)?;
        if request.public_key.algorithm() != &rcgen::PKCS_ECDSA_P256_SHA256 {
            return Err(BadRequest);
        }
        let point = parsed.certification_request_info.subject_pki.subject_public_key.data.to_vec();
        // Uncompressed: 04, x, y. `verify_proof` takes no other form.
        if point.len() == 65 { Ok(Self { request, public_key: point }) } else { Err(BadRequest) }
    }
}

fn key(path: &Path) -> Result<Option<KeyPair>, StateError> {
    let damaged = || StateError::Damaged { path: path.to_owned() };
    let Some(bytes) = read_if_there(path)?.map(Zeroizing::new) else { return Ok(None) };
    let pem = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    KeyPair::from_pem(pem).map(Some).map_err(|_| damaged())
}

/// SHA-256 of a certificate.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, certificate).as_ref().to_vec()
}

fn own_params(now: Moment) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Borne terminals");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = span(now, AUTHORITY_LIFE);
    params
}

fn span(now: Moment, life: Duration) -> (OffsetDateTime, OffsetDateTime) {
    let now =
        OffsetDateTime::from_unix_timestamp(now.0 / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    (now - LATE, now + life)
}
