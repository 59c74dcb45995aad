//! A browser turns its terminal's login ticket into the SSO cookie.

use super::answer::{Fault, see_other};
use super::{cookie, pages};
use crate::config::{self, Config};
use crate::connection::Connection;
use crate::edges::{Clock, OsRandom};
use crate::trail::Trail;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use borne_gateway_model::query::Redeem;
use borne_gateway_model::{
    AuditEvent, AuditKind, CasClient, Clients, Kind, Moment, append_query, digest, verify_proof,
};
use borne_gateway_storage::{OpenSession, RedeemedLogin, Storage, Tx};
use std::sync::Arc;

/// `POST /borne/redeem`. A ticket that was shown is used up, whether its proof was good or not.
#[expect(clippy::too_many_arguments, reason = "what it may touch, part by part")]
pub async fn redeem(
    State(db): State<Storage>,
    State(clients): State<Arc<Clients>>,
    State(config): State<Arc<Config>>,
    State(random): State<Arc<OsRandom>>,
    State(clock): State<Clock>,
    State(trail): State<Arc<Trail>>,
    Extension(connection): Extension<Connection>,
    form: Result<Form<Redeem>, FormRejection>,
) -> Result<Response, Fault> {
    let mut tx = db.begin().await?;
    let now = clock.now();
    let Some(session) = accept(&mut tx, form, now).await? else {
        // The ticket stays used up.
        tx.commit().await?;
        trail.stranger(AuditKind::TicketRefused, connection.address, None).await;
        connection.refused();
        return Ok(refused());
    };
    let minted = random.mint(Kind::Cookie)?;
    tx.set_cookie(&session.id, &minted.digest).await?;
    let mut event = AuditEvent::of(AuditKind::Redeemed)
        .from(Some(connection.address))
        .login(&session.login)
        .terminal(&session.terminal_name)
        .session(&session.id);
    event.badge = session.badge();
    tx.audit(&event, now).await?;
    let home = clients.named(&config.web.home).ok_or(Fault)?;
    let location = match home.cas().and_then(CasClient::shortcut) {
        // Straight to its service with a ticket.
        Some(service) => {
            let ticket = random.mint(Kind::Service)?;
            let config::Session { service_ticket_ms, .. } = config.session;
            let expires = now.plus_ms(service_ticket_ms);
            tx.put_service_ticket(&ticket.digest, &session.id, service, None, expires).await?;
            append_query(service, "ticket", ticket.text.expose())
        }
        // To its entry, from where it asks for one.
        None => home.entry.clone(),
    };
    tx.commit().await?;
    let (name, secret) = (cookie::NAME, minted.text.expose());
    let value = format!("{name}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax");
    let mut value = HeaderValue::from_str(&value).map_err(|_| Fault)?;
    value.set_sensitive(true);
    let mut response = see_other(&location);
    response.headers_mut().insert("set-cookie", value);
    Ok(response)
}

async fn accept(
    tx: &mut Tx,
    form: Result<Form<Redeem>, FormRejection>,
    now: Moment,
) -> Result<Option<OpenSession>, Fault> {
    let Ok(Form(form)) = form else { return Ok(None) };
    let Some((ticket, proof)) = form.ticket.expose().split_once('.') else { return Ok(None) };
    let Some(login) = tx.redeem(&digest(ticket), now).await? else { return Ok(None) };
    let RedeemedLogin { session, public_key, revoked } = login;
    let good = !revoked && verify_proof(ticket, proof, &public_key);
    Ok(good.then_some(session))
}

/// The connection goes with it: whoever is refused without end pays a handshake each time.
fn refused() -> Response {
    let mut page = pages::message(
        StatusCode::FORBIDDEN,
        "Présentez à nouveau votre badge",
        "This login is no longer valid. Tap your badge again.",
    );
    page.headers_mut().insert("connection", HeaderValue::from_static("close"));
    page
}
