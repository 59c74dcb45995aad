//! A terminal's life: it starts, it polls, a session on it ends.

use super::peer::{Body, Fault, Peer, admitted, internal};
use crate::edges::{Clock, OsRandom};
use crate::outbox::Outbox;
use crate::seats::Seats;
use crate::sessions::Sessions;
use crate::trail::Trail;
use axum::Json;
use axum::extract::State;
use borne_gateway_api::{
    EndAnswer, EndReason, EndRequest, POLL_HOLD_MS, PollAnswer, PollRequest, SessionId, StartAnswer,
};
use borne_gateway_model::{AuditKind, Kind};
use borne_gateway_storage::{Shown, Storage, StorageError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// `/v1/start`. The terminal has its certificate now, so its token opens nothing any more, not even
/// the same again. A new run begins.
pub async fn start(
    State(db): State<Storage>,
    State(sessions): State<Arc<Sessions>>,
    State(random): State<Arc<OsRandom>>,
    State(clock): State<Clock>,
    peer: Peer,
) -> Result<Json<StartAnswer>, Fault> {
    let id = peer.terminal.id;
    // A version 1 terminal could not keep it.
    let run = (peer.api >= 2).then(|| random.mint(Kind::Join)).transpose();
    let run = run.map_err(|e| internal(&e))?;
    let mut tx = db.begin().await?;
    tx.arrived(id).await?;
    tx.begin_run(id, peer.run.as_ref(), run.as_ref().map(|run| &run.digest)).await?;
    if peer.shown == Shown::Dropped {
        tracing::warn!(terminal = peer.terminal.name, "started without its run");
        tx.audit(&peer.event(AuditKind::TerminalWithoutRun), clock.now()).await?;
    }
    let own = |session: &borne_gateway_storage::OpenSession| session.terminal == id;
    let ended = sessions.end_all_in(&mut tx, own, EndReason::Restarted, None).await?;
    tx.commit().await?;
    sessions.ended(ended);
    Ok(Json(StartAnswer { terminal: peer.terminal.name, run: run.map(|run| run.text) }))
}

/// `/v1/poll`: held until there is news or the time is over.
pub async fn poll(
    State(db): State<Storage>,
    State(sessions): State<Arc<Sessions>>,
    State(seats): State<Arc<Seats>>,
    State(trail): State<Arc<Trail>>,
    State(clock): State<Clock>,
    peer: Peer,
    Body(body): Body<PollRequest>,
) -> Result<Json<PollAnswer>, Fault> {
    let seat = seats.of(peer.terminal.id);
    let in_flight = seat.poll();
    if in_flight.doubled {
        trail.stranger(AuditKind::TerminalDoubled, peer.address, Some(&peer.terminal.name)).await;
    }
    // Listening starts before the first look, so that no news falls between.
    let news = seat.news.notified();
    tokio::pin!(news);
    news.as_mut().enable();
    let mut end_session = is_over(&db, &peer, body.session.as_ref()).await?;
    if body.session.is_none() {
        end_lost_grant(&db, &sessions, &peer, clock).await?;
    }
    if !end_session && timeout(Duration::from_millis(POLL_HOLD_MS), news).await.is_ok() {
        let mut tx = db.begin().await?;
        let admitted = admitted(&mut tx, &peer.fingerprint).await?;
        drop(tx);
        admitted.ok_or(Fault(borne_gateway_api::ApiError::TerminalRevoked))?;
        end_session = is_over(&db, &peer, body.session.as_ref()).await?;
    }
    drop(in_flight);
    let renew = peer.api >= 3 && is_renewal_due(&db, &peer, clock).await?;
    Ok(Json(PollAnswer { end_session, renew }))
}

async fn is_renewal_due(db: &Storage, peer: &Peer, clock: Clock) -> Result<bool, StorageError> {
    let (began, ends) = db.begin().await?.certificate_life(peer.terminal.id).await?;
    Ok(borne_gateway_model::is_renewal_due(began, ends, clock.now()))
}

async fn is_over(
    db: &Storage,
    peer: &Peer,
    session: Option<&SessionId>,
) -> Result<bool, StorageError> {
    let Some(id) = session else { return Ok(false) };
    let open = db.begin().await?.session(id).await?;
    Ok(open.is_none_or(|session| session.terminal != peer.terminal.id))
}

/// The terminal knows what it is showing: a session of which it never had the answer is over.
async fn end_lost_grant(
    db: &Storage,
    sessions: &Sessions,
    peer: &Peer,
    clock: Clock,
) -> Result<(), StorageError> {
    let open = db.begin().await?.session_at(peer.terminal.id).await?;
    let Some(open) = open else { return Ok(()) };
    // In twice the time of its ticket a terminal shows what it was granted.
    let grace = 2 * sessions.lives.login_ticket_ms;
    if open.started.plus_ms(grace).ms_from(clock.now()) > 0 {
        return Ok(());
    }
    sessions.end(&open.id, EndReason::LoginFailed).await
}

/// `/v1/end`: answers when the applications have been told, or could not be at the first try.
pub async fn end(
    State(db): State<Storage>,
    State(sessions): State<Arc<Sessions>>,
    State(outbox): State<Arc<Outbox>>,
    peer: Peer,
    Body(body): Body<EndRequest>,
) -> Result<Json<EndAnswer>, Fault> {
    let mut tx = db.begin().await?;
    let open = tx.session(&body.session).await?;
    if open.is_some_and(|session| session.terminal == peer.terminal.id) {
        let ended = sessions.end_in(&mut tx, &body.session, body.reason, None).await?;
        tx.commit().await?;
        sessions.ended(ended);
        outbox.told_once(&body.session).await;
    }
    Ok(Json(EndAnswer {}))
}
