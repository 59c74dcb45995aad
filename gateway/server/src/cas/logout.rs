//! `GET /cas/logout` (2.3): ends the session everywhere; the terminal learns it from its poll.

use crate::sessions::Sessions;
use crate::web::answer::{Fault, see_other, session};
use crate::web::asked::Asked;
use crate::web::{cookie, pages};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use borne_gateway_api::EndReason;
use borne_gateway_model::Clients;
use borne_gateway_model::query::Logout;
use borne_gateway_storage::Storage;
use std::sync::Arc;

pub async fn logout(
    State(db): State<Storage>,
    State(clients): State<Arc<Clients>>,
    State(sessions): State<Arc<Sessions>>,
    headers: HeaderMap,
    Asked(query): Asked<Logout>,
) -> Result<Response, Fault> {
    if !is_navigation(&headers) {
        return Ok(pages::message(
            StatusCode::FORBIDDEN,
            "Utilisez le bouton « Quitter »",
            "A part of a page cannot log out.",
        ));
    }
    let mut tx = db.begin().await?;
    if let Some(session) = session(&mut tx, &headers).await? {
        let ended = sessions.end_in(&mut tx, &session.id, EndReason::Button, None).await?;
        tx.commit().await?;
        sessions.ended(ended);
    }
    // 2.3.1: only to a registered service; anything else would be an open redirector.
    let back = query.service.or(query.url).filter(|url| clients.of_service(url).is_some());
    let mut response = match back {
        Some(url) => see_other(&url),
        None => pages::message(StatusCode::OK, "Vous êtes déconnecté", "You are logged out."),
    };
    let gone = format!("{}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0", cookie::NAME);
    if let Ok(gone) = HeaderValue::from_str(&gone) {
        response.headers_mut().insert("set-cookie", gone);
    }
    Ok(response)
}

/// Whether the person went there: not an image, a frame or a script of some page (Fetch Metadata,
/// section 2). A browser that does not say is believed.
fn is_navigation(headers: &HeaderMap) -> bool {
    let is = |name: &str, wanted: &str| {
        headers.get(name).is_none_or(|value| value.as_bytes() == wanted.as_bytes())
    };
    is("sec-fetch-dest", "document") && is("sec-fetch-mode", "navigate")
}
