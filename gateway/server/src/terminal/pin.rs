//! A PIN is typed. Its order is the rule: judged, counted and written down before it is checked;
//! checked outside of any transaction; what came of it in one more.

use super::badge::{laid_in_vain, of, slowed};
use super::peer::{Body, Fault, Peer, admitted, internal};
use crate::config::Limits;
use crate::directory::Directory;
use crate::edges::Clock;
use crate::pins::Pins;
use crate::seats::Seats;
use crate::sessions::Sessions;
use crate::trail::Trail;
use axum::Json;
use axum::extract::{FromRef, State};
use borne_gateway_api::{ApiError, PinAnswer, PinRequest, Refusal, TapId};
use borne_gateway_model::{Account, AuditKind, Login, Pin, Verdict, VerifiedBadge, verdict};
use borne_gateway_storage::{Badge, Storage, Tx};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// What a PIN may touch.
#[derive(Clone)]
pub struct Parts {
    db: Storage,
    pins: Arc<Pins>,
    seats: Arc<Seats>,
    directory: Arc<Directory>,
    sessions: Arc<Sessions>,
    trail: Arc<Trail>,
    clock: Clock,
    limits: Limits,
}

impl FromRef<crate::gateway::Gateway> for Parts {
    fn from_ref(gateway: &crate::gateway::Gateway) -> Self {
        Self {
            db: gateway.db.clone(),
            pins: Arc::clone(&gateway.pins),
            seats: Arc::clone(&gateway.seats),
            directory: Arc::clone(&gateway.directory),
            sessions: Arc::clone(&gateway.sessions),
            trail: Arc::clone(&gateway.trail),
            clock: gateway.clock,
            limits: gateway.config.limits,
        }
    }
}

/// `/v1/pin`.
pub async fn pin(
    State(parts): State<Parts>,
    peer: Peer,
    Body(body): Body<PinRequest>,
) -> Result<Json<PinAnswer>, Fault> {
    let pin = Pin::typed(body.pin.expose()).map_err(|_| Fault(ApiError::BadRequest))?;
    let (badge, line) = match parts.count(&peer, &body.tap).await? {
        Counted::Try(badge, line) => (badge, line),
        Counted::No(answer) => return Ok(Json(answer)),
    };
    let account = parts.look_up(&badge.login);
    let checked = parts.pins.check(badge.clone(), peer.terminal.id, pin).await;
    Ok(Json(match checked.map_err(|e| internal(&e))? {
        Some(verified) => {
            let account = account.await.unwrap_or(Err(Refusal::DirectoryUnavailable));
            parts.right(&peer, &body.tap, verified, account, (&badge, line)).await?
        }
        None => {
            account.abort();
            parts.wrong(&peer, &badge, line).await?
        }
    }))
}

enum Counted {
    /// May be tried; the number of its audit line.
    Try(Badge, i64),
    No(PinAnswer),
}

impl Parts {
    /// Judges the try, counts it as wrong, and writes it down.
    async fn count(&self, peer: &Peer, tap: &TapId) -> Result<Counted, Fault> {
        let (terminal, now) = (peer.terminal.id, self.clock.now());
        let seat = self.seats.of(terminal);
        let in_time = seat.may_try_pin(self.limits.pins_per_minute, self.clock.steady());
        if !in_time {
            let kind = AuditKind::Refused(Refusal::TooManyTries);
            self.trail.stranger(kind, peer.address, Some(&peer.terminal.name)).await;
            return Ok(Counted::No(PinAnswer::Refused(Refusal::TooManyTries)));
        }
        let mut tx = self.db.begin().await?;
        let tap = tx.tap(tap, now).await?.filter(|tap| tap.terminal == terminal);
        let Some(tap) = tap else {
            return refuse(tx, peer, Refusal::TapExpired, None, self.clock).await;
        };
        // A badge's taps go with it.
        let Some(badge) = tx.badge(tap.badge).await? else {
            return refuse(tx, peer, Refusal::UnknownBadge, None, self.clock).await;
        };
        if let Some(seconds) = slowed(&mut tx, terminal, self.limits, now).await? {
            return delay(tx, peer, &badge, seconds, self.clock).await;
        }
        match verdict(&tx.counted(badge.id, terminal, now).await?, now) {
            Verdict::Wait(seconds) => return delay(tx, peer, &badge, seconds, self.clock).await,
            Verdict::NewPin => {
                return refuse(tx, peer, Refusal::BadgeLocked, Some(&badge), self.clock).await;
            }
            Verdict::Go { .. } => {}
        }
        tx.count_wrong(badge.id, terminal, now).await?;
        let line = tx.audit(&of(peer, AuditKind::PinTried, Some(&badge)), now).await?;
        tx.commit().await?;
        Ok(Counted::Try(badge, line))
    }

    /// Asks the directory while the PIN is hashed.
    fn look_up(&self, login: &Login) -> JoinHandle<Result<Account, Refusal>> {
        let (directory, login, now) =
            (Arc::clone(&self.directory), login.clone(), self.clock.now());
        tokio::spawn(async move { directory.account(&login, now).await })
    }

    async fn wrong(&self, peer: &Peer, badge: &Badge, line: i64) -> Result<PinAnswer, Fault> {
        let (terminal, now) = (peer.terminal.id, self.clock.now());
        let mut tx = self.db.begin().await?;
        tx.reword(line, AuditKind::PinWrong).await?;
        laid_in_vain(&mut tx, peer, &badge.uid_key, self.limits, now).await?;
        let next = verdict(&tx.counted(badge.id, terminal, now).await?, now);
        tx.commit().await?;
        Ok(match next {
            Verdict::Go { left } => {
                PinAnswer::WrongPin { tries_left: u8::try_from(left).unwrap_or(u8::MAX) }
            }
            Verdict::Wait(seconds) => wait(peer, seconds),
            Verdict::NewPin => PinAnswer::Refused(Refusal::BadgeLocked),
        })
    }

    async fn right(
        &self,
        peer: &Peer,
        tap: &TapId,
        verified: VerifiedBadge,
        account: Result<Account, Refusal>,
        (badge, line): (&Badge, i64),
    ) -> Result<PinAnswer, Fault> {
        let mut tx = self.db.begin().await?;
        // While it was checked IT may have taken the terminal, the badge or the PIN away.
        let terminal = admitted(&mut tx, &peer.fingerprint).await?;
        let same = tx.badge(badge.id).await?.is_some_and(|now| now.pin_hash.0 == badge.pin_hash.0);
        if terminal.is_none() || !same || !tx.use_tap(tap).await? {
            tx.reword(line, AuditKind::Refused(Refusal::TapExpired)).await?;
            tx.commit().await?;
            return Ok(PinAnswer::Refused(Refusal::TapExpired));
        }
        let wrong_pins = tx.was_right(badge.id).await?;
        tx.clear_suspect(&badge.uid_key).await?;
        let account = match account {
            Ok(account) => account,
            Err(refusal) => {
                tx.reword(line, AuditKind::Refused(refusal)).await?;
                tx.commit().await?;
                return Ok(PinAnswer::Refused(refusal));
            }
        };
        let opened = self.sessions.open_in(&mut tx, verified, account, Some(peer.address)).await;
        let (mut grant, session, ended) = opened.map_err(|e| internal(&e))?;
        tx.granted(line, session.id()).await?;
        tx.commit().await?;
        self.sessions.opened(&session, ended);
        if peer.api >= 2 {
            grant.wrong_pins = wrong_pins;
        }
        Ok(PinAnswer::Granted(grant))
    }
}

async fn refuse(
    mut tx: Tx,
    peer: &Peer,
    refusal: Refusal,
    badge: Option<&Badge>,
    clock: Clock,
) -> Result<Counted, Fault> {
    tx.audit(&of(peer, AuditKind::Refused(refusal), badge), clock.now()).await?;
    tx.commit().await?;
    Ok(Counted::No(PinAnswer::Refused(refusal)))
}

async fn delay(
    mut tx: Tx,
    peer: &Peer,
    badge: &Badge,
    seconds: u32,
    clock: Clock,
) -> Result<Counted, Fault> {
    tx.audit(&of(peer, AuditKind::Delayed, Some(badge)), clock.now()).await?;
    tx.commit().await?;
    Ok(Counted::No(wait(peer, seconds)))
}

fn wait(peer: &Peer, seconds: u32) -> PinAnswer {
    if peer.api >= 2 {
        PinAnswer::Wait { seconds }
    } else {
        PinAnswer::Refused(Refusal::TooManyTries)
    }
}
