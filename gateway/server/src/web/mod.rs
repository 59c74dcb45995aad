//! What browsers and applications see: redeem, warm page, CAS. No client certificate here.
//!
//! Never: log a URL or a query; let a page be cached, framed or scripted.

mod cas;
mod pages;
mod redeem;
mod validate;

use crate::edges::now;
use crate::gateway::Gateway;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use borne_gateway_api::MAX_BODY;
use borne_gateway_model::digest;
use borne_gateway_storage::{OpenSession, Sessions as _, StorageError};
use std::sync::Arc;

/// `__Host-`: only this host, only https, only for all of it (RFC 6265bis section 4.1.3.2).
const COOKIE: &str = "__Host-borne";

/// The routes.
pub fn routes(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/borne/redeem", post(redeem::redeem))
        .route("/borne/warm", get(pages::warm))
        .route("/cas/login", get(cas::login))
        .route("/cas/logout", get(cas::logout))
        .route("/cas/proxy", get(cas::proxy))
        .route("/cas/serviceValidate", get(validate::service))
        .route("/cas/p3/serviceValidate", get(validate::service))
        .route("/cas/proxyValidate", get(validate::proxy))
        .route("/cas/p3/proxyValidate", get(validate::proxy))
        .fallback(async || {
            pages::message(
                StatusCode::NOT_FOUND,
                "Cette page n’existe pas",
                "This page does not exist.",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
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

/// Something failed inside; the log has had the cause.
pub struct Fault;

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        pages::message(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Un problème est survenu. Présentez à nouveau votre badge.",
            "Something went wrong. Tap your badge again.",
        )
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, source = %error.source, "request failed");
        Self
    }
}

impl From<borne_gateway_model::NoRandomness> for Fault {
    fn from(error: borne_gateway_model::NoRandomness) -> Self {
        tracing::error!(%error, "request failed");
        Self
    }
}

/// The open session of the request's cookie.
async fn session(gateway: &Gateway, headers: &HeaderMap) -> Result<Option<OpenSession>, Fault> {
    let pairs = headers
        .get_all("cookie")
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'));
    let ours =
        pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE);
    match ours {
        Some((_, value)) => Ok(gateway.db.session_of_cookie(&digest(value), now()).await?),
        None => Ok(None),
    }
}

/// 303 (RFC 9110 section 15.4.4): whatever the request was, the next is a GET.
fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [("location", location)]).into_response(),
        Err(_) => Fault.into_response(),
    }
}
