//! The few pages the gateway has of its own: French first, readable at arm's length, no script.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use borne_gateway_model::Clients;
use quick_xml::escape::escape;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

const STYLE: &str = "html{font:24px/1.4 sans-serif;color:#1a1a1a;background:#fff}main{max-width:36em;margin:15vh auto;\
padding:0 1em}h1{font-size:1.5em}p{font-size:.85em;color:#444}";

/// The one style is allowed by its digest; nothing else loads (CSP 3, section 2.3.1).
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
    let digest = BASE64.encode(digest.as_ref());
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// A page that says one thing.
pub fn message(status: StatusCode, french: &str, english: &str) -> Response {
    let (french, english) = (escape(french), escape(english));
    let html = format!(
        "<!DOCTYPE html><html lang=\"fr\"><head><meta charset=\"utf-8\"><title>{french}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\
         <body><main><h1>{french}</h1><p lang=\"en\">{english}</p></main></body></html>"
    );
    page(status, html, &POLICY)
}

/// A page for an error that the library would word itself.
pub fn failure(status: StatusCode) -> Response {
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
    message(status, french, english)
}

/// `GET /borne/warm`: names every application's anonymous assets, so that the standby browser holds
/// them when a badge is laid. Scripts are fetched, never run.
pub async fn warm(State(clients): State<Arc<Clients>>) -> Response {
    let assets: Vec<&String> = clients.iter().flat_map(|client| &client.warm_assets).collect();
    let links: String = assets.iter().map(|asset| link(asset)).collect();
    let origins: BTreeSet<String> = assets.iter().filter_map(|asset| origin(asset)).collect();
    let from = origins.into_iter().collect::<Vec<_>>().join(" ");
    let from = if from.is_empty() { "'none'" } else { &from };
    let policy = format!(
        "default-src 'none'; style-src {from}; script-src {from}; font-src {from}; img-src {from}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    let html = format!(
        "<!DOCTYPE html><html lang=\"fr\"><head><meta charset=\"utf-8\"><title>Borne</title>{links}</head><body></body></html>"
    );
    page(StatusCode::OK, html, &policy)
}

fn page(status: StatusCode, html: String, policy: &str) -> Response {
    let headers =
        [("content-type", "text/html; charset=utf-8"), ("content-security-policy", policy)];
    (status, headers, html).into_response()
}

fn link(asset: &str) -> String {
    let href = escape(asset);
    match kind(asset) {
        Kind::Style => format!("<link rel=\"stylesheet\" href=\"{href}\">"),
        Kind::Script => format!("<link rel=\"preload\" as=\"script\" href=\"{href}\">"),
        Kind::Font => format!("<link rel=\"preload\" as=\"font\" crossorigin href=\"{href}\">"),
        Kind::Image => format!("<link rel=\"preload\" as=\"image\" href=\"{href}\">"),
    }
}

enum Kind {
    Style,
    Script,
    Font,
    Image,
}

fn kind(asset: &str) -> Kind {
    let path = asset.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("css") => Kind::Style,
        Some("js" | "mjs") => Kind::Script,
        Some("woff" | "woff2" | "ttf" | "otf") => Kind::Font,
        _ => Kind::Image,
    }
}

fn origin(url: &str) -> Option<String> {
    reqwest::Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}
