//! One client, from its request to the end of its tunnel. What it did is logged as `host:port` and
//! no more.

use crate::link::Allow;
use crate::reach::{ReachError, reach};
use crate::tunnel;
use kiosk_egress::address::admit;
use kiosk_egress::request::{self, RequestError};
use kiosk_egress::target::{Target, Verdict, judge};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// For the whole request head.
const REQUEST_DEADLINE: Duration = Duration::from_secs(5);
/// A tunnel in which nothing moves for so long is over: longer than any poll of a groupware,
/// shorter than a leak.
const IDLE: Duration = Duration::from_secs(300);
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// Why a client got no tunnel.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("no whole request within {REQUEST_DEADLINE:?}")]
    TooSlow,
    #[error("{0} is not on the list")]
    NotListed(Target),
    #[error("{0}: {1}")]
    Unreachable(Target, ReachError),
}

impl Refusal {
    /// The one place that maps to HTTP. There is never a body: WebKit would hand it to the page as
    /// the answer of the place it asked for.
    const fn status(&self) -> &'static str {
        match self {
            Self::Request(_) => "400 Bad Request",
            Self::TooSlow => "408 Request Timeout",
            Self::NotListed(_) => "403 Forbidden",
            Self::Unreachable(_, error) if error.is_refusal() => "403 Forbidden",
            Self::Unreachable(_, error) if error.is_timeout() => "504 Gateway Timeout",
            Self::Unreachable(..) => "502 Bad Gateway",
        }
    }
}

/// Serves one client to the end.
pub async fn one(mut client: UnixStream, mut allow: Allow) {
    match open(&mut client, &mut allow).await {
        Ok(Opened { target, at, server, early }) => {
            let carried = tokio::select! {
                carried = carry(&mut client, server, &early) => carried.map(|()| "done"),
                () = withdrawn(&target, at, &mut allow) => Ok("no longer on the list"),
            };
            match carried {
                Ok(end) => tracing::debug!(%target, end, "tunnel closed"),
                Err(error) => tracing::debug!(%target, %error, "tunnel broke"),
            }
        }
        Err(refusal) => {
            match &refusal {
                // Something needs to be fixed: the configuration, or a name that turned against the
                // town.
                Refusal::Unreachable(_, error) if error.is_refusal() => {
                    tracing::warn!(%refusal, "refused")
                }
                _ => tracing::info!(%refusal, "refused"),
            }
            let answer = format!(
                "HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                refusal.status()
            );
            // A client that does not listen to its refusal loses nothing.
            let _ = client.write_all(answer.as_bytes()).await;
        }
    }
}

/// A tunnel that may be carried.
struct Opened {
    target: Target,
    /// Where it leads.
    at: IpAddr,
    server: TcpStream,
    /// Bytes that came right behind the request.
    early: Vec<u8>,
}

async fn open(client: &mut UnixStream, allow: &mut Allow) -> Result<Opened, Refusal> {
    let (target, early) =
        timeout(REQUEST_DEADLINE, request::read(client)).await.map_err(|_| Refusal::TooSlow)??;
    let allowed = Arc::clone(&allow.borrow_and_update());
    if judge(&target, &allowed.places) == Verdict::NotListed {
        return Err(Refusal::NotListed(target));
    }
    match reach(&target, &allowed.lan).await {
        Ok((server, at)) => {
            tracing::debug!(%target, "tunnel open");
            Ok(Opened { target, at, server, early })
        }
        Err(error) => Err(Refusal::Unreachable(target, error)),
    }
}

async fn carry(client: &mut UnixStream, mut server: TcpStream, early: &[u8]) -> io::Result<()> {
    client.write_all(ESTABLISHED).await?;
    server.write_all(early).await?;
    tunnel::carry(client, &mut server, IDLE).await
}

/// Returns when a newer list does not hold the target or its address any more.
async fn withdrawn(target: &Target, at: IpAddr, allow: &mut Allow) {
    loop {
        {
            let allowed = allow.borrow_and_update();
            if judge(target, &allowed.places) == Verdict::NotListed
                || admit(at, &allowed.lan).is_none()
            {
                return;
            }
        }
        if allow.changed().await.is_err() {
            return;
        }
    }
}
