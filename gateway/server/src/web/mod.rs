//! What browsers and applications see: redeem, warm page, CAS. No client certificate here.
//!
//! Never: log a URL or a query; let a page be cached, framed or scripted.

pub mod answer;
pub mod asked;
pub mod cookie;
pub mod pages;
mod redeem;
mod refused;

use crate::cas;
use crate::gateway::Gateway;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, middleware};
use borne_gateway_api::MAX_BODY;

/// The routes.
pub fn routes(gateway: Gateway) -> Router {
    Router::new()
        .route("/borne/redeem", post(redeem::redeem))
        .route("/borne/warm", get(pages::warm))
        .merge(cas::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(refused::in_our_words))
        .layer(middleware::map_response(headers))
        .with_state(gateway)
}

async fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
