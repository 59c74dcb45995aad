//! SSO sessions and their login tickets. A session is open until it is ended, whatever the clock
//! says of [`OpenSession::ends`].

use crate::{StorageError, Tx, during};
use borne_gateway_model::api::{EndReason, SessionId};
use borne_gateway_model::{BadgeId, Digest, Login, Moment, SsoSession, TerminalId};
use std::net::IpAddr;

/// A session that is open.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenSession {
    /// Its name.
    #[sqlx(try_from = "String")]
    pub id: SessionId,
    /// The agent who is logged in.
    #[sqlx(try_from = "String")]
    pub login: Login,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// E-mail address.
    pub mail: String,
    /// The terminal it was opened at.
    #[sqlx(try_from = "i64")]
    pub terminal: TerminalId,
    /// That terminal's name.
    pub terminal_name: String,
    /// The badge it was opened with.
    badge: Option<i64>,
    /// When it was opened.
    #[sqlx(try_from = "i64")]
    pub started: Moment,
    /// Its absolute end.
    #[sqlx(try_from = "i64")]
    pub ends: Moment,
}

impl OpenSession {
    /// The badge it was opened with; `None` for one that an older gateway opened.
    #[must_use]
    pub fn badge(&self) -> Option<BadgeId> {
        self.badge.map(BadgeId)
    }
}

/// A session to be stored, with the ticket that its browser will redeem.
pub struct NewSession<'a> {
    /// The session.
    pub session: &'a SsoSession,
    /// Of its login ticket.
    pub ticket: &'a Digest,
    /// Until when that can be redeemed.
    pub ticket_expires: Moment,
    /// Where the request came from.
    pub address: Option<IpAddr>,
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

macro_rules! open_session {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.login, s.given_name, s.family_name, s.mail, s.terminal, s.badge,
             t.name AS terminal_name, s.started_at AS started, s.ends_at AS ends
             FROM sso_session s JOIN terminal t ON t.id = s.terminal WHERE s.ended_at IS NULL ",
            $rest
        )
    };
}

impl Tx {
    /// Stores a session and its login ticket.
    ///
    /// # Errors
    /// The database failed, or the terminal or the agent has an open session.
    pub async fn open(&mut self, new: &NewSession<'_>) -> Result<(), StorageError> {
        let session = new.session;
        let work = async {
            sqlx::query(
                "INSERT INTO sso_session
                 (id, login, given_name, family_name, mail, terminal, badge, address, started_at, ends_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(&session.id().0)
            .bind(session.account().login().as_str())
            .bind(session.account().given_name())
            .bind(session.account().family_name())
            .bind(session.account().mail())
            .bind(session.badge().terminal().0)
            .bind(session.badge().badge().0)
            .bind(new.address.map(|address| address.to_string()))
            .bind(session.started().0)
            .bind(session.ends().0)
            .execute(self.on())
            .await?;
            sqlx::query(
                "INSERT INTO login_ticket (digest, session, expires_at) VALUES ($1, $2, $3)",
            )
            .bind(&new.ticket.0)
            .bind(&session.id().0)
            .bind(new.ticket_expires.0)
            .execute(self.on())
            .await
        };
        during("open a session", work.await.map(drop))
    }

    /// Uses a login ticket up, whatever comes of it. `None`: unknown, used, expired, or its session
    /// is over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn redeem(
        &mut self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<RedeemedLogin>, StorageError> {
        let work = async {
            let used = sqlx::query_as::<_, (String, bool)>(
                "UPDATE login_ticket SET used_at = $1 WHERE digest = $2 AND used_at IS NULL
                 RETURNING session, expires_at > $1",
            )
            .bind(now.0)
            .bind(&ticket.0)
            .fetch_optional(self.on())
            .await?;
            let Some((id, true)) = used else { return Ok(None) };
            let session = sqlx::query_as::<_, OpenSession>(open_session!("AND s.id = $1"))
                .bind(&id)
                .fetch_optional(self.on())
                .await?;
            let Some(session) = session else { return Ok(None) };
            let (public_key, revoked) = sqlx::query_as::<_, (Option<Vec<u8>>, bool)>(
                "SELECT public_key, revoked_at IS NOT NULL FROM terminal WHERE id = $1",
            )
            .bind(session.terminal.0)
            .fetch_one(self.on())
            .await?;
            let public_key = public_key.unwrap_or_default();
            Ok(Some(RedeemedLogin { session, public_key, revoked }))
        };
        during("redeem a login ticket", work.await)
    }

    /// Gives the session its cookie.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_cookie(
        &mut self,
        id: &SessionId,
        cookie: &Digest,
    ) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE sso_session SET cookie = $1 WHERE id = $2")
            .bind(&cookie.0)
            .bind(&id.0)
            .execute(self.on())
            .await;
        during("give a session its cookie", done.map(drop))
    }

    /// The open session of a cookie.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session_of_cookie(
        &mut self,
        cookie: &Digest,
    ) -> Result<Option<OpenSession>, StorageError> {
        let row = sqlx::query_as(open_session!("AND s.cookie = $1"))
            .bind(&cookie.0)
            .fetch_optional(self.on());
        during("look a cookie up", row.await)
    }

    /// The open session of this name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session(&mut self, id: &SessionId) -> Result<Option<OpenSession>, StorageError> {
        let row =
            sqlx::query_as(open_session!("AND s.id = $1")).bind(&id.0).fetch_optional(self.on());
        during("look a session up", row.await)
    }

    /// The open session of a terminal.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session_at(
        &mut self,
        terminal: TerminalId,
    ) -> Result<Option<OpenSession>, StorageError> {
        let row = sqlx::query_as(open_session!("AND s.terminal = $1"))
            .bind(terminal.0)
            .fetch_optional(self.on());
        during("look a terminal's session up", row.await)
    }

    /// Every session that has not ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_sessions(&mut self) -> Result<Vec<OpenSession>, StorageError> {
        let rows =
            sqlx::query_as(open_session!("ORDER BY s.started_at")).fetch_all(self.on()).await;
        during("list the sessions", rows)
    }

    /// Ends a session: its tickets open nothing from now on, and its applications are to be told.
    /// The session as it was; `None`: it was over already.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end(
        &mut self,
        id: &SessionId,
        reason: EndReason,
        now: Moment,
    ) -> Result<Option<OpenSession>, StorageError> {
        let Some(session) = self.session(id).await? else { return Ok(None) };
        let work = async {
            sqlx::query(
                "UPDATE sso_session SET ended_at = $1, end_reason = $2, cookie = NULL WHERE id = $3",
            )
            .bind(now.0)
            .bind(reason.word())
            .bind(&id.0)
            .execute(self.on())
            .await?;
            sqlx::query(
                "INSERT INTO outbox (app_session, due_at)
                 SELECT id, $1 FROM app_session WHERE session = $2",
            )
            .bind(now.0)
            .bind(&id.0)
            .execute(self.on())
            .await
        };
        during("end a session", work.await)?;
        Ok(Some(session))
    }

    /// Forgets what is long over: used or expired tickets and taps, and sessions (with their
    /// tickets) that ended before `horizon` and of which every application has been told.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget(&mut self, now: Moment, horizon: Moment) -> Result<(), StorageError> {
        let work = async {
            for (text, at) in [
                ("DELETE FROM tap WHERE expires_at < $1", now),
                ("DELETE FROM login_ticket WHERE expires_at < $1", horizon),
                ("DELETE FROM service_ticket WHERE expires_at < $1", horizon),
                ("DELETE FROM invitation WHERE expires_at < $1", horizon),
                ("DELETE FROM suspect WHERE at < $1", horizon),
                (
                    "DELETE FROM sso_session WHERE ended_at < $1 AND NOT EXISTS
                     (SELECT 1 FROM outbox o JOIN app_session a ON a.id = o.app_session
                      WHERE a.session = sso_session.id)",
                    horizon,
                ),
            ] {
                sqlx::query(text).bind(at.0).execute(self.on()).await?;
            }
            Ok(())
        };
        during("forget what is over", work.await)
    }
}
