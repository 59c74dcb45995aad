//! The log of every program: standard error, which the service manager keeps.
//!
//! Never: colours, a file; a secret, which whoever writes a line has to see to.

use tracing_subscriber::EnvFilter;

/// What is written when nobody says otherwise.
pub const USUAL: &str = "info";

/// Begins it, once. `filter` is `BORNE_LOG`, a list of tracing's directives; a malformed one is named
/// on standard error and skipped.
pub fn start(filter: Option<&str>) {
    let filter = EnvFilter::new(filter.unwrap_or(USUAL));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
