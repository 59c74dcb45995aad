//! The audit trail. What strangers can cause is kept apart and bounded by itself.

use crate::{StorageError, Tx, during};
use borne_gateway_model::api::SessionId;
use borne_gateway_model::{AuditEvent, AuditKind, Moment};
use std::net::IpAddr;

/// A line of the trail.
#[derive(sqlx::FromRow)]
pub struct AuditRow {
    /// When it happened.
    #[sqlx(try_from = "i64")]
    pub at: Moment,
    /// The word of what happened.
    pub event: String,
    /// How often, where lines were folded into one.
    pub times: u32,
    /// Who, when it was IT.
    pub actor: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// The login of the account concerned.
    pub login: Option<String>,
    /// Which badge of the registry.
    pub badge: Option<i64>,
    /// The name of the terminal it happened at.
    pub terminal: Option<String>,
    /// The session it happened in.
    pub session: Option<String>,
    /// The application it concerns.
    pub application: Option<String>,
}

/// Which lines are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What terminals, agents, applications and IT did.
    Own,
    /// What anybody can cause.
    Strangers,
    /// Both trails.
    All,
}

macro_rules! own {
    () => {
        "SELECT id, at, event, times, actor, address, login, badge, terminal, session, application FROM audit"
    };
}
macro_rules! strangers {
    () => {
        "SELECT id, at, event, times, NULL AS actor, address, NULL AS login, NULL AS badge, terminal, NULL AS session, NULL AS application FROM stranger_audit"
    };
}

impl Tx {
    /// Writes one line; its number, for [`Tx::reword`].
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit(&mut self, event: &AuditEvent, now: Moment) -> Result<i64, StorageError> {
        let row = sqlx::query_scalar(
            "INSERT INTO audit (at, event, actor, address, login, badge, terminal, session, application)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        )
        .bind(now.0)
        .bind(event.kind.word())
        .bind(&event.actor)
        .bind(event.address.map(|address| address.to_string()))
        .bind(event.login.as_ref().map(|login| login.as_str().to_owned()))
        .bind(event.badge.map(|badge| badge.0))
        .bind(&event.terminal)
        .bind(event.session.as_ref().map(|session| session.0.clone()))
        .bind(&event.application)
        .fetch_one(self.on())
        .await;
        during("write an audit line", row)
    }

    /// Says what came of an act whose line was written before it was known.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reword(&mut self, line: i64, kind: AuditKind) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE audit SET event = $1 WHERE id = $2")
            .bind(kind.word())
            .bind(line)
            .execute(self.on())
            .await;
        during("complete an audit line", done.map(drop))
    }

    /// The same, for an act that opened a session.
    ///
    /// # Errors
    /// The database failed.
    pub async fn granted(&mut self, line: i64, session: &SessionId) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE audit SET event = $1, session = $2 WHERE id = $3")
            .bind(AuditKind::Granted.word())
            .bind(&session.0)
            .bind(line)
            .execute(self.on())
            .await;
        during("complete an audit line", done.map(drop))
    }

    /// Writes down what a stranger did so many times.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit_stranger(
        &mut self,
        kind: AuditKind,
        address: Option<IpAddr>,
        terminal: Option<&str>,
        times: u32,
        now: Moment,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "INSERT INTO stranger_audit (at, event, address, terminal, times) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(now.0)
        .bind(kind.word())
        .bind(address.map(|address| address.to_string()))
        .bind(terminal)
        .bind(times)
        .execute(self.on())
        .await;
        during("write an audit line of strangers", done.map(drop))
    }

    /// The last lines, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit_tail(
        &mut self,
        which: Which,
        count: u32,
    ) -> Result<Vec<AuditRow>, StorageError> {
        let text = match which {
            Which::Own => concat!(own!(), " ORDER BY at DESC, id DESC LIMIT $1"),
            Which::Strangers => concat!(strangers!(), " ORDER BY at DESC, id DESC LIMIT $1"),
            Which::All => {
                concat!(own!(), " UNION ALL ", strangers!(), " ORDER BY at DESC, id DESC LIMIT $1")
            }
        };
        let rows = sqlx::query_as::<_, AuditRow>(text).bind(count).fetch_all(self.on()).await;
        let mut rows = during("read the audit", rows)?;
        rows.reverse();
        Ok(rows)
    }

    /// Drops the oldest lines: those before `horizon`, and of each trail what is more than its
    /// bound. How many lines of the first trail fell to its bound.
    ///
    /// # Errors
    /// The database failed.
    pub async fn shorten_audit(
        &mut self,
        horizon: Moment,
        own: u32,
        strangers: u32,
    ) -> Result<u64, StorageError> {
        let work = async {
            sqlx::query("DELETE FROM audit WHERE at < $1")
                .bind(horizon.0)
                .execute(self.on())
                .await?;
            sqlx::query("DELETE FROM stranger_audit WHERE at < $1")
                .bind(horizon.0)
                .execute(self.on())
                .await?;
            sqlx::query(
                "DELETE FROM stranger_audit WHERE id <= (SELECT max(id) FROM stranger_audit) - $1",
            )
            .bind(strangers)
            .execute(self.on())
            .await?;
            let cut = sqlx::query("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - $1")
                .bind(own)
                .execute(self.on())
                .await?;
            Ok(cut.rows_affected())
        };
        during("shorten the audit", work.await)
    }
}
