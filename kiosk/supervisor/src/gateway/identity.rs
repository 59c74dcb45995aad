//! The terminal's key and certificate: made once, by joining; kept in the data directory; never
//! given away.
//!
//! The key is on the disk, flushed, before the gateway hears of it: whatever is cut after that, the
//! same key asks again with the same token and is given its certificate again
//! (docs/protocol/terminal-api.md).

use super::CallError;
use borne_gateway_api::{JoinAnswer, Secret, proof};
use borne_harden::file;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::{Path, PathBuf};

/// What the terminal proves itself with.
pub struct Identity {
    signer: EcdsaKeyPair,
    key: PrivatePkcs8KeyDer<'static>,
    chain: Vec<CertificateDer<'static>>,
}

/// A key on its way to a certificate.
pub struct Joining {
    key: KeyPair,
    /// The one-time token of the provisioning.
    pub token: Secret,
}

impl Identity {
    /// The identity of an earlier join, or `None` when there is none.
    ///
    /// # Errors
    /// [`CallError::File`] or [`CallError::Key`] when there is one that cannot be used.
    pub fn load(data: &Path) -> Result<Option<Self>, CallError> {
        let (Some(key), Some(certificate)) =
            (read(&key_file(data))?, read(&certificate_file(data))?)
        else {
            return Ok(None);
        };
        let key = KeyPair::from_pem(&key).map_err(|error| CallError::Key(error.to_string()))?;
        Self::new(&key, &certificate).map(Some)
    }

    /// Of a key and its certificate, whatever else the text holds.
    ///
    /// # Errors
    /// [`CallError::Key`].
    pub(super) fn new(key: &KeyPair, certificate_pem: &str) -> Result<Self, CallError> {
        let der = key.serialize_der();
        let signer =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der, &SystemRandom::new())
                .map_err(|error| CallError::Key(error.to_string()))?;
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(certificate_pem.as_bytes()).collect();
        let chain = chain.map_err(|error| CallError::Key(error.to_string()))?;
        if chain.is_empty() {
            return Err(CallError::Key("the certificate file holds no certificate".into()));
        }
        Ok(Self { signer, key: der.into(), chain })
    }

    /// For TLS.
    pub fn certificate(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        (self.chain.clone(), PrivateKeyDer::Pkcs8(self.key.clone_key()))
    }

    /// `ticket.proof`, as the browser POSTs it (docs/protocol/terminal-api.md).
    ///
    /// # Errors
    /// [`CallError::Key`].
    pub fn prove(&self, ticket: &Secret) -> Result<Secret, CallError> {
        let signature = self
            .signer
            .sign(&SystemRandom::new(), &proof(ticket.expose()))
            .map_err(|_| CallError::Key("signing failed".into()))?;
        let signature = base64::Engine::encode(
            &base64::engine::general_purpose::URL_SAFE_NO_PAD,
            signature.as_ref(),
        );
        Ok(Secret::new(format!("{}.{signature}", ticket.expose())))
    }
}

impl Joining {
    /// The token of `join-token`, and the key that has asked with it before; a fresh one, kept,
    /// when there is none.
    ///
    /// # Errors
    /// [`CallError::NotJoined`] when there is no token; [`CallError::File`] when the key cannot be
    /// kept.
    pub fn begin(data: &Path) -> Result<Self, CallError> {
        let token = read(&token_file(data))?
            .ok_or_else(|| CallError::NotJoined { data: data.to_owned() })?;
        let key = match read(&key_file(data))?.and_then(|pem| KeyPair::from_pem(&pem).ok()) {
            Some(kept) => kept,
            None => fresh_key(data)?,
        };
        Ok(Self { key, token: Secret::new(token.trim().to_owned()) })
    }

    /// PKCS#10, PEM.
    ///
    /// # Errors
    /// [`CallError::Key`].
    pub fn request_pem(&self) -> Result<String, CallError> {
        request_pem(&self.key)
    }

    /// Keeps the certificate and erases the token, in this order: what is interrupted is done
    /// again, and nothing half-made is ever taken for an identity.
    ///
    /// # Errors
    /// [`CallError::File`] or [`CallError::Key`].
    pub fn finish(self, data: &Path, answer: &JoinAnswer) -> Result<Identity, CallError> {
        let identity = Identity::new(&self.key, &answer.certificate_pem)?;
        write(&certificate_file(data), answer.certificate_pem.as_bytes())?;
        erase_token(data)?;
        Ok(identity)
    }
}

/// PKCS#10, PEM.
///
/// # Errors
/// [`CallError::Key`].
pub(super) fn request_pem(key: &KeyPair) -> Result<String, CallError> {
    let request =
        CertificateParams::default().serialize_request(key).and_then(|request| request.pem());
    request.map_err(|error| CallError::Key(error.to_string()))
}

/// A key and what follows it, of a text that holds both in this order.
pub(super) fn pem_of(text: &str) -> Option<(&str, &str)> {
    text.find("-----BEGIN CERTIFICATE-----").map(|at| text.split_at(at))
}

/// The run that the gateway gave this terminal last, as it was kept.
///
/// # Errors
/// [`CallError::File`].
pub fn kept_run(data: &Path) -> Result<Option<Secret>, CallError> {
    let text = read(&run_file(data))?.map(zeroize::Zeroizing::new);
    Ok(text.map(|text| Secret::new(text.trim().to_owned())).filter(|run| !run.expose().is_empty()))
}

/// Keeps a run. Only what is kept may be shown: what is shown makes the one before it worthless, and
/// after a power cut the terminal has what is on the card.
///
/// # Errors
/// [`CallError::File`].
pub fn keep_run(data: &Path, run: &Secret) -> Result<(), CallError> {
    write(&run_file(data), run.expose().as_bytes())
}

/// Removes the token of a join that is done; a cut may have left it behind.
///
/// # Errors
/// [`CallError::File`].
pub fn erase_token(data: &Path) -> Result<(), CallError> {
    remove(&token_file(data))
}

/// Removes a file, which may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), CallError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(path, &error)),
        _ => Ok(()),
    }
}

fn fresh_key(data: &Path) -> Result<KeyPair, CallError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .map_err(|error| CallError::Key(error.to_string()))?;
    write(&key_file(data), zeroize::Zeroizing::new(key.serialize_pem()).as_bytes())?;
    Ok(key)
}

pub(super) fn key_file(data: &Path) -> PathBuf {
    data.join("terminal.key")
}

pub(super) fn certificate_file(data: &Path) -> PathBuf {
    data.join("terminal.crt")
}

fn token_file(data: &Path) -> PathBuf {
    data.join("join-token")
}

fn run_file(data: &Path) -> PathBuf {
    data.join("terminal.run")
}

pub(super) fn read(path: &Path) -> Result<Option<String>, CallError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error(path, &error)),
    }
}

/// Writes a private file; when this returns, no cut takes it away.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CallError> {
    file::replace(path, bytes, 0o600).map_err(|error| file_error(path, &error))
}

fn file_error(path: &Path, error: &std::io::Error) -> CallError {
    CallError::File { path: path.to_owned(), cause: error.to_string() }
}
