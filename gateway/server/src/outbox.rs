//! The outbox: tells each application that a session is over, by the strategy that was written down
//! when it let the agent in, until it has heard it or two hours have passed.
//!
//! Duties: one worker over the rows that are due; what came of each try and when the next one is are
//! written in one transaction. An application that is not told has its audit line too. A row that
//! is due when the gateway stops is told after its start.
//! Never: a call that is not written down before it is made.

use crate::cas::xml;
use crate::edges::{Clock, OsRandom};
use borne_gateway_api::SessionId;
use borne_gateway_model::{AuditEvent, AuditKind, Kind, LogoutOutcome, LogoutStrategy};
use borne_gateway_storage::{LogoutCall, Storage, StorageError};
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// Pauses before the further tries, in milliseconds; two hours in all.
const PAUSES_MS: [u64; 7] = [500, 2_000, 10_000, 60_000, 300_000, 1_800_000, 5_000_000];
const AT_ONCE: u32 = 32;
/// How long the worker sleeps at most, and after a failure of the database.
const LOOK: Duration = Duration::from_secs(60);
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The outbox.
pub struct Outbox {
    db: Storage,
    clock: Clock,
    random: Arc<OsRandom>,
    http: reqwest::Client,
    /// How long a first try may take.
    patience: Duration,
    due: Notify,
    rounds: watch::Sender<u64>,
}

impl Outbox {
    /// `http` bounds each call by `patience`.
    pub fn new(
        db: Storage,
        clock: Clock,
        random: Arc<OsRandom>,
        http: reqwest::Client,
        patience: Duration,
    ) -> Self {
        let (due, rounds) = (Notify::new(), watch::Sender::new(0));
        Self { db, clock, random, http, patience, due, rounds }
    }

    /// Something has become due.
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Waits until every application of an ended session has been tried once, or not much longer
    /// than one try takes.
    pub async fn told_once(&self, session: &SessionId) {
        let mut rounds = self.rounds.subscribe();
        let wait = async {
            while self.is_untold(session).await {
                if rounds.changed().await.is_err() {
                    return;
                }
            }
        };
        let _late = timeout(self.patience * 2, wait).await;
    }

    async fn is_untold(&self, session: &SessionId) -> bool {
        let look = async { self.db.begin().await?.untold(session).await };
        look.await.unwrap_or(true)
    }

    /// Works. Never returns.
    pub async fn work(&self) {
        loop {
            let pause = match self.round().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, source = %error.source, "the outbox waits");
                    AFTER_FAILURE
                }
            };
            self.rounds.send_modify(|rounds| *rounds += 1);
            let _woken = timeout(pause, self.due.notified()).await;
        }
    }

    /// Tells all that is due; how long there is nothing to do then.
    async fn round(&self) -> Result<Duration, StorageError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        // Put off by a clock that ran ahead: not longer than the longest pause.
        tx.calls_before(now.plus_ms(PAUSES_MS[PAUSES_MS.len() - 1])).await?;
        let calls = tx.calls_due(now, AT_ONCE).await?;
        let next = tx.next_call().await?;
        tx.commit().await?;
        if calls.is_empty() {
            return Ok(next.map_or(LOOK, |at| Duration::from_millis(at.ms_from(now)).min(LOOK)));
        }
        for told in join_all(calls.iter().map(|call| self.tell(call))).await {
            told?;
        }
        Ok(Duration::ZERO)
    }

    async fn tell(&self, call: &LogoutCall) -> Result<(), StorageError> {
        let outcome = match &call.logout {
            Some(LogoutStrategy::CasSlo { address, ticket }) => {
                heard(call, self.cas_slo(address, ticket).await)
            }
            Some(LogoutStrategy::BrowserVisit) => LogoutOutcome::ByBrowser,
            Some(LogoutStrategy::None) => LogoutOutcome::Untold,
            None => LogoutOutcome::GivenUp,
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        match (outcome, pause(call)) {
            (LogoutOutcome::Retrying, Some(pause)) => {
                tx.call_again(call.id, now.plus_ms(pause)).await?;
            }
            _ => tx.call_done(call.id).await?,
        }
        let mut event = AuditEvent::of(AuditKind::LogoutSent(outcome))
            .session(&call.session)
            .application(&call.application);
        (event.login, event.terminal) = (call.login.clone(), call.terminal.clone());
        tx.audit(&event, now).await?;
        tx.commit().await
    }

    async fn cas_slo(&self, address: &str, ticket: &str) -> Result<(), String> {
        let id = self.random.mint(Kind::Login).map_err(|_| "no randomness")?;
        let body = xml::logout_message(ticket, id.text.expose(), self.clock.now());
        self.post(address, body).await
    }

    async fn post(&self, address: &str, body: String) -> Result<(), String> {
        let sent =
            self.http
                .post(address)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
                .send()
                .await
                // The error's own text names the address.
                .map_err(|error| {
                    if error.is_timeout() { "no answer in time" } else { "cannot be reached" }
                })?;
        let status = sent.status();
        if status.is_success() { Ok(()) } else { Err(format!("status {}", status.as_u16())) }
    }
}

/// How long after this try the next one is; `None`: it is the last.
fn pause(call: &LogoutCall) -> Option<u64> {
    usize::try_from(call.tries).ok().and_then(|tries| PAUSES_MS.get(tries)).copied()
}

/// What became of a try.
fn heard(call: &LogoutCall, sent: Result<(), String>) -> LogoutOutcome {
    let Err(problem) = sent else { return LogoutOutcome::Told };
    tracing::warn!(app = call.application, problem, "logout not delivered");
    if pause(call).is_some() { LogoutOutcome::Retrying } else { LogoutOutcome::GivenUp }
}
