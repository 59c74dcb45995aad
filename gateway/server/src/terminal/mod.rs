//! The terminal API (docs/protocol/terminal-api.md).
//!
//! Never: believe a body about which terminal speaks; answer anything but joining without a
//! certificate.

mod badge;
mod join;
mod life;
mod peer;
mod pin;
mod renew;
mod status;

use crate::gateway::Gateway;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router, middleware};
use borne_gateway_api::{ApiError, MAX_BODY, path};

/// The routes.
pub fn routes(gateway: Gateway) -> Router {
    let secret = Router::new()
        .route(path::JOIN, post(join::join))
        .route(path::TAP, post(badge::tap))
        .route(path::PIN, post(pin::pin))
        .layer(middleware::map_response(hang_up));
    Router::new()
        .merge(secret)
        .route(path::START, post(life::start))
        .route(path::POLL, post(life::poll))
        .route(path::END, post(life::end))
        .route(path::STATUS, post(status::status))
        .route(path::RENEW, post(renew::renew))
        .fallback(async || misasked(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || misasked(StatusCode::METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::map_response(no_store))
        .with_state(gateway)
}

/// What no route takes.
fn misasked(status: StatusCode) -> Response {
    (status, Json(ApiError::BadRequest)).into_response()
}

async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    response
}

/// HTTP and TLS keep a connection's buffers for the next request, and do not clear them: those that
/// held a token, a badge's number or a PIN go with it, on both sides.
async fn hang_up(mut response: Response) -> Response {
    response.headers_mut().insert("connection", HeaderValue::from_static("close"));
    response
}
