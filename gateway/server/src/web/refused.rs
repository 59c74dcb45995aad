//! What the library would refuse in words of its own is refused in ours: a page, or CAS's XML where
//! an application asks.

use super::pages;
use crate::cas;
use axum::extract::{FromRequestParts, Query, Request};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use borne_gateway_model::query::is_decodable;
use serde::de::DeserializeOwned;

/// Most fields a request's header may have, and their bytes in all.
const FIELDS: usize = 100;
const FIELDS_BYTES: usize = 24 * 1024;

/// The parameters of a query, each at most once.
pub struct Asked<T>(pub T);

/// The query cannot be decoded, or gives a parameter twice.
pub struct BadQuery;

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = BadQuery;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, BadQuery> {
        if !is_decodable(parts.uri.query().unwrap_or_default()) {
            return Err(BadQuery);
        }
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(|_| BadQuery)
    }
}

impl IntoResponse for BadQuery {
    fn into_response(self) -> Response {
        say(StatusCode::BAD_REQUEST)
    }
}

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
    let mut worded = cas::misasked(&path, status).unwrap_or_else(|| say(status));
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

fn say(status: StatusCode) -> Response {
    let (french, english) = match status {
        StatusCode::NOT_FOUND => ("Cette page n’existe pas", "This page does not exist."),
        status if status.is_server_error() => (
            "Un problème est survenu. Présentez à nouveau votre badge.",
            "Something went wrong. Tap your badge again.",
        ),
        _ => (
            "Cette demande n’est pas comprise. Présentez à nouveau votre badge.",
            "This request is not understood. Tap your badge again.",
        ),
    };
    pages::message(status, french, english)
}
