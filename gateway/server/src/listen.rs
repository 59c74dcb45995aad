//! The two TLS listeners. Bounded in everything a stranger can make grow: connections, handshake,
//! header, body, refusals.
//!
//! Duties: a request that has begun runs to its end, whatever its peer does; only the answer is lost
//! with the connection. Known terminals have a room of their own, which no stranger can fill.
//! Never: wait for a peer without a deadline.

use crate::activation::Handed;
use crate::authority::fingerprint;
use crate::connection::Connection;
use crate::door::{Door, Place, Room, network};
use crate::edges::Clock;
use crate::error::StartError;
use crate::gateway::Gateway;
use crate::{terminal, tls, web};
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, middleware};
use borne_gateway_api::path;
use borne_gateway_storage::Storage;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long a kept connection may stay idle, and a header may take.
const HEADER: Duration = Duration::from_secs(75);
/// The same for a stranger at the terminal API.
const STRANGERS_HEADER: Duration = Duration::from_secs(5);
/// How long a request may take from its header to its answer, the sender's slow body included.
const REQUEST: Duration = Duration::from_secs(30);

/// Before a terminal has shown its certificate, and for joining.
const STRANGERS: Room = Room { all: 256, each: 32, per_second: 20, burst: 100 };
/// Terminals that are known, by certificate.
const TERMINALS: Room = Room { all: 32_768, each: 16, per_second: 20, burst: 100 };

type Fingerprint = [u8; 32];

/// Both listeners, bound, with their keys.
pub struct Listeners {
    terminals: (TcpListener, Arc<ServerConfig>),
    web: (TcpListener, Arc<ServerConfig>),
}

/// What happens to a connection of one listener.
struct Site {
    tls: TlsAcceptor,
    routes: Router,
    clock: Clock,
    door: Arc<Door<IpAddr>>,
    /// Of the terminal API: where a certificate is looked up, and the room of those that are found.
    known: Option<(Storage, Arc<Door<Fingerprint>>)>,
}

impl Listeners {
    /// Takes the listeners the service manager has opened; binds the addresses it has not.
    pub async fn bind(gateway: &Gateway, mut handed: Handed) -> Result<Self, StartError> {
        let (api, site) = (&gateway.config.terminal_api, &gateway.config.web);
        let authority = gateway.authority.certificate();
        let terminals = tls::terminal_server(&api.certificate, &api.key, authority)?;
        let web = tls::web_server(&site.certificate, &site.key)?;
        Ok(Self {
            terminals: (bind("terminal_api", api.listen, &mut handed).await?, terminals),
            web: (bind("web", site.listen, &mut handed).await?, web),
        })
    }

    /// What they are bound to.
    pub fn addresses(&self) -> (String, String) {
        let address = |listener: &TcpListener| {
            listener.local_addr().map_or_else(|_| "?".to_owned(), |a| a.to_string())
        };
        (address(&self.terminals.0), address(&self.web.0))
    }

    /// Serves. Never returns.
    pub async fn serve(self, gateway: &Gateway) {
        let limits = gateway.config.limits;
        let visitors = Room {
            all: 1024,
            each: limits.connections_per_address,
            per_second: limits.connections_per_second,
            burst: limits.connections_per_second.saturating_mul(4),
        };
        let site = |tls, routes: Router, room, known| {
            let routes = routes.layer(middleware::from_fn(to_its_end));
            let (tls, door) = (TlsAcceptor::from(tls), Door::new(room));
            Arc::new(Site { tls, routes, clock: gateway.clock, door, known })
        };
        let known = Some((gateway.db.clone(), Door::new(TERMINALS)));
        let api = site(self.terminals.1, terminal::routes(gateway.clone()), STRANGERS, known);
        let web = site(self.web.1, web::routes(gateway.clone()), visitors, None);
        tokio::join!(api.accept(self.terminals.0), web.accept(self.web.0));
    }
}

async fn bind(
    table: &'static str,
    address: SocketAddr,
    handed: &mut Handed,
) -> Result<TcpListener, StartError> {
    let fault = |source| StartError::Listen { table, address: address.to_string(), source };
    match handed.listener(table) {
        Some(listener) => TcpListener::from_std(listener).map_err(fault),
        None => TcpListener::bind(address).await.map_err(fault),
    }
}

/// The request goes on in a task of its own: a peer that hangs up loses its answer, and nothing else
/// stops halfway. A poll changes nothing and may stop.
async fn to_its_end(request: Request, next: Next) -> Response {
    // What a request given up on has left in the connection's buffers goes with the connection
    // (RFC 9110, 15.5.9).
    let late = || (StatusCode::REQUEST_TIMEOUT, [("connection", "close")]).into_response();
    if request.uri().path() == path::POLL {
        return timeout(REQUEST, next.run(request)).await.unwrap_or_else(|_| late());
    }
    match timeout(REQUEST, tokio::spawn(next.run(request))).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panicked)) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Err(_) => late(),
    }
}

impl Site {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    let steady = self.clock.steady();
                    // Too fast: closed before it costs a handshake.
                    let Some(place) = self.door.enter(network(from.ip()), steady) else { continue };
                    tokio::spawn(Arc::clone(&self).receive(stream, from.ip(), place));
                }
                Err(error) => {
                    // Out of descriptors, most likely: those in use come free.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn receive(self: Arc<Self>, stream: TcpStream, from: IpAddr, place: Place<IpAddr>) {
        drop(stream.set_nodelay(true));
        let stream = tokio::select! {
            stream = timeout(HANDSHAKE, self.tls.accept(stream)) => stream,
            () = place.taken() => return tracing::debug!("pushed out in the handshake"),
        };
        let stream = match stream {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(%error, "handshake"),
            Err(_) => return tracing::debug!("handshake took too long"),
        };
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.map(|c| c.clone().into_owned());
        let address = from.to_canonical();
        if let Some(known) = self.known_place(certificate.as_ref()).await {
            drop(place);
            let connection = Connection { address, certificate, place: None };
            tokio::select! {
                () = self.converse(stream, connection, HEADER) => {}
                () = known.taken() => tracing::debug!("pushed out by its own terminal"),
            }
            return;
        }
        let patience = if self.known.is_some() { STRANGERS_HEADER } else { HEADER };
        let place = Arc::new(place);
        let connection = Connection { address, certificate, place: Some(Arc::clone(&place)) };
        tokio::select! {
            () = self.converse(stream, connection, patience) => {}
            () = place.taken() => tracing::debug!("pushed out"),
        }
    }

    /// A place among the terminals, for a certificate that is in the registry and not revoked.
    async fn known_place(
        &self,
        certificate: Option<&CertificateDer<'_>>,
    ) -> Option<Place<Fingerprint>> {
        let (db, door) = self.known.as_ref()?;
        let fingerprint = fingerprint(certificate?);
        let look = async { db.begin().await?.terminal(&fingerprint).await };
        let found = look.await.inspect_err(|e| tracing::error!(%e, source = %e.source, "look-up"));
        found.ok().flatten().filter(|terminal| !terminal.revoked)?;
        door.enter(fingerprint.try_into().ok()?, self.clock.steady())
    }

    async fn converse(
        &self,
        stream: TlsStream<TcpStream>,
        connection: Connection,
        patience: Duration,
    ) {
        let service = TowerToHyperService::new(self.routes.clone().layer(Extension(connection)));
        let served = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .max_buf_size(32 * 1024)
            // More than the routes take, so that they can say so.
            .max_headers(512)
            .serve_connection(TokioIo::new(stream), service)
            .await;
        if let Err(error) = served {
            tracing::debug!(%error, "connection");
        }
    }
}
