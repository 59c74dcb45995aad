//! Ticket validation (2.5 and 2.6), the same for CAS 2 and 3 paths.

use super::{FAILURE, answer, xml};
use crate::edges::{Clock, OsRandom};
use crate::web::answer::Fault;
use crate::web::asked::{Asked, BadQuery};
use axum::extract::{FromRef, State};
use axum::response::Response;
use borne_gateway_api::Secret;
use borne_gateway_model::query::{Validate, is_set};
use borne_gateway_model::{AuditEvent, AuditKind, Client, Clients, Digest, Kind, digest};
use borne_gateway_storage::{OpenSession, Storage, Validated};
use std::sync::Arc;

/// What validation may touch.
#[derive(Clone)]
pub struct Parts {
    db: Storage,
    clients: Arc<Clients>,
    random: Arc<OsRandom>,
    clock: Clock,
    http: reqwest::Client,
}

impl FromRef<crate::gateway::Gateway> for Parts {
    fn from_ref(gateway: &crate::gateway::Gateway) -> Self {
        Self {
            db: gateway.db.clone(),
            clients: Arc::clone(&gateway.clients),
            random: Arc::clone(&gateway.random),
            clock: gateway.clock,
            http: gateway.http.clone(),
        }
    }
}

/// `GET /cas/serviceValidate`: tickets of `/cas/login` only.
pub async fn service(
    State(parts): State<Parts>,
    asked: Result<Asked<Validate>, BadQuery>,
) -> Result<Response, Fault> {
    parts.validate(asked, false).await
}

/// `GET /cas/proxyValidate`: proxy tickets too.
pub async fn proxy(
    State(parts): State<Parts>,
    asked: Result<Asked<Validate>, BadQuery>,
) -> Result<Response, Fault> {
    parts.validate(asked, true).await
}

type Refusal = (&'static str, &'static str);
const OVER: Refusal = ("INVALID_TICKET", "the session is over");

/// A proxy-granting ticket that its application has taken.
struct Taken<'a> {
    digest: Digest,
    receipt: Secret,
    callback: &'a str,
}

impl Parts {
    async fn validate(
        &self,
        asked: Result<Asked<Validate>, BadQuery>,
        proxies_too: bool,
    ) -> Result<Response, Fault> {
        let judged = match asked {
            Ok(Asked(query)) => self.judge(&query, proxies_too).await?,
            Err(BadQuery) => {
                Err(("INVALID_REQUEST", "a parameter is there twice, or is not UTF-8"))
            }
        };
        Ok(answer(match judged {
            Ok(xml) => xml,
            Err((code, text)) => xml::failure(FAILURE, code, text),
        }))
    }

    async fn judge(
        &self,
        query: &Validate,
        proxies_too: bool,
    ) -> Result<Result<String, Refusal>, Fault> {
        let (Some(service), Some(ticket)) = (&query.service, &query.ticket) else {
            return Ok(Err(("INVALID_REQUEST", "service and ticket are both needed")));
        };
        // 3.1.1: a ticket that was shown is used up, whatever comes of it.
        let mut tx = self.db.begin().await?;
        let found = tx.validate(&digest(ticket.expose()), self.clock.now()).await?;
        tx.commit().await?;
        let found = match check(found, service, query, proxies_too) {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (session, proxy) = found;
        let client = self.clients.of_service(service);
        let (Some((client, cas)), None) = (client, &proxy) else {
            return Ok(Ok(xml::success(&session, "", proxy.as_deref())));
        };
        let mut taken = None;
        if let Some(pgt_url) = &query.pgt_url {
            if !cas.may_call_back(pgt_url) {
                return Ok(Err(("INVALID_PROXY_CALLBACK", "this pgtUrl is not registered")));
            }
            taken = self.hand_over(client, pgt_url).await?;
        }
        if !self.remember(&session, client, service, ticket, taken.as_ref()).await? {
            return Ok(Err(OVER));
        }
        let receipt = taken.as_ref().map_or("", |taken| taken.receipt.expose());
        Ok(Ok(xml::success(&session, receipt, None)))
    }

    /// 2.5.4: sends a proxy-granting ticket to its application; `None` when that does not take it.
    async fn hand_over<'a>(
        &self,
        client: &Client,
        pgt_url: &'a str,
    ) -> Result<Option<Taken<'a>>, Fault> {
        let pgt = self.random.mint(Kind::ProxyGranting)?;
        let receipt = self.random.mint(Kind::ProxyGrantingIou)?;
        let Ok(mut url) = reqwest::Url::parse(pgt_url) else { return Ok(None) };
        url.query_pairs_mut()
            .append_pair("pgtId", pgt.text.expose())
            .append_pair("pgtIou", receipt.text.expose());
        let sent = self.http.get(url).send().await;
        if !sent.is_ok_and(|response| response.status() == reqwest::StatusCode::OK) {
            tracing::warn!(app = client.name, "the proxy callback was not taken");
            return Ok(None);
        }
        Ok(Some(Taken { digest: pgt.digest, receipt: receipt.text, callback: pgt_url }))
    }

    /// Writes down that the application has let the agent in, what it may ask for, and whom to tell
    /// at the end. `false`: the end came meanwhile; then it was not let in.
    async fn remember(
        &self,
        session: &OpenSession,
        client: &Client,
        service: &str,
        ticket: &Secret,
        taken: Option<&Taken<'_>>,
    ) -> Result<bool, Fault> {
        let mut tx = self.db.begin().await?;
        if tx.session(&session.id).await?.is_none() {
            return Ok(false);
        }
        if let Some(taken) = taken {
            tx.put_granting(&taken.digest, &session.id, &client.name, taken.callback).await?;
        }
        let logout = client.strategy(service, ticket.expose());
        tx.put_app_session(&session.id, &client.name, &logout).await?;
        let event = AuditEvent::of(AuditKind::Entered)
            .login(&session.login)
            .terminal(&session.terminal_name)
            .session(&session.id)
            .application(&client.name);
        tx.audit(&event, self.clock.now()).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Whose ticket it was, and the pgtUrl it came through.
fn check(
    found: Option<Validated>,
    service: &str,
    query: &Validate,
    proxies_too: bool,
) -> Result<(OpenSession, Option<String>), Refusal> {
    let Some(found) = found else {
        return Err(("INVALID_TICKET", "unknown, used or expired ticket"));
    };
    if found.service != service {
        return Err(("INVALID_SERVICE", "the ticket was made for another service"));
    }
    if found.proxy.is_some() && !proxies_too {
        return Err(("UNAUTHORIZED_SERVICE_PROXY", "a proxy ticket is validated at proxyValidate"));
    }
    // 2.1.1: a shortcut login or the single sign-on cookie is never "from fresh credentials" for a
    // second application.
    if is_set(query.renew.as_deref()) {
        return Err(("INVALID_TICKET", "renew: a badge cannot be asked for again"));
    }
    Ok((found.session.ok_or(OVER)?, found.proxy))
}
