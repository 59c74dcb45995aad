//! Opening and ending SSO sessions. Every end, whoever asks for it, goes through [`Sessions::end_in`],
//! in the transaction of whoever asks.

use crate::config;
use crate::directory::Directory;
use crate::edges::{Clock, OsRandom};
use crate::outbox::Outbox;
use crate::seats::Seats;
use borne_gateway_api::{EndReason, Grant, Refusal, SessionId};
use borne_gateway_model::{
    Account, AuditEvent, AuditKind, Kind, NoRandomness, SsoSession, TerminalId, VerifiedBadge,
};
use borne_gateway_storage::{NewSession, OpenSession, Storage, StorageError, Tx};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("{0}: {source}", source = .0.source)]
    Storage(#[from] StorageError),
}

/// What the sessions need.
pub struct Sessions {
    pub db: Storage,
    pub clock: Clock,
    pub random: Arc<OsRandom>,
    pub seats: Arc<Seats>,
    pub outbox: Arc<Outbox>,
    pub directory: Arc<Directory>,
    pub lives: config::Session,
    /// Where a browser redeems its ticket.
    pub redeem_url: String,
    /// What a browser must visit at the end.
    pub logout_urls: Vec<String>,
}

/// A session that is over, of which others must hear once that is certain.
#[must_use]
pub struct Ended(Vec<OpenSession>);

impl Sessions {
    /// Opens a session in the caller's transaction; the agent's and the terminal's earlier ones end
    /// in it. After its commit call [`Sessions::opened`].
    pub async fn open_in(
        &self,
        tx: &mut Tx,
        badge: VerifiedBadge,
        account: Account,
        address: Option<IpAddr>,
    ) -> Result<(Grant, SsoSession, Ended), OpenError> {
        let mut ended = Ended(Vec::new());
        for earlier in tx.open_sessions().await? {
            let reason = if earlier.terminal == badge.terminal() {
                EndReason::Switch
            } else if earlier.login == *badge.login() {
                EndReason::ElsewhereTap
            } else {
                continue;
            };
            ended.0.extend(self.end_in(tx, &earlier.id, reason, None).await?.0);
        }
        let (name, now) = (account.display_name(), self.clock.now());
        let life = self.lives.absolute_s * 1000;
        let session = SsoSession::open(badge, account, now, life, self.random.as_ref())?;
        let ticket = self.random.mint(Kind::Login)?;
        let ticket_expires = now.plus_ms(self.lives.login_ticket_ms);
        let new = NewSession { session: &session, ticket: &ticket.digest, ticket_expires, address };
        tx.open(&new).await?;
        let grant = Grant {
            session: session.id().clone(),
            ticket: ticket.text,
            redeem_url: self.redeem_url.clone(),
            name,
            logout_urls: self.logout_urls.clone(),
            wrong_pins: 0,
        };
        Ok((grant, session, ended))
    }

    /// The transaction that opened a session is there to stay: it is watched from now on.
    pub fn opened(self: &Arc<Self>, session: &SsoSession, ended: Ended) {
        self.ended(ended);
        let terminal = session.badge().terminal();
        tokio::spawn(guard(Arc::clone(self), session.id().clone(), terminal));
    }

    /// Ends a session in the caller's transaction: its cookie and tickets open nothing any more, the
    /// audit has it, and its applications are to be told. Nothing happens when it was over already.
    /// After the commit call [`Sessions::ended`].
    pub async fn end_in(
        &self,
        tx: &mut Tx,
        id: &SessionId,
        reason: EndReason,
        actor: Option<&str>,
    ) -> Result<Ended, StorageError> {
        let now = self.clock.now();
        let Some(session) = tx.end(id, reason, now).await? else { return Ok(Ended(Vec::new())) };
        let mut event = AuditEvent::of(AuditKind::Ended(reason))
            .login(&session.login)
            .terminal(&session.terminal_name)
            .session(id);
        event.badge = session.badge();
        event.actor = actor.map(str::to_owned);
        tx.audit(&event, now).await?;
        Ok(Ended(vec![session]))
    }

    /// The transaction that ended sessions is there to stay: their terminals and applications hear.
    pub fn ended(&self, ended: Ended) {
        for session in &ended.0 {
            tracing::info!(session = ?session.id, terminal = session.terminal_name, "ended");
            self.seats.of(session.terminal).news.notify_waiters();
        }
        if !ended.0.is_empty() {
            self.outbox.wake();
        }
    }

    /// Ends one session, in a transaction of its own.
    pub async fn end(&self, id: &SessionId, reason: EndReason) -> Result<(), StorageError> {
        let mut tx = self.db.begin().await?;
        let ended = self.end_in(&mut tx, id, reason, None).await?;
        tx.commit().await?;
        self.ended(ended);
        Ok(())
    }

    /// Ends every session that `meant` means, in the caller's transaction.
    pub async fn end_all_in(
        &self,
        tx: &mut Tx,
        meant: impl Fn(&OpenSession) -> bool,
        reason: EndReason,
        actor: Option<&str>,
    ) -> Result<Ended, StorageError> {
        let mut ended = Ended(Vec::new());
        for session in tx.open_sessions().await?.iter().filter(|session| meant(session)) {
            ended.0.extend(self.end_in(tx, &session.id, reason, actor).await?.0);
        }
        Ok(ended)
    }

    async fn is_over(&self, id: &SessionId) -> Result<bool, StorageError> {
        Ok(self.db.begin().await?.session(id).await?.is_none())
    }

    /// Asks the directory again whether the agent may still be in. A directory that does not answer
    /// changes nothing: the next time it will.
    async fn may_stay(&self, id: &SessionId) -> Result<Stay, StorageError> {
        let Some(session) = self.db.begin().await?.session(id).await? else {
            return Ok(Stay::Over);
        };
        match self.directory.account(&session.login, self.clock.now()).await {
            Ok(_) | Err(Refusal::DirectoryUnavailable) => Ok(Stay::Yes),
            Err(_) => Ok(Stay::No),
        }
    }
}

impl Ended {
    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

enum Stay {
    Yes,
    No,
    Over,
}

/// Ends the session at its absolute end, when its terminal has not been heard of for a heartbeat, or
/// when the directory has closed the account. It counts by a clock that is never put forward or back.
async fn guard(sessions: Arc<Sessions>, id: SessionId, terminal: TerminalId) {
    let lives = &sessions.lives;
    let heartbeat = Duration::from_millis(lives.heartbeat_ms);
    let recheck = Duration::from_secs(lives.recheck_s);
    let absolute = Instant::now() + Duration::from_secs(lives.absolute_s);
    let seat = sessions.seats.of(terminal);
    seat.heard_now();
    let mut ask = Instant::now() + recheck;
    loop {
        tokio::time::sleep_until((seat.heard() + heartbeat).min(absolute).min(ask)).await;
        let now = Instant::now();
        let reason = if now >= absolute {
            EndReason::Expired
        } else if now >= seat.heard() + heartbeat {
            EndReason::HeartbeatLost
        } else if now >= ask {
            ask = now + recheck;
            match sessions.may_stay(&id).await {
                Ok(Stay::No) => EndReason::AccountClosed,
                Ok(Stay::Over) => return,
                Ok(Stay::Yes) | Err(_) => continue,
            }
        } else if matches!(sessions.is_over(&id).await, Ok(true)) {
            return;
        } else {
            continue;
        };
        match sessions.end(&id, reason).await {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(%error, source = %error.source, "cannot end a session; again soon");
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
