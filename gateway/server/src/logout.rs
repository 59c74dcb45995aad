//! CAS single logout (CAS Protocol 3.0, section 2.3.3): tells each application that a session is
//! over.
//!
//! A call that fails is made again, with growing pauses; one that is due when the gateway stops is
//! made after its start.

use crate::edges::now;
use crate::gateway::Gateway;
use borne_gateway_model::{AuditKind, Kind, Login, LogoutOutcome};
use borne_gateway_storage::{LogoutCall, Sessions as _};
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// Pauses before the further tries; two hours in all.
const PAUSES: [Duration; 7] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(1800),
    Duration::from_secs(5000),
];

/// Tells them all at once; returns after the first try at each, with the further tries going on
/// behind.
pub async fn tell_all(gateway: Arc<Gateway>, calls: Vec<LogoutCall>) {
    join_all(calls.into_iter().map(|call| async {
        if !tell(&gateway, &call, LogoutOutcome::Retrying).await {
            tokio::spawn(retry(Arc::clone(&gateway), call));
        }
    }))
    .await;
}

/// Tells one, however long it takes.
pub fn tell_in_background(gateway: &Arc<Gateway>, call: LogoutCall) {
    tokio::spawn(tell_all(Arc::clone(gateway), vec![call]));
}

async fn retry(gateway: Arc<Gateway>, call: LogoutCall) {
    for (number, pause) in PAUSES.iter().enumerate() {
        tokio::time::sleep(*pause).await;
        let last = number + 1 == PAUSES.len();
        let otherwise = if last { LogoutOutcome::GivenUp } else { LogoutOutcome::Retrying };
        if tell(&gateway, &call, otherwise).await {
            return;
        }
    }
    close(&gateway, &call).await;
}

async fn tell(gateway: &Gateway, call: &LogoutCall, otherwise: LogoutOutcome) -> bool {
    let sent = match message(gateway, &call.ticket) {
        Some(body) => post(gateway, &call.address, body).await,
        None => Err("no randomness".to_owned()),
    };
    let told = sent
        .inspect_err(|problem| tracing::warn!(app = call.app, problem, "logout not delivered"))
        .is_ok();
    if told {
        close(gateway, call).await;
    }
    let outcome = if told { LogoutOutcome::Told } else { otherwise };
    gateway.audit(AuditKind::LogoutSent(outcome), Login::parse(&call.login).as_ref(), None).await;
    told
}

async fn post(gateway: &Gateway, address: &str, body: String) -> Result<(), String> {
    let sent = gateway
        .http
        .post(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        // The error's own text names the address.
        .map_err(
            |error| if error.is_timeout() { "no answer in time" } else { "cannot be reached" },
        )?;
    if sent.status().is_success() {
        Ok(())
    } else {
        Err(format!("status {}", sent.status().as_u16()))
    }
}

fn message(gateway: &Gateway, ticket: &str) -> Option<String> {
    let id = gateway.mint(Kind::Login).ok()?;
    let xml = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_{}\" Version=\"2.0\" \
         IssueInstant=\"{}\"><saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">@NOT_USED@</saml:NameID>\
         <samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>",
        id.text.expose(),
        now().iso(),
    );
    let mut form = reqwest::Url::parse("form:x").ok()?;
    form.query_pairs_mut().append_pair("logoutRequest", &xml);
    form.query().map(str::to_owned)
}

async fn close(gateway: &Gateway, call: &LogoutCall) {
    if let Err(error) = gateway.db.call_done(call.id, now()).await {
        tracing::error!(%error, source = %error.source, "a logout call stays open");
    }
}
