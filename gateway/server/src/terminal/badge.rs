//! A badge is laid, a PIN is typed.

use super::{Body, Fault, Peer, internal};
use crate::edges::now;
use crate::gateway::Gateway;
use axum::Json;
use axum::extract::State;
use borne_gateway_api::{
    ApiError, PIN_TRIES, PinAnswer, PinRequest, Refusal, TapAnswer, TapRequest,
};
use borne_gateway_model::{AuditKind, BadUid, Login, Pin, Uid, tap_id};
use borne_gateway_storage::{BadgeSecrets, Badges as _, Terminal};
use std::sync::Arc;

/// `/v1/tap`.
pub async fn tap(
    State(gateway): State<Arc<Gateway>>,
    peer: Peer,
    Body(body): Body<TapRequest>,
) -> Result<Json<TapAnswer>, Fault> {
    let terminal = &peer.terminal;
    match identify(&gateway, terminal, &body).await? {
        Err((refusal, login)) => {
            gateway.audit(AuditKind::Refused(refusal), login.as_ref(), Some(&terminal.name)).await;
            Ok(Json(TapAnswer::Refused(refusal)))
        }
        Ok(badge) => {
            let tap = tap_id(gateway.random.as_ref()).map_err(|e| internal(&e))?;
            gateway
                .db
                .put_tap(&tap, terminal.id, badge.id, now().plus_ms(gateway.config.session.tap_ms))
                .await?;
            // While the person types, the connection to the directory is made ready.
            let directory = Arc::clone(&gateway.directory);
            tokio::spawn(async move { directory.warm().await });
            Ok(Json(TapAnswer::AskPin { tap }))
        }
    }
}

type Identified = Result<BadgeSecrets, (Refusal, Option<Login>)>;

async fn identify(
    gateway: &Gateway,
    terminal: &Terminal,
    body: &TapRequest,
) -> Result<Identified, Fault> {
    if !gateway.seats.of(terminal.id).may_tap(gateway.config.limits.taps_per_minute, now()) {
        return Ok(Err((Refusal::TooManyTries, None)));
    }
    let uid = match Uid::parse(body.uid.expose()) {
        Ok(uid) => uid,
        Err(BadUid::Random) => return Ok(Err((Refusal::RandomUid, None))),
        Err(BadUid::Shape) => return Err(Fault(ApiError::BadRequest)),
    };
    Ok(match gateway.db.badge_of(&uid.key(&gateway.pepper)).await? {
        None => Err((Refusal::UnknownBadge, None)),
        Some(badge) if badge.tries >= PIN_TRIES => Err((Refusal::BadgeLocked, Some(badge.login))),
        Some(badge) => Ok(badge),
    })
}

/// `/v1/pin`.
pub async fn pin(
    State(gateway): State<Arc<Gateway>>,
    peer: Peer,
    Body(body): Body<PinRequest>,
) -> Result<Json<PinAnswer>, Fault> {
    let terminal = &peer.terminal;
    let refused = async |refusal, login: Option<&Login>| {
        gateway.audit(AuditKind::Refused(refusal), login, Some(&terminal.name)).await;
        Ok(Json(PinAnswer::Refused(refusal)))
    };
    if !gateway.seats.of(terminal.id).may_try_pin(gateway.config.limits.pins_per_minute, now()) {
        return refused(Refusal::TooManyTries, None).await;
    }
    let pin = Pin::typed(body.pin.expose()).map_err(|_| Fault(ApiError::BadRequest))?;
    let tap = gateway.db.tap(&body.tap, now()).await?.filter(|tap| tap.terminal == terminal.id);
    let Some(tap) = tap else { return refused(Refusal::TapExpired, None).await };
    let Some(badge) = gateway.db.badge(tap.badge).await? else {
        return refused(Refusal::UnknownBadge, None).await;
    };
    let (badge_id, login) = (badge.id, badge.login.clone());
    // Counted before it is checked: neither tries in parallel nor a lost process give one away.
    let Some(tries) = gateway.db.count_try(badge_id).await? else {
        return refused(Refusal::BadgeLocked, Some(&login)).await;
    };
    let account = tokio::spawn({
        let (directory, login) = (Arc::clone(&gateway.directory), login.clone());
        async move { directory.account(&login, now()).await }
    });
    let Some(verified) = gateway.check_pin(badge, terminal, pin).await.map_err(|e| internal(&e))?
    else {
        account.abort();
        gateway.audit(AuditKind::PinWrong, Some(&login), Some(&terminal.name)).await;
        return match PIN_TRIES.saturating_sub(tries) {
            0 => refused(Refusal::BadgeLocked, Some(&login)).await,
            tries_left => Ok(Json(PinAnswer::WrongPin { tries_left })),
        };
    };
    gateway.db.clear_tries(badge_id).await?;
    if !gateway.db.use_tap(&body.tap).await? {
        return refused(Refusal::TapExpired, Some(&login)).await;
    }
    match account.await.unwrap_or(Err(Refusal::DirectoryUnavailable)) {
        Err(refusal) => refused(refusal, Some(&login)).await,
        Ok(account) => {
            let grant =
                gateway.open(verified, account, terminal).await.map_err(|e| internal(&e))?;
            Ok(Json(PinAnswer::Granted(grant)))
        }
    }
}
