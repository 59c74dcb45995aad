//! A badge is laid.

use super::peer::{Body, Fault, Peer, internal};
use crate::config::{self, Limits};
use crate::directory::Directory;
use crate::edges::{Clock, OsRandom};
use crate::pins::Pins;
use crate::seats::Seats;
use crate::trail::Trail;
use axum::Json;
use axum::extract::State;
use borne_gateway_api::{ApiError, Refusal, TapAnswer, TapRequest};
use borne_gateway_model::{
    AuditEvent, AuditKind, BadUid, BadgeKey, Moment, SLOWED_MS, SUSPECT_MS, SUSPECTS_IN_TOWN,
    TerminalId, Uid, Verdict, tap_id, verdict,
};
use borne_gateway_storage::{Badge, Storage, StorageError, Tx};
use std::sync::Arc;

/// `/v1/tap`.
#[expect(clippy::too_many_arguments, reason = "what it may touch, part by part")]
pub async fn tap(
    State(db): State<Storage>,
    State(pins): State<Arc<Pins>>,
    State(seats): State<Arc<Seats>>,
    State(directory): State<Arc<Directory>>,
    State(random): State<Arc<OsRandom>>,
    State(clock): State<Clock>,
    State(limits): State<Limits>,
    State(lives): State<config::Session>,
    State(trail): State<Arc<Trail>>,
    peer: Peer,
    Body(body): Body<TapRequest>,
) -> Result<Json<TapAnswer>, Fault> {
    let (terminal, now) = (peer.terminal.id, clock.now());
    if !seats.of(terminal).may_tap(limits.taps_per_minute, clock.steady()) {
        let kind = AuditKind::Refused(Refusal::TooManyTries);
        trail.stranger(kind, peer.address, Some(&peer.terminal.name)).await;
        return Ok(Json(TapAnswer::Refused(Refusal::TooManyTries)));
    }
    let mut tx = db.begin().await?;
    let laid = match Uid::parse(body.uid.expose()) {
        Err(BadUid::Random) => Laid::Refused(Refusal::RandomUid, None),
        Err(_) => return Err(Fault(ApiError::BadRequest)),
        Ok(uid) => identify(&mut tx, &pins.key(&uid), &peer, limits, now).await?,
    };
    let answer = match laid {
        Laid::Refused(refusal, badge) => {
            tx.audit(&of(&peer, AuditKind::Refused(refusal), badge.as_ref()), now).await?;
            TapAnswer::Refused(refusal)
        }
        Laid::Wait(seconds, badge) => {
            tx.audit(&of(&peer, AuditKind::Delayed, badge.as_ref()), now).await?;
            if peer.api >= 2 {
                TapAnswer::Wait { seconds }
            } else {
                TapAnswer::Refused(Refusal::TooManyTries)
            }
        }
        Laid::Known(badge) => {
            let tap = tap_id(random.as_ref()).map_err(|e| internal(&e))?;
            tx.put_tap(&tap, terminal, badge.id, now.plus_ms(lives.tap_ms)).await?;
            // While the person types, the connection to the directory is made ready.
            tokio::spawn(async move { directory.warm().await });
            TapAnswer::AskPin { tap }
        }
    };
    tx.commit().await?;
    Ok(Json(answer))
}

enum Laid {
    Known(Badge),
    Wait(u32, Option<Badge>),
    Refused(Refusal, Option<Badge>),
}

async fn identify(
    tx: &mut Tx,
    key: &BadgeKey,
    peer: &Peer,
    limits: Limits,
    now: Moment,
) -> Result<Laid, StorageError> {
    let terminal = peer.terminal.id;
    if let Some(seconds) = slowed(tx, terminal, limits, now).await? {
        return Ok(Laid::Wait(seconds, None));
    }
    let Some(badge) = tx.badge_of(key).await? else {
        laid_in_vain(tx, peer, &key.0, limits, now).await?;
        return Ok(Laid::Refused(Refusal::UnknownBadge, None));
    };
    Ok(match verdict(&tx.counted(badge.id, terminal, now).await?, now) {
        Verdict::Go { .. } => Laid::Known(badge),
        Verdict::Wait(seconds) => Laid::Wait(seconds, Some(badge)),
        Verdict::NewPin => Laid::Refused(Refusal::BadgeLocked, Some(badge)),
    })
}

/// An event about a badge at this terminal.
pub(super) fn of(peer: &Peer, kind: AuditKind, badge: Option<&Badge>) -> AuditEvent {
    let event = peer.event(kind);
    match badge {
        Some(badge) => event.login(&badge.login).badge(badge.id),
        None => event,
    }
}

/// Seconds that a terminal has to wait which laid too many different badges in vain.
pub(super) async fn slowed(
    tx: &mut Tx,
    terminal: TerminalId,
    limits: Limits,
    now: Moment,
) -> Result<Option<u32>, StorageError> {
    let (here, _, last) = tx.suspects(terminal, now.minus_ms(SUSPECT_MS)).await?;
    let wait = last.min(now).plus_ms(SLOWED_MS).ms_from(now);
    if here < limits.strange_badges || wait == 0 {
        return Ok(None);
    }
    Ok(Some(u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX)))
}

/// Counts a badge that was laid in vain, and sounds the alarms when it is the one too many.
pub(super) async fn laid_in_vain(
    tx: &mut Tx,
    peer: &Peer,
    key: &[u8],
    limits: Limits,
    now: Moment,
) -> Result<(), StorageError> {
    let (terminal, horizon) = (peer.terminal.id, now.minus_ms(SUSPECT_MS));
    let before = tx.suspects(terminal, horizon).await?;
    tx.suspect(terminal, key, now, horizon).await?;
    let after = tx.suspects(terminal, horizon).await?;
    let passes = |before: u32, after: u32, bound: u32| before < bound && after >= bound;
    for (kind, raised) in [
        (AuditKind::AlarmTerminal, passes(before.0, after.0, limits.strange_badges)),
        (AuditKind::AlarmTown, passes(before.1, after.1, SUSPECTS_IN_TOWN)),
    ] {
        if raised {
            tracing::error!(
                alarm = kind.word(),
                terminal = peer.terminal.name,
                "many badges in vain"
            );
            tx.audit(&peer.event(kind), now).await?;
        }
    }
    Ok(())
}
