//! Which gateway is believed, and which time of its is.
//!
//! Duties: verify the gateway's certificate as rustls does, against the town's authority alone;
//! remember the chain that was verified, to hold the gateway's time against it. Never: accept what
//! rustls refuses.

use super::CallError;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// rustls' own verifier, with a memory.
#[derive(Debug)]
pub struct Trust {
    inner: Arc<WebPkiServerVerifier>,
    verified: Mutex<Option<Chain>>,
}

#[derive(Clone, Debug)]
struct Chain {
    name: ServerName<'static>,
    certificate: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Trusts the authorities in this file (PEM).
    ///
    /// # Errors
    /// [`CallError::File`].
    pub fn read(ca: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<Self>, CallError> {
        let bad = |cause: String| CallError::File { path: ca.to_owned(), cause };
        let mut roots = RootCertStore::empty();
        for certificate in
            CertificateDer::pem_file_iter(ca).map_err(|error| bad(error.to_string()))?
        {
            roots
                .add(certificate.map_err(|error| bad(error.to_string()))?)
                .map_err(|error| bad(error.to_string()))?;
        }
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Arc::new(Self { inner, verified: Mutex::default() }))
    }

    /// Whether the gateway can be speaking at this moment: its certificate, as it was verified last,
    /// is good then. A time at which the gateway could not prove itself is not believed, not even
    /// from the gateway.
    pub fn believes(&self, at: UnixTime) -> bool {
        let chain = self.verified.lock().unwrap_or_else(PoisonError::into_inner).clone();
        chain.is_some_and(|chain| {
            let Chain { name, certificate, others } = chain;
            self.inner.verify_server_cert(&certificate, &others, &name, &[], at).is_ok()
        })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(certificate, others, name, ocsp, now)?;
        let chain = Chain {
            name: name.to_owned(),
            certificate: certificate.clone().into_owned(),
            others: others.iter().map(|other| other.clone().into_owned()).collect(),
        };
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Some(chain);
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
