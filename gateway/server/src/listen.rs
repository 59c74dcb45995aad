//! The two TLS listeners. Bounded in everything a stranger can make grow: connections, handshake,
//! header, body.

use crate::gateway::{Gateway, StartError};
use crate::{terminal, tls, web};
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, middleware};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long a kept connection may stay idle, and a header may take.
const HEADER: Duration = Duration::from_secs(75);
/// How long a request may take from its header to its answer, the sender's slow body included.
const REQUEST: Duration = Duration::from_secs(30);
const CONNECTIONS: usize = 1024;

/// The certificate the peer showed, which rustls has verified.
#[derive(Clone)]
pub struct PeerCertificate(pub Option<CertificateDer<'static>>);

/// Both listeners, bound, with their keys.
pub struct Listeners {
    terminals: (TcpListener, Arc<ServerConfig>),
    web: (TcpListener, Arc<ServerConfig>),
}

impl Listeners {
    /// Binds both addresses.
    pub async fn bind(gateway: &Gateway) -> Result<Self, StartError> {
        let (api, site) = (&gateway.config.terminal_api, &gateway.config.web);
        let terminals =
            tls::terminal_server(&api.certificate, &api.key, gateway.authority.certificate())?;
        let web = tls::web_server(&site.certificate, &site.key)?;
        Ok(Self {
            terminals: (bind("terminal_api.listen", api.listen).await?, terminals),
            web: (bind("web.listen", site.listen).await?, web),
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
    pub async fn serve(self, gateway: &Arc<Gateway>) {
        let (terminals, web) =
            (terminal::routes(Arc::clone(gateway)), web::routes(Arc::clone(gateway)));
        tokio::join!(accept(self.terminals, terminals), accept(self.web, web));
    }
}

async fn bind(key: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let fault = |source| StartError::Listen { key, address: address.to_string(), source };
    TcpListener::bind(address).await.map_err(fault)
}

async fn accept((listener, config): (TcpListener, Arc<ServerConfig>), routes: Router) {
    let acceptor = TlsAcceptor::from(config);
    let routes = routes.layer(middleware::from_fn(in_time));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (acceptor, routes) = (acceptor.clone(), routes.clone());
                tokio::spawn(async move {
                    serve(stream, acceptor, routes).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: those in use come free.
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn in_time(request: Request, next: Next) -> Response {
    // What a request given up on has left in the connection's buffers goes with the connection (RFC
    // 9110, 15.5.9).
    let late = |_| (StatusCode::REQUEST_TIMEOUT, [("connection", "close")]).into_response();
    timeout(REQUEST, next.run(request)).await.unwrap_or_else(late)
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, routes: Router) {
    drop(stream.set_nodelay(true));
    let stream = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "handshake"),
        Err(_) => return tracing::debug!("handshake took too long"),
    };
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(<[_]>::first)
        .map(|c| c.clone().into_owned());
    let service = TowerToHyperService::new(routes.layer(Extension(PeerCertificate(certificate))));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER)
        .max_buf_size(32 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection");
    }
}
