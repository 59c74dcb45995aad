//! Opening and ending SSO sessions. Every end, whoever asks for it, goes through [`Gateway::end`].

use crate::edges::now;
use crate::gateway::Gateway;
use crate::logout;
use borne_gateway_api::{EndReason, Grant, SessionId};
use borne_gateway_model::{
    Account, AuditKind, Kind, NoRandomness, SsoSession, TerminalId, VerifiedBadge,
};
use borne_gateway_storage::{Sessions as _, StorageError, Terminal};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("{0}: {source}", source = .0.source)]
    Storage(#[from] StorageError),
}

impl Gateway {
    /// Opens a session; the agent's and the terminal's earlier ones end.
    pub async fn open(
        self: &Arc<Self>,
        badge: VerifiedBadge,
        account: Account,
        terminal: &Terminal,
    ) -> Result<Grant, OpenError> {
        for earlier in self.db.open_sessions().await? {
            if earlier.terminal == terminal.id {
                self.end(&earlier.id, EndReason::Switch).await?;
            } else if earlier.login == *badge.login() {
                self.end(&earlier.id, EndReason::ElsewhereTap).await?;
            }
        }
        let (name, lives) = (account.display_name(), &self.config.session);
        let session =
            SsoSession::open(badge, account, now(), lives.absolute_s * 1000, self.random.as_ref())?;
        let ticket = self.mint(Kind::Login)?;
        self.db.open(&session, &ticket.digest, now().plus_ms(lives.login_ticket_ms)).await?;
        self.audit(AuditKind::Granted, Some(session.account().login()), Some(&terminal.name)).await;
        tokio::spawn(guard(Arc::clone(self), session.id().clone(), terminal.id));
        Ok(Grant {
            session: session.id().clone(),
            ticket: ticket.text,
            redeem_url: format!("{}/borne/redeem", self.config.web.url),
            name,
            logout_urls: self.apps.logout_visits(),
        })
    }

    /// Ends a session. From here on its cookie and tickets open nothing; the applications are being
    /// told in the returned task, which is over after the first try at each. Nothing happens when
    /// the session was over already.
    pub async fn end(
        self: &Arc<Self>,
        id: &SessionId,
        reason: EndReason,
    ) -> Result<Option<JoinHandle<()>>, StorageError> {
        let Some(ended) = self.db.end(id, reason, now()).await? else { return Ok(None) };
        let session = &ended.session;
        self.audit(AuditKind::Ended(reason), Some(&session.login), Some(&session.terminal_name))
            .await;
        self.seats.of(session.terminal).news.notify_waiters();
        Ok(Some(tokio::spawn(logout::tell_all(Arc::clone(self), ended.calls))))
    }

    /// Ends every session of a terminal.
    pub async fn end_all_of(
        self: &Arc<Self>,
        terminal: TerminalId,
        reason: EndReason,
    ) -> Result<(), StorageError> {
        for session in
            self.db.open_sessions().await?.iter().filter(|session| session.terminal == terminal)
        {
            self.end(&session.id, reason).await?;
        }
        Ok(())
    }
}

/// Ends the session at its absolute end, or when its terminal has not been heard of for a
/// heartbeat.
async fn guard(gateway: Arc<Gateway>, id: SessionId, terminal: TerminalId) {
    let lives = &gateway.config.session;
    let heartbeat = Duration::from_millis(lives.heartbeat_ms);
    let absolute = Instant::now() + Duration::from_secs(lives.absolute_s);
    let seat = gateway.seats.of(terminal);
    seat.heard_now();
    loop {
        let silent = seat.heard() + heartbeat;
        tokio::time::sleep_until(silent.min(absolute)).await;
        let reason = match Instant::now() {
            at if at >= absolute => EndReason::Expired,
            at if at >= seat.heard() + heartbeat => EndReason::HeartbeatLost,
            _ => match gateway.db.session(&id, now()).await {
                Ok(None) => return,
                _ => continue,
            },
        };
        match gateway.end(&id, reason).await {
            Ok(_) => return,
            Err(error) => {
                tracing::error!(%error, source = %error.source, "cannot end a session; trying again")
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
