//! The terminal API (docs/protocol/terminal-api.md).
//!
//! Never: believe a body about which terminal speaks; answer anything but joining without a
//! certificate.

mod badge;
mod join;
mod life;
mod status;

use crate::authority::fingerprint;
use crate::gateway::Gateway;
use crate::listen::PeerCertificate;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Json, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, middleware};
use borne_gateway_api::{ApiError, MAX_BODY, path};
use borne_gateway_storage::{StorageError, Terminal, Terminals as _};
use std::sync::Arc;

/// The routes.
pub fn routes(gateway: Arc<Gateway>) -> Router {
    let secret = Router::new()
        .route(path::JOIN, post(join::join))
        .route(path::TAP, post(badge::tap))
        .route(path::PIN, post(badge::pin))
        .layer(middleware::map_response(hang_up));
    Router::new()
        .merge(secret)
        .route(path::START, post(life::start))
        .route(path::POLL, post(life::poll))
        .route(path::END, post(life::end))
        .route(path::STATUS, post(status::status))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::map_response(no_store))
        .with_state(gateway)
}

async fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    response
}

/// HTTP and TLS keep a connection's buffers for the next request, and do not clear them: those that
/// held a token, a badge's number or a PIN go with it, on both sides.
async fn hang_up(mut response: Response) -> Response {
    response.headers_mut().insert("connection", axum::http::HeaderValue::from_static("close"));
    response
}

/// An error of the API; the log has had the cause.
pub struct Fault(ApiError);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = match self.0 {
            ApiError::BadRequest | ApiError::BadCertificateRequest => StatusCode::BAD_REQUEST,
            ApiError::NoCertificate => StatusCode::UNAUTHORIZED,
            ApiError::TerminalRevoked | ApiError::TokenRefused => StatusCode::FORBIDDEN,
            ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}

/// Logs what went wrong inside; the terminal learns only that something did.
fn internal(error: &dyn std::error::Error) -> Fault {
    tracing::error!(%error, source = error.source().map(tracing::field::display), "request failed");
    Fault(ApiError::Internal)
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        internal(&error)
    }
}

/// A body of the path's shape.
pub struct Body<T>(T);

impl<T: serde::de::DeserializeOwned> FromRequest<Arc<Gateway>> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Fault> {
        match Json::from_request(request, gateway).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(_) => Err(Fault(ApiError::BadRequest)),
        }
    }
}

/// The terminal that speaks, by its certificate, not revoked at this moment.
pub struct Peer {
    terminal: Terminal,
    fingerprint: Vec<u8>,
}

impl FromRequestParts<Arc<Gateway>> for Peer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Arc<Gateway>) -> Result<Self, Fault> {
        let certificate =
            parts.extensions.get::<PeerCertificate>().and_then(|peer| peer.0.as_ref());
        let fingerprint = fingerprint(certificate.ok_or(Fault(ApiError::NoCertificate))?);
        let terminal = admitted(gateway, &fingerprint).await?;
        Ok(Self { terminal, fingerprint })
    }
}

/// The terminal of a certificate, unless it is revoked (or joined again with another certificate).
async fn admitted(gateway: &Gateway, fingerprint: &[u8]) -> Result<Terminal, Fault> {
    let terminal = gateway.db.terminal(fingerprint).await?;
    terminal.filter(|terminal| !terminal.revoked).ok_or(Fault(ApiError::TerminalRevoked))
}
