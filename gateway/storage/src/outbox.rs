//! What must be told to applications at the end of a session, until it has been.

use crate::{StorageError, Tx, during};
use borne_gateway_model::api::SessionId;
use borne_gateway_model::{Login, LogoutStrategy, Moment};

/// One session of an application that must be ended.
#[derive(Clone, Debug)]
pub struct LogoutCall {
    /// Its row.
    pub id: i64,
    /// The session of ours that is over.
    pub session: SessionId,
    /// The application's name.
    pub application: String,
    /// How it is ended; `None`: the row cannot be read.
    pub logout: Option<LogoutStrategy>,
    /// Tries before this one.
    pub tries: u32,
    /// Whose session it was.
    pub login: Option<Login>,
    /// At which terminal.
    pub terminal: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    session: String,
    application: String,
    logout: String,
    address: Option<String>,
    handle: Option<String>,
    tries: u32,
    login: String,
    terminal: Option<String>,
}

impl From<Row> for LogoutCall {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            session: SessionId(row.session),
            application: row.application,
            logout: LogoutStrategy::of_parts(&row.logout, row.address, row.handle),
            tries: row.tries,
            login: Login::parse(&row.login),
            terminal: row.terminal,
        }
    }
}

impl Tx {
    /// What is due, the longest due first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn calls_due(
        &mut self,
        now: Moment,
        count: u32,
    ) -> Result<Vec<LogoutCall>, StorageError> {
        let rows = sqlx::query_as::<_, Row>(
            "SELECT a.id, a.session, a.application, a.logout, a.address, a.handle, o.tries, s.login,
             t.name AS terminal
             FROM outbox o JOIN app_session a ON a.id = o.app_session
             JOIN sso_session s ON s.id = a.session LEFT JOIN terminal t ON t.id = s.terminal
             WHERE o.due_at <= $1 ORDER BY o.due_at LIMIT $2",
        )
        .bind(now.0)
        .bind(count)
        .fetch_all(self.on())
        .await;
        Ok(during("list the logout calls", rows)?.into_iter().map(LogoutCall::from).collect())
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
