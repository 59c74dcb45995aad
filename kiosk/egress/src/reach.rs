//! From a judged place to a TCP connection: the name is resolved here, never by the browser.

use crate::target::Target;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

const RESOLVE_DEADLINE: Duration = Duration::from_secs(5);
/// For each address of a name.
const CONNECT_DEADLINE: Duration = Duration::from_secs(4);
/// A name with more addresses than this is tried no further.
const ADDRESSES_MAX: usize = 4;

/// Why a place that is allowed could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// No such name, or no answer of the name server.
    #[error("resolve: {0}")]
    Resolve(io::Error),
    /// The name server took too long.
    #[error("resolve: no answer within {RESOLVE_DEADLINE:?}")]
    ResolveTimeout,
    /// Every address refused; the last reason.
    #[error("connect: {0}")]
    Connect(io::Error),
    /// No address answered in time.
    #[error("connect: no answer within {CONNECT_DEADLINE:?}")]
    ConnectTimeout,
}

impl ReachError {
    /// Nobody answered, as opposed to a refusal.
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::ResolveTimeout | Self::ConnectTimeout)
    }
}

/// Resolves and connects, one address after the other.
pub async fn reach(target: &Target) -> Result<TcpStream, ReachError> {
    let found = timeout(RESOLVE_DEADLINE, lookup_host((target.host(), target.port()))).await;
    let addresses = found.map_err(|_| ReachError::ResolveTimeout)?.map_err(ReachError::Resolve)?;
    let mut last = ReachError::Resolve(io::ErrorKind::NotFound.into());
    for address in addresses.take(ADDRESSES_MAX) {
        match connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect(address: SocketAddr) -> Result<TcpStream, ReachError> {
    let stream = timeout(CONNECT_DEADLINE, TcpStream::connect(address)).await;
    let stream = stream.map_err(|_| ReachError::ConnectTimeout)?.map_err(ReachError::Connect)?;
    stream.set_nodelay(true).map_err(ReachError::Connect)?;
    Ok(stream)
}
