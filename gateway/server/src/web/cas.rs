//! CAS: login, logout, proxy (CAS Protocol 3.0, sections 2.1, 2.3, 2.7). docs/protocol/cas.md says
//! what differs.

use super::{COOKIE, Fault, pages, see_other, session};
use crate::edges::now;
use crate::gateway::Gateway;
use crate::web::validate::{answer, failure};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use borne_gateway_api::EndReason;
use borne_gateway_model::query::{Login, Logout, Proxy};
use borne_gateway_model::{Kind, append_query, digest};
use borne_gateway_storage::CasTickets as _;
use std::sync::Arc;

/// `GET /cas/login`.
pub async fn login(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    Query(query): Query<Login>,
) -> Result<Response, Fault> {
    let session = session(&gateway, &headers).await?;
    let Some(service) = query.service else {
        return Ok(if session.is_some() {
            pages::message(StatusCode::OK, "Vous êtes connecté", "You are logged in.")
        } else {
            tap_first()
        });
    };
    if gateway.apps.of_service(&service).is_none() {
        return Ok(pages::message(
            StatusCode::FORBIDDEN,
            "Cette application n’est pas prévue sur la borne",
            "This application is not registered with the gateway.",
        ));
    }
    // 2.1.1: `renew` asks for fresh credentials; they are a badge on a terminal, which no page can
    // ask for.
    let session = session.filter(|_| query.renew.is_none());
    let Some(session) = session else {
        let silent = query.gateway.is_some() && query.renew.is_none();
        return Ok(if silent { see_other(&service) } else { tap_first() });
    };
    let ticket = gateway.mint(Kind::Service)?;
    let expires = now().plus_ms(gateway.config.session.service_ticket_ms);
    gateway.db.put_service_ticket(&ticket.digest, &session.id, &service, None, expires).await?;
    Ok(see_other(&append_query(&service, "ticket", ticket.text.expose())))
}

fn tap_first() -> Response {
    pages::message(
        StatusCode::UNAUTHORIZED,
        "Présentez votre badge",
        "Tap your badge on the terminal.",
    )
}

/// `GET /cas/logout`: ends the session everywhere; the terminal learns it from its poll.
pub async fn logout(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    Query(query): Query<Logout>,
) -> Result<Response, Fault> {
    if let Some(session) = session(&gateway, &headers).await? {
        gateway.end(&session.id, EndReason::Button).await?;
    }
    // 2.3.1: only to a registered service; anything else would be an open redirector.
    let back = query.service.or(query.url).filter(|url| gateway.apps.of_service(url).is_some());
    let mut response = match back {
        Some(url) => see_other(&url),
        None => pages::message(StatusCode::OK, "Vous êtes déconnecté", "You are logged out."),
    };
    if let Ok(gone) = HeaderValue::from_str(&format!(
        "{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    )) {
        response.headers_mut().insert("set-cookie", gone);
    }
    Ok(response)
}

/// `GET /cas/proxy`: a proxy-granting ticket for a proxy ticket.
pub async fn proxy(
    State(gateway): State<Arc<Gateway>>,
    Query(query): Query<Proxy>,
) -> Result<Response, Fault> {
    let refused = |code, text| Ok(answer(&failure("proxyFailure", code, text)));
    let (Some(pgt), Some(target)) = (query.pgt, query.target_service) else {
        return refused("INVALID_REQUEST", "pgt and targetService are both needed");
    };
    let Some(granting) = gateway.db.granting(&digest(pgt.expose()), now()).await? else {
        return refused("INVALID_TICKET", "unknown proxy-granting ticket, or its session is over");
    };
    let allowed =
        gateway.apps.named(&granting.app).is_some_and(|app| app.proxy_targets.contains(&target));
    if !allowed {
        return refused(
            "UNAUTHORIZED_SERVICE",
            "this application may not ask for a ticket for that service",
        );
    }
    let ticket = gateway.mint(Kind::Proxy)?;
    let expires = now().plus_ms(gateway.config.session.service_ticket_ms);
    let via = Some(granting.callback.as_str());
    gateway
        .db
        .put_service_ticket(&ticket.digest, &granting.session.id, &target, via, expires)
        .await?;
    Ok(answer(&format!(
        "<cas:proxySuccess><cas:proxyTicket>{}</cas:proxyTicket></cas:proxySuccess>",
        ticket.text.expose()
    )))
}
