//! Why a call to the gateway had no answer, and what that means to the machine.

use crate::machine::{GatewayError, GatewayLink};
use borne_gateway_api::ApiError;
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use std::error::Error;
use std::path::PathBuf;

/// Why a call had no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No connection, or no answer in time.
    #[error("gateway {path}: no answer ({cause})")]
    Unreachable {
        /// The API path.
        path: &'static str,
        /// What failed, without any body.
        cause: String,
    },
    /// TLS: the certificate is not the town's.
    #[error(
        "gateway {path}: its certificate is not trusted ({cause}); check gateway.ca in terminal.toml and the gateway's certificate"
    )]
    UntrustedCertificate {
        /// The API path.
        path: &'static str,
        /// What rustls says.
        cause: String,
    },
    /// TLS: the gateway's certificate has ended, or is not good yet, by this terminal's clock.
    #[error(
        "gateway {path}: its certificate is not good at this time ({cause}); renew the gateway's certificate, or check this terminal's clock"
    )]
    GatewayCertificateEnded {
        /// The API path.
        path: &'static str,
        /// What rustls says.
        cause: String,
    },
    /// TLS: the gateway's certificate is for another name.
    #[error(
        "gateway {path}: its certificate is for another name ({cause}); check gateway.url, or have a certificate made for that name"
    )]
    GatewayName {
        /// The API path.
        path: &'static str,
        /// What rustls says.
        cause: String,
    },
    /// TLS: this terminal's own certificate has ended, or is not good yet, by the gateway's clock.
    #[error(
        "gateway {path}: this terminal's certificate has ended; invite the terminal again with `bornectl terminal invite`, and check the gateway's clock"
    )]
    CertificateEnded {
        /// The API path.
        path: &'static str,
    },
    /// The API's own error.
    #[error("gateway {path}: {error:?}")]
    Api {
        /// The API path.
        path: &'static str,
        error: ApiError,
    },
    /// The answer is not the shape of this path.
    #[error(
        "gateway {path}: the answer is not of the expected shape; gateway and terminal may be of different versions"
    )]
    Shape {
        /// The API path.
        path: &'static str,
    },
    /// There is no certificate and no token to get one.
    #[error(
        "no certificate in {data} and no join token; make one with `bornectl terminal invite` and put it in {data}/join-token"
    )]
    NotJoined {
        /// The data directory.
        data: PathBuf,
    },
    /// A file of the identity cannot be used.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        cause: String,
    },
    /// The terminal's key cannot be used.
    #[error("the terminal's key or certificate cannot be used: {0}; remove it and join again")]
    Key(String),
}

impl CallError {
    /// Sorts what reqwest reports. The URL, which reqwest would print, is left out.
    pub fn of(path: &'static str, error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut cause = error.to_string();
        let mut source: Option<&(dyn Error + 'static)> = error.source();
        while let Some(inner) = source {
            cause = inner.to_string();
            if let Some(tls) = rustls_error(inner) {
                cause = tls.to_string();
                if let Some(sorted) = of_certificate(path, tls, &cause) {
                    return sorted;
                }
            }
            source = inner.source();
        }
        Self::Unreachable { path, cause }
    }

    /// For a question that was asked.
    pub const fn as_answer(&self) -> GatewayError {
        match self {
            Self::UntrustedCertificate { .. }
            | Self::GatewayCertificateEnded { .. }
            | Self::GatewayName { .. } => GatewayError::UntrustedCertificate,
            Self::Api { error: ApiError::TerminalRevoked, .. } => GatewayError::Revoked,
            _ => GatewayError::Unreachable,
        }
    }

    /// For the heartbeat.
    pub const fn as_link(&self) -> GatewayLink {
        match self {
            Self::UntrustedCertificate { .. } => GatewayLink::UntrustedCertificate,
            Self::GatewayCertificateEnded { .. } => GatewayLink::GatewayCertificateEnded,
            Self::GatewayName { .. } => GatewayLink::GatewayName,
            Self::CertificateEnded { .. } => GatewayLink::CertificateEnded,
            Self::Api { error: ApiError::TerminalRevoked, .. } => GatewayLink::Revoked,
            Self::Api {
                error:
                    ApiError::TokenRefused | ApiError::NoCertificate | ApiError::BadCertificateRequest,
                ..
            }
            | Self::NotJoined { .. }
            | Self::File { .. }
            | Self::Key(_) => GatewayLink::NotJoined,
            Self::Unreachable { .. } | Self::Api { .. } | Self::Shape { .. } => GatewayLink::Down,
        }
    }
}

/// What is wrong with whose certificate; `None` when it is something else.
fn of_certificate(path: &'static str, tls: &TlsError, cause: &str) -> Option<CallError> {
    let cause = cause.to_owned();
    Some(match tls {
        TlsError::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => CallError::GatewayCertificateEnded { path, cause },
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => CallError::GatewayName { path, cause },
        TlsError::InvalidCertificate(_) => CallError::UntrustedCertificate { path, cause },
        // RFC 8446, 6.2: "expired or is not currently valid".
        TlsError::AlertReceived(AlertDescription::CertificateExpired) => {
            CallError::CertificateEnded { path }
        }
        _ => return None,
    })
}

/// rustls' error, which travels inside an `io::Error`, or inside one in another.
fn rustls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    error.downcast_ref().or_else(|| {
        let inside = error.downcast_ref::<std::io::Error>()?.get_ref()?;
        rustls_error(inside)
    })
}
