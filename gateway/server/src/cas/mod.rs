//! The CAS server (CAS Protocol 3.0). docs/protocol/cas.md says what differs.
//!
//! Duties: login, validation, proxy tickets, logout, each answered in the protocol's own words.
//! Never: a service, a callback or a target that is not in the configuration.

mod login;
mod logout;
mod proxy;
mod validate;
pub mod xml;

use crate::gateway::Gateway;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

/// The routes.
pub fn routes() -> Router<Gateway> {
    Router::new()
        .route("/cas/login", get(login::login))
        .route("/cas/logout", get(logout::logout))
        .route("/cas/proxy", get(proxy::proxy))
        .route("/cas/serviceValidate", get(validate::service))
        .route("/cas/p3/serviceValidate", get(validate::service))
        .route("/cas/proxyValidate", get(validate::proxy))
        .route("/cas/p3/proxyValidate", get(validate::proxy))
}

/// What an application reads when it asks in a way that no route takes; `None` where a person does.
pub fn misasked(path: &str, status: StatusCode) -> Option<Response> {
    let element = match path.strip_prefix("/cas/")? {
        "proxy" => "proxyFailure",
        "serviceValidate" | "p3/serviceValidate" | "proxyValidate" | "p3/proxyValidate" => FAILURE,
        _ => return None,
    };
    let text = "ask by GET, each parameter once, in UTF-8";
    let mut response = answer(xml::failure(element, "INVALID_REQUEST", text));
    *response.status_mut() = status;
    Some(response)
}

const FAILURE: &str = "authenticationFailure";

fn answer(xml: String) -> Response {
    (StatusCode::OK, [("content-type", "text/xml; charset=utf-8")], xml).into_response()
}
