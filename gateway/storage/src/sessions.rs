//! SSO sessions, their login tickets, and what must be told to the applications at their end.

use crate::{Sqlite, StorageError, during};
use borne_gateway_model::api::{EndReason, SessionId};
use borne_gateway_model::{Digest, Login, Moment, SsoSession, TerminalId};
use sqlx::Row as _;

/// A session that is open.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// Its name.
    pub id: SessionId,
    /// Whose.
    pub login: Login,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// E-mail address.
    pub mail: String,
    /// Where.
    pub terminal: TerminalId,
    /// That terminal's name.
    pub terminal_name: String,
    /// Since when.
    pub started: Moment,
    /// Its absolute end.
    pub ends: Moment,
}

/// A login ticket that was presented, was good, and is now used up.
pub struct RedeemedLogin {
    /// Its session.
    pub session: OpenSession,
    /// Of the terminal it was given to.
    pub public_key: Vec<u8>,
    /// That terminal has been revoked meanwhile.
    pub revoked: bool,
}

/// A session that has just ended.
pub struct Ended {
    /// The session as it was.
    pub session: OpenSession,
    /// Whom to tell.
    pub calls: Vec<LogoutCall>,
}

/// One application that must be told.
#[derive(Clone)]
pub struct LogoutCall {
    /// Its row.
    pub id: i64,
    /// Its name.
    pub app: String,
    /// Where to POST.
    pub address: String,
    /// The used service ticket that names its session.
    pub ticket: String,
    /// Whose session it was.
    pub login: String,
}

/// The sessions.
pub trait Sessions {
    /// Stores a session and its login ticket.
    async fn open(
        &self,
        session: &SsoSession,
        ticket: &Digest,
        ticket_expires: Moment,
    ) -> Result<(), StorageError>;
    /// Uses a login ticket up, whatever comes of it. `None`: unknown, used, expired, or its session
    /// is over.
    async fn redeem(
        &self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<RedeemedLogin>, StorageError>;
    /// Gives the session its cookie.
    async fn set_cookie(&self, id: &SessionId, cookie: &Digest) -> Result<(), StorageError>;
    /// The open session of a cookie.
    async fn session_of_cookie(
        &self,
        cookie: &Digest,
        now: Moment,
    ) -> Result<Option<OpenSession>, StorageError>;
    /// The open session of this name.
    async fn session(
        &self,
        id: &SessionId,
        now: Moment,
    ) -> Result<Option<OpenSession>, StorageError>;
    /// Every session that has not ended.
    async fn open_sessions(&self) -> Result<Vec<OpenSession>, StorageError>;
    /// Ends a session: its tickets open nothing from now on. `None`: it was over already.
    async fn end(
        &self,
        id: &SessionId,
        reason: EndReason,
        now: Moment,
    ) -> Result<Option<Ended>, StorageError>;
    /// Whom to tell still.
    async fn calls_due(&self) -> Result<Vec<LogoutCall>, StorageError>;
    /// Told, or given up.
    async fn call_done(&self, call: i64, now: Moment) -> Result<(), StorageError>;
}

macro_rules! open_session {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.login, s.given_name, s.family_name, s.mail, s.terminal, t.name, s.started_at, s.ends_at
             FROM sso_session s JOIN terminal t ON t.id = s.terminal WHERE s.ended_at IS NULL ",
            $rest
        )
    };
}

impl Sessions for Sqlite {
    async fn open(
        &self,
        session: &SsoSession,
        ticket: &Digest,
        ticket_expires: Moment,
    ) -> Result<(), StorageError> {
        let work = async {
            let mut tx = self.pool.begin().await?;
            sqlx::query(
                "INSERT INTO sso_session (id, login, given_name, family_name, mail, terminal, started_at, ends_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(&session.id().0)
            .bind(session.account().login().as_str())
            .bind(session.account().given_name())
            .bind(session.account().family_name())
            .bind(session.account().mail())
            .bind(session.badge().terminal().0)
            .bind(session.started().0)
            .bind(session.ends().0)
            .execute(&mut *tx)
            .await?;
            sqlx::query("INSERT INTO login_ticket (digest, session, expires_at) VALUES (?, ?, ?)")
                .bind(&ticket.0)
                .bind(&session.id().0)
                .bind(ticket_expires.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        };
        during("open a session", work.await)
    }

    async fn redeem(
        &self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<RedeemedLogin>, StorageError> {
        let work = async {
            let used = sqlx::query("UPDATE login_ticket SET used_at = ?1 WHERE digest = ?2 AND used_at IS NULL RETURNING session, expires_at > ?1")
                .bind(now.0)
                .bind(&ticket.0)
                .fetch_optional(&self.pool)
                .await?;
            let Some(id) = used.filter(|row| row.get(1)).map(|row| row.get::<String, _>(0)) else {
                return Ok(None);
            };
            let terminal = sqlx::query(
                "SELECT t.public_key, t.revoked_at IS NOT NULL FROM sso_session s JOIN terminal t ON t.id = s.terminal WHERE s.id = ?",
            )
            .bind(&id)
            .fetch_one(&self.pool)
            .await?;
            let row = sqlx::query(open_session!("AND s.id = ? AND s.ends_at > ?"))
                .bind(&id)
                .bind(now.0)
                .fetch_optional(&self.pool)
                .await?;
            Ok(row.as_ref().and_then(read).map(|session| RedeemedLogin {
                session,
                public_key: terminal.get::<Option<Vec<u8>>, _>(0).unwrap_or_default(),
                revoked: terminal.get(1),
            }))
        };
        during("redeem a login ticket", work.await)
    }

    async fn set_cookie(&self, id: &SessionId, cookie: &Digest) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE sso_session SET cookie = ? WHERE id = ?")
            .bind(&cookie.0)
            .bind(&id.0)
            .execute(&self.pool)
            .await;
        during("give a session its cookie", done.map(drop))
    }

    async fn session_of_cookie(
        &self,
        cookie: &Digest,
        now: Moment,
    ) -> Result<Option<OpenSession>, StorageError> {
        let row = sqlx::query(open_session!("AND s.cookie = ? AND s.ends_at > ?"))
            .bind(&cookie.0)
            .bind(now.0)
            .fetch_optional(&self.pool);
        Ok(during("look a cookie up", row.await)?.as_ref().and_then(read))
    }

    async fn session(
        &self,
        id: &SessionId,
        now: Moment,
    ) -> Result<Option<OpenSession>, StorageError> {
        let row = sqlx::query(open_session!("AND s.id = ? AND s.ends_at > ?"))
            .bind(&id.0)
            .bind(now.0)
            .fetch_optional(&self.pool);
        Ok(during("look a session up", row.await)?.as_ref().and_then(read))
    }

    async fn open_sessions(&self) -> Result<Vec<OpenSession>, StorageError> {
        let rows = sqlx::query(open_session!("ORDER BY s.started_at")).fetch_all(&self.pool).await;
        Ok(during("list the sessions", rows)?.iter().filter_map(read).collect())
    }

    async fn end(
        &self,
        id: &SessionId,
        reason: EndReason,
        now: Moment,
    ) -> Result<Option<Ended>, StorageError> {
        let work = async {
            let mut tx = self.pool.begin().await?;
            let row = sqlx::query(open_session!("AND s.id = ?"))
                .bind(&id.0)
                .fetch_optional(&mut *tx)
                .await?;
            let Some(session) = row.as_ref().and_then(read) else { return Ok(None) };
            sqlx::query(
                "UPDATE sso_session SET ended_at = ?, end_reason = ?, cookie = NULL WHERE id = ?",
            )
            .bind(now.0)
            .bind(format!("{reason:?}"))
            .bind(&id.0)
            .execute(&mut *tx)
            .await?;
            sqlx::query("UPDATE logout_call SET due_at = ? WHERE session = ?")
                .bind(now.0)
                .bind(&id.0)
                .execute(&mut *tx)
                .await?;
            let calls =
                sqlx::query("SELECT id, app, address, ticket FROM logout_call WHERE session = ? AND done_at IS NULL")
                    .bind(&id.0)
                    .fetch_all(&mut *tx)
                    .await?;
            tx.commit().await?;
            let calls =
                calls.iter().map(|row| call(row, session.login.as_str().to_owned())).collect();
            Ok(Some(Ended { session, calls }))
        };
        during("end a session", work.await)
    }

    async fn calls_due(&self) -> Result<Vec<LogoutCall>, StorageError> {
        let rows = sqlx::query(
            "SELECT c.id, c.app, c.address, c.ticket, s.login FROM logout_call c JOIN sso_session s ON s.id = c.session
             WHERE c.due_at IS NOT NULL AND c.done_at IS NULL",
        )
        .fetch_all(&self.pool)
        .await;
        Ok(during("list the logout calls", rows)?.iter().map(|row| call(row, row.get(4))).collect())
    }

    async fn call_done(&self, call: i64, now: Moment) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE logout_call SET done_at = ? WHERE id = ?")
            .bind(now.0)
            .bind(call)
            .execute(&self.pool)
            .await;
        during("close a logout call", done.map(drop))
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Option<OpenSession> {
    Some(OpenSession {
        id: SessionId(row.get(0)),
        login: Login::parse(&row.get::<String, _>(1))?,
        given_name: row.get(2),
        family_name: row.get(3),
        mail: row.get(4),
        terminal: TerminalId(row.get(5)),
        terminal_name: row.get(6),
        started: Moment(row.get(7)),
        ends: Moment(row.get(8)),
    })
}

fn call(row: &sqlx::sqlite::SqliteRow, login: String) -> LogoutCall {
    LogoutCall { id: row.get(0), app: row.get(1), address: row.get(2), ticket: row.get(3), login }
}
