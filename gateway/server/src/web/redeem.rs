//! A browser turns its terminal's login ticket into the SSO cookie.

use super::{COOKIE, Fault, pages, see_other};
use crate::edges::now;
use crate::gateway::Gateway;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use borne_gateway_model::query::Redeem;
use borne_gateway_model::{AuditKind, Kind, append_query, digest, verify_proof};
use borne_gateway_storage::{CasTickets as _, OpenSession, Sessions as _};
use std::sync::Arc;

/// `POST /borne/redeem`. A ticket that was shown is used up, whether its proof was good or not.
pub async fn redeem(
    State(gateway): State<Arc<Gateway>>,
    form: Result<Form<Redeem>, FormRejection>,
) -> Result<Response, Fault> {
    let Some(session) = accept(&gateway, form).await? else {
        gateway.audit(AuditKind::TicketRefused, None, None).await;
        return Ok(pages::message(
            StatusCode::FORBIDDEN,
            "Présentez à nouveau votre badge",
            "This login is no longer valid. Tap your badge again.",
        ));
    };
    let cookie = gateway.mint(Kind::Cookie)?;
    gateway.db.set_cookie(&session.id, &cookie.digest).await?;
    gateway.audit(AuditKind::Redeemed, Some(&session.login), Some(&session.terminal_name)).await;
    let mut response = see_other(&destination(&gateway, &session).await?);
    let value =
        format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", cookie.text.expose());
    let mut value = HeaderValue::from_str(&value).map_err(|_| Fault)?;
    value.set_sensitive(true);
    response.headers_mut().insert("set-cookie", value);
    Ok(response)
}

async fn accept(
    gateway: &Gateway,
    form: Result<Form<Redeem>, FormRejection>,
) -> Result<Option<OpenSession>, Fault> {
    let Ok(Form(form)) = form else { return Ok(None) };
    let Some((ticket, proof)) = form.ticket.expose().split_once('.') else { return Ok(None) };
    let Some(login) = gateway.db.redeem(&digest(ticket), now()).await? else { return Ok(None) };
    let good = !login.revoked && verify_proof(ticket, proof, &login.public_key);
    Ok(good.then_some(login.session))
}

/// The home application: straight to its service with a ticket, or to its entry, from where it asks
/// for one.
async fn destination(gateway: &Gateway, session: &OpenSession) -> Result<String, Fault> {
    let home = gateway.apps.named(&gateway.config.web.home).ok_or(Fault)?;
    match home.services.first() {
        Some(service) if home.shortcut => {
            let ticket = gateway.mint(Kind::Service)?;
            let expires = now().plus_ms(gateway.config.session.service_ticket_ms);
            gateway
                .db
                .put_service_ticket(&ticket.digest, &session.id, service, None, expires)
                .await?;
            Ok(append_query(service, "ticket", ticket.text.expose()))
        }
        _ => Ok(home.entry.clone()),
    }
}
