//! `GET /cas/login` (2.1).

use crate::config;
use crate::connection::Connection;
use crate::edges::{Clock, OsRandom};
use crate::trail::Trail;
use crate::web::answer::{Fault, see_other, session};
use crate::web::asked::Asked;
use crate::web::pages;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use borne_gateway_model::query::{Login, is_set};
use borne_gateway_model::{AuditKind, Clients, Kind, append_query};
use borne_gateway_storage::Storage;
use std::sync::Arc;

#[expect(clippy::too_many_arguments, reason = "what it may touch, part by part")]
pub async fn login(
    State(db): State<Storage>,
    State(clients): State<Arc<Clients>>,
    State(random): State<Arc<OsRandom>>,
    State(clock): State<Clock>,
    State(lives): State<config::Session>,
    State(trail): State<Arc<Trail>>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    Asked(query): Asked<Login>,
) -> Result<Response, Fault> {
    let mut tx = db.begin().await?;
    let session = session(&mut tx, &headers).await?;
    let Some(service) = query.service else {
        return Ok(if session.is_some() {
            pages::message(StatusCode::OK, "Vous êtes connecté", "You are logged in.")
        } else {
            tap_first()
        });
    };
    if clients.of_service(&service).is_none() {
        drop(tx);
        trail.stranger(AuditKind::ServiceRefused, connection.address, None).await;
        connection.refused();
        return Ok(pages::message(
            StatusCode::FORBIDDEN,
            "Cette application n’est pas prévue sur la borne",
            "This application is not registered with the gateway.",
        ));
    }
    // 2.1.1: `renew` asks for fresh credentials; they are a badge on a terminal, which no page can
    // ask for.
    let renew = is_set(query.renew.as_deref());
    let session = session.filter(|_| !renew);
    let Some(session) = session else {
        let silent = is_set(query.gateway.as_deref()) && !renew;
        return Ok(if silent { see_other(&service) } else { tap_first() });
    };
    let ticket = random.mint(Kind::Service)?;
    let expires = clock.now().plus_ms(lives.service_ticket_ms);
    tx.put_service_ticket(&ticket.digest, &session.id, &service, None, expires).await?;
    tx.commit().await?;
    Ok(see_other(&append_query(&service, "ticket", ticket.text.expose())))
}

fn tap_first() -> Response {
    pages::message(
        StatusCode::UNAUTHORIZED,
        "Présentez votre badge",
        "Tap your badge on the terminal.",
    )
}
