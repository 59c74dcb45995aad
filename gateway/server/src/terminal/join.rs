//! Joining: a one-time token for a certificate.
//!
//! A terminal that lost the answer (a power cut before its card had it) asks again with the same
//! key. It is given the same certificate again, while the token lives and until it has shown that
//! certificate ([`super::life::start`]); nothing is signed or changed by that, and no other key gets
//! anything for a spent token.

use super::peer::{Body, Fault, internal};
use crate::authority::{Authority, Request};
use crate::connection::Connection;
use crate::edges::{Clock, OsRandom};
use crate::seats::Seats;
use crate::sessions::Sessions;
use crate::trail::Trail;
use axum::extract::State;
use axum::{Extension, Json};
use borne_gateway_api::{ApiError, EndReason, JoinAnswer, JoinRequest};
use borne_gateway_model::{AuditEvent, AuditKind, Digest, digest};
use borne_gateway_storage::{Invitation, NewIdentity, Spent, Storage, StorageError};
use std::sync::Arc;

/// What joining may touch.
#[derive(Clone)]
pub struct Parts {
    db: Storage,
    sessions: Arc<Sessions>,
    seats: Arc<Seats>,
    authority: Arc<Authority>,
    random: Arc<OsRandom>,
    trail: Arc<Trail>,
    clock: Clock,
}

impl axum::extract::FromRef<crate::gateway::Gateway> for Parts {
    fn from_ref(gateway: &crate::gateway::Gateway) -> Self {
        Self {
            db: gateway.db.clone(),
            sessions: Arc::clone(&gateway.sessions),
            seats: Arc::clone(&gateway.seats),
            authority: Arc::clone(&gateway.authority),
            random: Arc::clone(&gateway.random),
            trail: Arc::clone(&gateway.trail),
            clock: gateway.clock,
        }
    }
}

/// `/v1/join`. A bad certificate request does not use the token up.
pub async fn join(
    State(parts): State<Parts>,
    Extension(connection): Extension<Connection>,
    Body(body): Body<JoinRequest>,
) -> Result<Json<JoinAnswer>, Fault> {
    let token = digest(body.token.expose());
    let invited = parts.invited(&token).await?;
    match invited {
        Some(Invitation::Open { terminal }) => {
            let request = Request::parse(&body.csr_pem)
                .map_err(|_| Fault(ApiError::BadCertificateRequest))?;
            match parts.sign(&token, &terminal, request, &connection).await? {
                Some(answer) => Ok(Json(answer)),
                None => Err(parts.refuse(&connection, Some(&terminal)).await),
            }
        }
        Some(Invitation::Spent(spent)) => {
            parts.repeat(&connection, spent, &body.csr_pem).await.map(Json)
        }
        None => Err(parts.refuse(&connection, None).await),
    }
}

impl Parts {
    async fn invited(&self, token: &Digest) -> Result<Option<Invitation>, StorageError> {
        self.db.begin().await?.invited(token, self.clock.now()).await
    }

    /// `None`: the token was used meanwhile.
    async fn sign(
        &self,
        token: &Digest,
        name: &str,
        request: Request,
        connection: &Connection,
    ) -> Result<Option<JoinAnswer>, Fault> {
        let (public_key, now) = (request.public_key.clone(), self.clock.now());
        let issued = self.authority.sign(request, name, now, self.random.as_ref());
        let issued = issued.map_err(|e| internal(&e))?;
        let identity = NewIdentity {
            fingerprint: &issued.fingerprint,
            public_key: &public_key,
            certificate_pem: &issued.pem,
            ends: issued.ends,
        };
        let mut tx = self.db.begin().await?;
        if !tx.join(token, &identity, now).await? {
            return Ok(None);
        }
        let terminal = tx.terminal(&issued.fingerprint).await?;
        let id = terminal.map(|terminal| terminal.id);
        // Whoever held the name before has lost it.
        let own = |session: &borne_gateway_storage::OpenSession| Some(session.terminal) == id;
        let ended = self.sessions.end_all_in(&mut tx, own, EndReason::Revoked, None).await?;
        let event = AuditEvent::of(AuditKind::TerminalJoined);
        tx.audit(&event.from(Some(connection.address)).terminal(name), now).await?;
        tx.commit().await?;
        self.sessions.ended(ended);
        if let Some(id) = id {
            self.seats.of(id).news.notify_waiters();
        }
        Ok(Some(JoinAnswer { certificate_pem: issued.pem, terminal: name.to_owned() }))
    }

    /// A spent token: its key has its certificate again, whoever else comes with it is refused. A
    /// malformed request gets the same answer as a wrong key.
    async fn repeat(
        &self,
        connection: &Connection,
        spent: Spent,
        csr_pem: &str,
    ) -> Result<JoinAnswer, Fault> {
        if !Request::parse(csr_pem).is_ok_and(|request| request.public_key == spent.public_key) {
            return Err(self.refuse(connection, Some(&spent.terminal)).await);
        }
        let event = AuditEvent::of(AuditKind::JoinRepeated).from(Some(connection.address));
        let mut tx = self.db.begin().await?;
        tx.audit(&event.terminal(&spent.terminal), self.clock.now()).await?;
        tx.commit().await?;
        Ok(JoinAnswer { certificate_pem: spent.certificate_pem, terminal: spent.terminal })
    }

    async fn refuse(&self, connection: &Connection, terminal: Option<&str>) -> Fault {
        self.trail.stranger(AuditKind::JoinRefused, connection.address, terminal).await;
        connection.refused();
        Fault(ApiError::TokenRefused)
    }
}
