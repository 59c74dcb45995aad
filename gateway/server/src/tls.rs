//! TLS on both sides: rustls with ring, and the authorities the configuration names.

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Keys or certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of the configuration.
    #[error("{path}: {problem}")]
    File { path: PathBuf, problem: String },
    /// The parts do not fit.
    #[error("TLS: {0}")]
    Rustls(#[from] rustls::Error),
    /// The terminals' authority.
    #[error("the terminals' certificate authority: {0}")]
    Authority(String),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// For the terminals: TLS 1.3, a client certificate of our authority or none (only joining needs
/// none).
pub fn terminal_server(
    certificate: &Path,
    key: &Path,
    authority: &CertificateDer<'static>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let refused = |e: String| TlsError::Authority(e);
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone()).map_err(|e| refused(e.to_string()))?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .allow_unauthenticated()
        .build()
        .map_err(|e| refused(e.to_string()))?;
    let (chain, key) = identity(certificate, key)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// For browsers and applications: TLS 1.2 or 1.3.
pub fn web_server(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let (chain, key) = identity(certificate, key)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// For our own calls: trusts what is in the file and nothing else.
pub fn client(trust: &Path) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates(trust)?);
    if added == 0 {
        return Err(TlsError::File {
            path: trust.to_owned(),
            problem: "holds no authority's certificate".to_owned(),
        });
    }
    Ok(ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn identity(
    certificate: &Path,
    key: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let private = PrivateKeyDer::from_pem_file(key);
    let private =
        private.map_err(|e| TlsError::File { path: key.to_owned(), problem: e.to_string() })?;
    Ok((certificates(certificate)?, private))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fault = |e: rustls::pki_types::pem::Error| TlsError::File {
        path: path.to_owned(),
        problem: e.to_string(),
    };
    CertificateDer::pem_file_iter(path).map_err(fault)?.collect::<Result<_, _>>().map_err(fault)
}
