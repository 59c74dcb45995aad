//! A query as the handlers take it.

use super::pages;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use borne_gateway_model::query::is_decodable;
use serde::de::DeserializeOwned;

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
        pages::failure(StatusCode::BAD_REQUEST)
    }
}
