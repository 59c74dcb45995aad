//! Why the gateway does not start, in words for whoever starts it.

use crate::config::ConfigError;
use crate::confine::ConfineError;
use crate::state_dir::StateError;
use crate::tls::TlsError;
use borne_gateway_storage::StorageError;

/// The gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Confine(#[from] ConfineError),
    #[error("state_dir: {0}")]
    State(#[from] StateError),
    #[error("{path}: {source} (is a gateway running with this state_dir?)")]
    Socket { path: std::path::PathBuf, source: std::io::Error },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("{0}: {source}", source = .0.source)]
    Storage(#[from] StorageError),
    #[error("{table}.listen: cannot listen on {address}: {source}")]
    Listen { table: &'static str, address: String, source: std::io::Error },
    #[error("the client for the applications: {0}")]
    Client(reqwest::Error),
    #[error("the system: {0}")]
    Runtime(std::io::Error),
}
