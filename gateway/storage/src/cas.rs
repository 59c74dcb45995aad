//! CAS tickets; all of them end with their session.

use crate::{OpenSession, StorageError, Tx, during};
use borne_gateway_model::api::SessionId;
use borne_gateway_model::{Digest, Moment};

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

impl Tx {
    /// Stores a service ticket, or a proxy ticket when `proxy` is the pgtUrl it comes through.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_service_ticket(
        &mut self,
        ticket: &Digest,
        session: &SessionId,
        service: &str,
        proxy: Option<&str>,
        expires: Moment,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "INSERT INTO service_ticket (digest, session, service, proxy, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&ticket.0)
        .bind(&session.0)
        .bind(service)
        .bind(proxy)
        .bind(expires.0)
        .execute(self.on())
        .await;
        during("store a service ticket", done.map(drop))
    }

    /// Uses a ticket up, whatever comes of it. `None`: unknown, used, or expired.
    ///
    /// # Errors
    /// The database failed.
    pub async fn validate(
        &mut self,
        ticket: &Digest,
        now: Moment,
    ) -> Result<Option<Validated>, StorageError> {
        let row = sqlx::query_as::<_, (String, String, Option<String>, bool)>(
            "UPDATE service_ticket SET used_at = $1 WHERE digest = $2 AND used_at IS NULL
             RETURNING session, service, proxy, expires_at > $1",
        )
        .bind(now.0)
        .bind(&ticket.0)
        .fetch_optional(self.on())
        .await;
        let Some((session, service, proxy, true)) = during("use a service ticket up", row)? else {
            return Ok(None);
        };
        let session = self.session(&SessionId(session)).await?;
        Ok(Some(Validated { session, service, proxy }))
    }

    /// Stores a proxy-granting ticket.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_granting(
        &mut self,
        ticket: &Digest,
        session: &SessionId,
        app: &str,
        callback: &str,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "INSERT INTO granting_ticket (digest, session, app, callback) VALUES ($1, $2, $3, $4)",
        )
        .bind(&ticket.0)
        .bind(&session.0)
        .bind(app)
        .bind(callback)
        .execute(self.on())
        .await;
        during("store a proxy-granting ticket", done.map(drop))
    }

    /// The proxy-granting ticket, while its session is open.
    ///
    /// # Errors
    /// The database failed.
    pub async fn granting(&mut self, ticket: &Digest) -> Result<Option<Granting>, StorageError> {
        let row = sqlx::query_as::<_, (String, String, String)>(
            "SELECT session, app, callback FROM granting_ticket WHERE digest = $1",
        )
        .bind(&ticket.0)
        .fetch_optional(self.on())
        .await;
        let Some((session, app, callback)) = during("look a proxy-granting ticket up", row)? else {
            return Ok(None);
        };
        let session = self.session(&SessionId(session)).await?;
        Ok(session.map(|session| Granting { session, app, callback }))
    }
}
