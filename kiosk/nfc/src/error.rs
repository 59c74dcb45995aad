//! The one error of this boundary. After any of them the device must be opened anew, but for a
//! single missed answer.

use std::path::PathBuf;

/// Why the device could not be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum NfcError {
    /// Not a connection string libnfc could have made.
    #[error("connection string must be 1 to {max} printable ASCII characters without spaces")]
    BadConnectionString {
        /// Longest one taken.
        max: usize,
    },
    /// The serial line's device node is not there: unplugged.
    #[error("no device node {}", path.display())]
    NoDeviceNode {
        /// The node named by the connection string.
        path: PathBuf,
    },
    /// libnfc would write what it sends and receives, card numbers included, to standard error.
    #[error(
        "libnfc's log level is {level}, above 1 (errors only): unset LIBNFC_LOG_LEVEL or lower log_level in /etc/nfc/libnfc.conf"
    )]
    LogShowsCards {
        /// As libnfc published it, or "unknown".
        level: String,
    },
    /// libnfc could not make its context.
    #[error("libnfc context: {0}")]
    Context(nfc1::Error),
    /// No answer, or not the answer of a reader chip.
    #[error("open: {0}")]
    Open(nfc1::Error),
    /// The opened device failed.
    #[error("{operation}: {source}")]
    Device {
        /// What was asked of it.
        operation: &'static str,
        /// libnfc's word for it.
        source: nfc1::Error,
    },
}

impl NfcError {
    /// The device was there and did not answer in time: a byte was lost on the line, or the machine
    /// was busy. It may be asked again before it is given up.
    #[must_use]
    pub const fn is_missed_answer(&self) -> bool {
        matches!(self, Self::Device { source: nfc1::Error::Timeout, .. })
    }
}
