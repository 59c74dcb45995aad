//! What the web routes share: a session, a redirection, and what is said when something failed.

use super::{cookie, pages};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use borne_gateway_model::{NoRandomness, digest};
use borne_gateway_storage::{OpenSession, StorageError, Tx};

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
    match cookie::own(headers) {
        Some(value) => Ok(tx.session_of_cookie(&digest(value)).await?),
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
