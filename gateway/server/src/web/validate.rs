//! CAS ticket validation (CAS Protocol 3.0, sections 2.5 and 2.6), the same for CAS 2 and 3 paths.

use super::Fault;
use crate::edges::now;
use crate::gateway::Gateway;
use crate::logout;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use borne_gateway_api::Secret;
use borne_gateway_model::query::Validate;
use borne_gateway_model::{App, Kind, digest};
use borne_gateway_storage::{CasTickets as _, OpenSession, Sessions as _};
use quick_xml::escape::escape;
use std::sync::Arc;

/// `GET /cas/serviceValidate`: tickets of `/cas/login` only.
pub async fn service(
    State(gateway): State<Arc<Gateway>>,
    Query(query): Query<Validate>,
) -> Result<Response, Fault> {
    validate(&gateway, query, false).await
}

/// `GET /cas/proxyValidate`: proxy tickets too.
pub async fn proxy(
    State(gateway): State<Arc<Gateway>>,
    Query(query): Query<Validate>,
) -> Result<Response, Fault> {
    validate(&gateway, query, true).await
}

async fn validate(
    gateway: &Arc<Gateway>,
    query: Validate,
    proxies_too: bool,
) -> Result<Response, Fault> {
    let refused = |code, text| Ok(answer(&failure("authenticationFailure", code, text)));
    let (Some(service), Some(ticket)) = (query.service, query.ticket) else {
        return refused("INVALID_REQUEST", "service and ticket are both needed");
    };
    // 3.1.1: a ticket that was shown is used up, whatever comes of it.
    let Some(found) = gateway.db.validate(&digest(ticket.expose()), now()).await? else {
        return refused("INVALID_TICKET", "unknown, used or expired ticket");
    };
    if found.service != service {
        return refused("INVALID_SERVICE", "the ticket was made for another service");
    }
    if found.proxy.is_some() && !proxies_too {
        return refused(
            "UNAUTHORIZED_SERVICE_PROXY",
            "a proxy ticket is validated at proxyValidate",
        );
    }
    let Some(session) = found.session else {
        return refused("INVALID_TICKET", "the session is over");
    };
    // 2.1.1: a shortcut login or the single sign-on cookie is never "from fresh credentials" for a
    // second application.
    if query.renew.is_some() {
        return refused("INVALID_TICKET", "renew: a badge cannot be asked for again");
    }
    let app = gateway.apps.of_service(&service);
    let mut receipt = String::new();
    if let (Some(app), None) = (app, &found.proxy) {
        if let Some(pgt_url) = &query.pgt_url {
            if !app.may_call_back(pgt_url) {
                return refused("INVALID_PROXY_CALLBACK", "this pgtUrl is not registered");
            }
            receipt = grant(gateway, &session, app, pgt_url).await?.unwrap_or_default();
        }
        if !remember(gateway, &session, app, &service, &ticket).await? {
            return refused("INVALID_TICKET", "the session is over");
        }
    }
    Ok(answer(&success(&session, &receipt, found.proxy.as_deref())))
}

/// 2.5.4: sends the proxy-granting ticket to its application; the receipt, or nothing when that
/// does not take it.
async fn grant(
    gateway: &Gateway,
    session: &OpenSession,
    app: &App,
    pgt_url: &str,
) -> Result<Option<String>, Fault> {
    let (pgt, receipt) =
        (gateway.mint(Kind::ProxyGranting)?, gateway.mint(Kind::ProxyGrantingIou)?);
    let Ok(mut url) = reqwest::Url::parse(pgt_url) else { return Ok(None) };
    url.query_pairs_mut()
        .append_pair("pgtId", pgt.text.expose())
        .append_pair("pgtIou", receipt.text.expose());
    let sent = gateway.http.get(url).send().await;
    if !sent.is_ok_and(|response| response.status() == reqwest::StatusCode::OK) {
        tracing::warn!(app = app.name, "the proxy callback was not taken");
        return Ok(None);
    }
    gateway.db.put_granting(&pgt.digest, &session.id, &app.name, pgt_url).await?;
    Ok(Some(receipt.text.expose().to_owned()))
}

/// Writes down whom to tell at the end. `false`: the end came meanwhile, and the application is
/// being told.
async fn remember(
    gateway: &Arc<Gateway>,
    session: &OpenSession,
    app: &App,
    service: &str,
    ticket: &Secret,
) -> Result<bool, Fault> {
    let Some(address) = app.logout_address(service) else { return Ok(true) };
    gateway.db.must_tell(&session.id, &app.name, &address, ticket.expose()).await?;
    let still_open = gateway.db.session(&session.id, now()).await?.is_some();
    if !still_open {
        for call in
            gateway.db.calls_due().await?.into_iter().filter(|call| call.ticket == ticket.expose())
        {
            logout::tell_in_background(gateway, call);
        }
    }
    Ok(still_open)
}

fn success(session: &OpenSession, receipt: &str, proxy: Option<&str>) -> String {
    let element = |name: &str, text: &str| match text {
        "" => String::new(),
        text => format!("<cas:{name}>{}</cas:{name}>", escape(text)),
    };
    let display = format!("{} {}", session.given_name, session.family_name);
    format!(
        "<cas:authenticationSuccess>{}<cas:attributes>{}{}{}{}</cas:attributes>{}{}</cas:authenticationSuccess>",
        element("user", session.login.as_str()),
        element("mail", &session.mail),
        element("displayName", display.trim()),
        element("givenName", &session.given_name),
        element("sn", &session.family_name),
        element("proxyGrantingTicket", receipt),
        proxy
            .map(|url| format!("<cas:proxies>{}</cas:proxies>", element("proxy", url)))
            .unwrap_or_default(),
    )
}

/// 2.5.2: a failure, with one of the protocol's codes.
pub fn failure(element: &str, code: &str, text: &str) -> String {
    format!("<cas:{element} code=\"{code}\">{}</cas:{element}>", escape(text))
}

/// The envelope. Some applications look elements up by the literal prefix `cas:`.
pub fn answer(inner: &str) -> Response {
    let body = format!(
        "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">{inner}</cas:serviceResponse>"
    );
    (StatusCode::OK, [("content-type", "text/xml; charset=utf-8")], body).into_response()
}
