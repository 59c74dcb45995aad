//! What the library would refuse in words of its own is refused in ours: a page, or CAS's XML where
//! an application asks.

use super::pages;
use crate::cas;
use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Most fields a request's header may have, and their bytes in all.
const FIELDS: usize = 100;
const FIELDS_BYTES: usize = 24 * 1024;

/// Round all routes: a header that is too long, `HEAD` where `GET` changes something, and every
/// error that has no words of ours yet.
pub async fn in_our_words(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = if is_too_long(request.headers()) {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response()
    } else if request.method() == Method::HEAD && path.starts_with("/cas/") {
        (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET")]).into_response()
    } else {
        next.run(request).await
    };
    let status = response.status();
    let ours = |kind: &HeaderValue| {
        [&b"text/html"[..], b"text/xml"].iter().any(|own| kind.as_bytes().starts_with(own))
    };
    let has_words = response.headers().get(CONTENT_TYPE).is_some_and(ours);
    if has_words || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut worded = cas::misasked(&path, status).unwrap_or_else(|| pages::failure(status));
    for name in [ALLOW, axum::http::header::CONNECTION] {
        if let Some(value) = response.headers().get(&name) {
            worded.headers_mut().insert(name, value.clone());
        }
    }
    worded
}

fn is_too_long(headers: &HeaderMap) -> bool {
    let bytes = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    headers.len() > FIELDS || bytes.sum::<usize>() > FIELDS_BYTES
}
