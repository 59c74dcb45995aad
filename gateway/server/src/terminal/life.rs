//! A terminal's life: it starts, it polls, a session on it ends.

use super::{Body, Fault, Peer, admitted};
use crate::edges::now;
use crate::gateway::Gateway;
use axum::Json;
use axum::extract::State;
use borne_gateway_api::{
    EndAnswer, EndReason, EndRequest, POLL_HOLD_MS, PollAnswer, PollRequest, SessionId, StartAnswer,
};
use borne_gateway_storage::{Sessions as _, Terminal, Terminals as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// `/v1/start`. The terminal has its certificate now, so its token opens nothing any more, not even
/// the same again.
pub async fn start(
    State(gateway): State<Arc<Gateway>>,
    peer: Peer,
) -> Result<Json<StartAnswer>, Fault> {
    gateway.db.arrived(peer.terminal.id).await?;
    gateway.end_all_of(peer.terminal.id, EndReason::Restarted).await?;
    Ok(Json(StartAnswer { terminal: peer.terminal.name }))
}

/// `/v1/poll`: held until there is news or the time is over.
pub async fn poll(
    State(gateway): State<Arc<Gateway>>,
    peer: Peer,
    Body(body): Body<PollRequest>,
) -> Result<Json<PollAnswer>, Fault> {
    let seat = gateway.seats.of(peer.terminal.id);
    seat.heard_now();
    // Listening starts before the first look, so that no news falls between.
    let news = seat.news.notified();
    tokio::pin!(news);
    news.as_mut().enable();
    let mut end_session = is_over(&gateway, &peer.terminal, body.session.as_ref()).await?;
    if !end_session && timeout(Duration::from_millis(POLL_HOLD_MS), news).await.is_ok() {
        admitted(&gateway, &peer.fingerprint).await?;
        end_session = is_over(&gateway, &peer.terminal, body.session.as_ref()).await?;
    }
    Ok(Json(PollAnswer { end_session }))
}

async fn is_over(
    gateway: &Gateway,
    terminal: &Terminal,
    session: Option<&SessionId>,
) -> Result<bool, Fault> {
    let Some(id) = session else { return Ok(false) };
    let open = gateway.db.session(id, now()).await?;
    Ok(open.is_none_or(|session| session.terminal != terminal.id))
}

/// `/v1/end`: answers when the applications have been told, or could not be at the first try.
pub async fn end(
    State(gateway): State<Arc<Gateway>>,
    peer: Peer,
    Body(body): Body<EndRequest>,
) -> Result<Json<EndAnswer>, Fault> {
    let own = gateway
        .db
        .session(&body.session, now())
        .await?
        .is_some_and(|session| session.terminal == peer.terminal.id);
    if own && let Some(telling) = gateway.end(&body.session, body.reason).await? {
        drop(telling.await);
    }
    Ok(Json(EndAnswer {}))
}
