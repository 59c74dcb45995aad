//! A certificate authority of the test's own.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The gateway's name; everybody finds it on loopback.
pub const HOST: &str = "passerelle.test";

/// The authority's certificate and one server certificate for everybody.
pub struct Pki {
    ca_pem: String,
    server_pem: String,
    server_key: String,
}

impl Pki {
    /// Makes them, as files too.
    pub fn make(directory: &Path) -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let ca_pem = params.self_signed(&ca_key).unwrap().pem();
        let issuer = Issuer::from_params(&params, &ca_key);
        let key = KeyPair::generate().unwrap();
        let names = [HOST, "localhost"].map(str::to_owned).to_vec();
        let server_pem =
            CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap().pem();
        let made = Self { ca_pem, server_pem, server_key: key.serialize_pem() };
        for (name, text) in [
            ("ca.pem", &made.ca_pem),
            ("server.pem", &made.server_pem),
            ("server.key", &made.server_key),
        ] {
            fs::write(directory.join(name), text).unwrap();
        }
        made
    }

    /// What clients trust.
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).unwrap()).unwrap();
        roots
    }

    /// For the double of an application.
    pub fn server(&self) -> Arc<ServerConfig> {
        let chain = vec![CertificateDer::from_pem_slice(self.server_pem.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(self.server_key.as_bytes()).unwrap();
        let builder =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap())
    }
}
