//! `GET /cas/proxy` (2.7): a proxy-granting ticket for a proxy ticket.

use super::{answer, xml};
use crate::config;
use crate::edges::{Clock, OsRandom};
use crate::web::answer::Fault;
use crate::web::asked::{Asked, BadQuery};
use axum::extract::State;
use axum::response::Response;
use borne_gateway_model::query::Proxy;
use borne_gateway_model::{Client, Clients, Kind, digest};
use borne_gateway_storage::Storage;
use std::sync::Arc;

pub async fn proxy(
    State(db): State<Storage>,
    State(clients): State<Arc<Clients>>,
    State(random): State<Arc<OsRandom>>,
    State(clock): State<Clock>,
    State(lives): State<config::Session>,
    asked: Result<Asked<Proxy>, BadQuery>,
) -> Result<Response, Fault> {
    let refused = |code, text| Ok(answer(xml::failure("proxyFailure", code, text)));
    let Ok(Asked(query)) = asked else {
        return refused("INVALID_REQUEST", "a parameter is there twice, or is not UTF-8");
    };
    let (Some(pgt), Some(target)) = (query.pgt, query.target_service) else {
        return refused("INVALID_REQUEST", "pgt and targetService are both needed");
    };
    let mut tx = db.begin().await?;
    let Some(granting) = tx.granting(&digest(pgt.expose())).await? else {
        return refused("INVALID_TICKET", "unknown proxy-granting ticket, or its session is over");
    };
    let holder = clients.named(&granting.app).and_then(Client::cas);
    let allowed = holder.is_some_and(|app| app.proxy_targets.contains(&target));
    if !allowed {
        return refused(
            "UNAUTHORIZED_SERVICE",
            "this application may not ask for a ticket for that service",
        );
    }
    let ticket = random.mint(Kind::Proxy)?;
    let expires = clock.now().plus_ms(lives.service_ticket_ms);
    let via = Some(granting.callback.as_str());
    tx.put_service_ticket(&ticket.digest, &granting.session.id, &target, via, expires).await?;
    tx.commit().await?;
    Ok(answer(xml::proxy_ticket(ticket.text.expose())))
}
