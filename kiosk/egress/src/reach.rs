//! From a judged place to a TCP connection: the name is resolved here, never by the browser.

use borne_ipc::Network;
use kiosk_egress::address::admit;
use kiosk_egress::target::Target;
use std::io;
use std::net::{IpAddr, SocketAddr};
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
    /// It leads to addresses that are neither public nor in a listed network; one of them.
    #[error(
        "leads to {0}, which is not a public address: list its network in browser.lan of terminal.toml if it is meant"
    )]
    Private(IpAddr),
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

    /// Found, and refused by us.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Private(_))
    }
}

/// Resolves, judges each address and connects to one that may be: by its number, so nothing is
/// resolved a second time.
pub async fn reach(target: &Target, lan: &[Network]) -> Result<(TcpStream, IpAddr), ReachError> {
    let found = timeout(RESOLVE_DEADLINE, lookup_host((target.host(), target.port()))).await;
    let found = found.map_err(|_| ReachError::ResolveTimeout)?.map_err(ReachError::Resolve)?;
    let mut last = ReachError::Resolve(io::ErrorKind::NotFound.into());
    let mut admitted = Vec::new();
    for address in found {
        match admit(address.ip(), lan) {
            Some(ip) => admitted.push(ip),
            None => last = ReachError::Private(address.ip()),
        }
    }
    for ip in admitted.into_iter().take(ADDRESSES_MAX) {
        match connect(SocketAddr::new(ip, target.port())).await {
            Ok(stream) => return Ok((stream, ip)),
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
