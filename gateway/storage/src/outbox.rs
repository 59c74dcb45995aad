//! What must be told to applications at the end of a session, until it has been.

use crate::{StorageError, Tx, during};
use borne_gateway_model::Moment;
use borne_gateway_model::api::SessionId;

/// One application that must be told.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LogoutCall {
    /// Its row.
    pub id: i64,
    /// The session that is over.
    pub session: String,
    /// The application's name.
    pub application: String,
    /// Where to POST.
    pub address: String,
    /// The used service ticket that names its session.
    pub ticket: String,
    /// Tries before this one.
    pub tries: u32,
    /// Whose session it was.
    pub login: String,
    /// Where.
    pub terminal: String,
}

impl Tx {
    /// Remembers that an application holds a session of its own under this (used) ticket.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_app_session(
        &mut self,
        session: &SessionId,
        application: &str,
        address: &str,
        ticket: &str,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "INSERT INTO app_session (session, application, address, ticket) VALUES ($1, $2, $3, $4)",
        )
        .bind(&session.0)
        .bind(application)
        .bind(address)
        .bind(ticket)
        .execute(self.on())
        .await;
        during("remember an application's session", done.map(drop))
    }

    /// What is due, the longest due first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn calls_due(
        &mut self,
        now: Moment,
        count: u32,
    ) -> Result<Vec<LogoutCall>, StorageError> {
        let rows = sqlx::query_as(
            "SELECT a.id, a.session, a.application, a.address, a.ticket, o.tries, s.login,
             t.name AS terminal
             FROM outbox o JOIN app_session a ON a.id = o.app_session
             JOIN sso_session s ON s.id = a.session JOIN terminal t ON t.id = s.terminal
             WHERE o.due_at <= $1 ORDER BY o.due_at LIMIT $2",
        )
        .bind(now.0)
        .bind(count)
        .fetch_all(self.on())
        .await;
        during("list the logout calls", rows)
    }

    /// When the next is due.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_call(&mut self) -> Result<Option<Moment>, StorageError> {
        let at = sqlx::query_scalar::<_, Option<i64>>("SELECT min(due_at) FROM outbox")
            .fetch_one(self.on())
            .await;
        Ok(during("look for the next logout call", at)?.map(Moment))
    }

    /// Whether an application of this session has not been tried once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn untold(&mut self, session: &SessionId) -> Result<bool, StorageError> {
        let count = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM outbox o JOIN app_session a ON a.id = o.app_session
             WHERE a.session = $1 AND o.tries = 0",
        )
        .bind(&session.0)
        .fetch_one(self.on())
        .await;
        Ok(during("look for untold applications", count)? > 0)
    }

    /// It was told, or given up.
    ///
    /// # Errors
    /// The database failed.
    pub async fn call_done(&mut self, call: i64) -> Result<(), StorageError> {
        let done = sqlx::query("DELETE FROM outbox WHERE app_session = $1")
            .bind(call)
            .execute(self.on())
            .await;
        during("close a logout call", done.map(drop))
    }

    /// It is to be told again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn call_again(&mut self, call: i64, due: Moment) -> Result<(), StorageError> {
        let done =
            sqlx::query("UPDATE outbox SET due_at = $1, tries = tries + 1 WHERE app_session = $2")
                .bind(due.0)
                .bind(call)
                .execute(self.on())
                .await;
        during("put a logout call off", done.map(drop))
    }

    /// What is due later than `horizon` is due at `horizon`: the clock was put back.
    ///
    /// # Errors
    /// The database failed.
    pub async fn calls_before(&mut self, horizon: Moment) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE outbox SET due_at = $1 WHERE due_at > $1")
            .bind(horizon.0)
            .execute(self.on())
            .await;
        during("bring logout calls forward", done.map(drop))
    }
}
