//! What the web routes share: the cookie, a redirection, and what is said when something failed.

use super::pages;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use borne_gateway_model::{NoRandomness, digest};
use borne_gateway_storage::{OpenSession, StorageError, Tx};

/// `__Host-`: only this host, only https, only for all of it (RFC 6265bis section 4.1.3.2).
pub const COOKIE: &str = "__Host-borne";

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

impl From<NoRandomness> for Fault {
    fn from(error: NoRandomness) -> Self {
        tracing::error!(%error, "request failed");
        Self
    }
}

/// The open session of the request's cookie.
pub async fn session(tx: &mut Tx, headers: &HeaderMap) -> Result<Option<OpenSession>, Fault> {
    let pairs = headers
        .get_all("cookie")
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'));
    let ours =
        pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE);
    match ours {
        Some((_, value)) => Ok(tx.session_of_cookie(&digest(value)).await?),
        None => Ok(None),
    }
}

/// 303 (RFC 9110 section 15.4.4): whatever the request was, the next is a GET.
pub fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [("location", location)]).into_response(),
        Err(_) => Fault.into_response(),
    }
}
