//! CAS tickets.

use crate::{OpenSession, Sessions as _, Sqlite, StorageError, during};
use borne_gateway_model::api::SessionId;
use borne_gateway_model::{Digest, Moment};
use sqlx::Row as _;

/// A service or proxy ticket that was presented and is now used up.
pub struct Validated {
    /// The session it stands for, if that is still open.
    pub session: Option<OpenSession>,
    /// The service it was made for.
    pub service: String,
    /// The pgtUrl it came through; `None` for a ticket of `/cas/login`.
    pub proxy: Option<String>,
}

/// A proxy-granting ticket.
pub struct Granting {
    /// The session it stands for.
    pub session: OpenSession,
    /// The application that holds it.
    pub app: String,
    /// Where it was sent.
    pub callback: String,
}

/// CAS tickets; all of them end with their session.
pub trait CasTickets {
    /// Stores a service ticket, or a proxy ticket when `proxy` is the pgtUrl it comes through.
    async fn put_service_ticket(
        &self,
        ticket: &Digest,
        session: &SessionId,
        service: &str,
        proxy: Option<&str>,
        expires: Moment,
    ) -> Result<(), StorageError>;
    /// Uses a ticket up, whatever comes of it. `None`: unknown, used, or expired.
    async fn validate(
        &self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<Validated>, StorageError>;
    /// Remembers that an application holds a session of its own under this (used) ticket and must
    /// be told of the end.
    async fn must_tell(
        &self,
        session: &SessionId,
        app: &str,
        address: &str,
        ticket: &str,
    ) -> Result<(), StorageError>;
    /// Stores a proxy-granting ticket.
    async fn put_granting(
        &self,
        ticket: &Digest,
        session: &SessionId,
        app: &str,
        callback: &str,
    ) -> Result<(), StorageError>;
    /// The proxy-granting ticket, while its session is open.
    async fn granting(
        &self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<Granting>, StorageError>;
}

impl CasTickets for Sqlite {
    async fn put_service_ticket(
        &self,
        ticket: &Digest,
        session: &SessionId,
        service: &str,
        proxy: Option<&str>,
        expires: Moment,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "INSERT INTO service_ticket (digest, session, service, proxy, expires_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&ticket.0)
        .bind(&session.0)
        .bind(service)
        .bind(proxy)
        .bind(expires.0)
        .execute(&self.pool)
        .await;
        during("store a service ticket", done.map(drop))
    }

    async fn validate(
        &self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<Validated>, StorageError> {
        let row = sqlx::query(
            "UPDATE service_ticket SET used_at = ?1 WHERE digest = ?2 AND used_at IS NULL
             RETURNING session, service, proxy, expires_at > ?1",
        )
        .bind(now.0)
        .bind(&ticket.0)
        .fetch_optional(&self.pool)
        .await;
        let Some(row) = during("use a service ticket up", row)?.filter(|row| row.get(3)) else {
            return Ok(None);
        };
        let session = self.session(&SessionId(row.get(0)), now).await?;
        Ok(Some(Validated { session, service: row.get(1), proxy: row.get(2) }))
    }

    async fn must_tell(
        &self,
        session: &SessionId,
        app: &str,
        address: &str,
        ticket: &str,
    ) -> Result<(), StorageError> {
        // A session that ended between validation and here is told at once by whoever looks for
        // calls that are due.
        let done = sqlx::query(
            "INSERT INTO logout_call (session, app, address, ticket, due_at)
             SELECT id, ?, ?, ?, ended_at FROM sso_session WHERE id = ?",
        )
        .bind(app)
        .bind(address)
        .bind(ticket)
        .bind(&session.0)
        .execute(&self.pool)
        .await;
        during("remember whom to tell", done.map(drop))
    }

    async fn put_granting(
        &self,
        ticket: &Digest,
        session: &SessionId,
        app: &str,
        callback: &str,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "INSERT INTO granting_ticket (digest, session, app, callback) VALUES (?, ?, ?, ?)",
        )
        .bind(&ticket.0)
        .bind(&session.0)
        .bind(app)
        .bind(callback)
        .execute(&self.pool)
        .await;
        during("store a proxy-granting ticket", done.map(drop))
    }

    async fn granting(
        &self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<Granting>, StorageError> {
        let row =
            sqlx::query("SELECT session, app, callback FROM granting_ticket WHERE digest = ?")
                .bind(&ticket.0)
                .fetch_optional(&self.pool)
                .await;
        let Some(row) = during("look a proxy-granting ticket up", row)? else { return Ok(None) };
        let session = self.session(&SessionId(row.get(0)), now).await?;
        Ok(session.map(|session| Granting { session, app: row.get(1), callback: row.get(2) }))
    }
}
