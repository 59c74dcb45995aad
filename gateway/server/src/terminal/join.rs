//! Joining: a one-time token for a certificate.
//!
//! A terminal that lost the answer (a power cut before its card had it) asks again with the same
//! key. It is given the same certificate again, while the token lives and until it has shown that
//! certificate ([`super::life::start`]); nothing is signed or changed by that, and no other key
//! gets anything for a spent token.

use super::{Body, Fault, internal};
use crate::authority::Request;
use crate::edges::now;
use crate::gateway::Gateway;
use axum::Json;
use axum::extract::State;
use borne_gateway_api::{ApiError, EndReason, JoinAnswer, JoinRequest};
use borne_gateway_model::{AuditKind, digest};
use borne_gateway_storage::{Invitation, NewIdentity, Spent, Terminals as _};
use std::sync::Arc;

/// `/v1/join`. A bad certificate request does not use the token up.
pub async fn join(
    State(gateway): State<Arc<Gateway>>,
    Body(body): Body<JoinRequest>,
) -> Result<Json<JoinAnswer>, Fault> {
    let token = digest(body.token.expose());
    let name = match gateway.db.invited(&token, now()).await? {
        Some(Invitation::Open { terminal }) => terminal,
        Some(Invitation::Spent(spent)) => return repeat(&gateway, spent, &body.csr_pem).await,
        None => return refuse(&gateway, None).await,
    };
    let request =
        Request::parse(&body.csr_pem).map_err(|_| Fault(ApiError::BadCertificateRequest))?;
    let public_key = request.public_key.clone();
    let issued = gateway
        .authority
        .sign(request, &name, now(), gateway.random.as_ref())
        .map_err(|e| internal(&e))?;
    let identity = NewIdentity {
        fingerprint: &issued.fingerprint,
        public_key: &public_key,
        certificate_pem: &issued.pem,
    };
    if !gateway.db.join(&token, &identity, now()).await? {
        return refuse(&gateway, Some(&name)).await;
    }
    if let Some(terminal) = gateway.db.terminal(&issued.fingerprint).await? {
        // Whoever held the name before has lost it.
        gateway.end_all_of(terminal.id, EndReason::Revoked).await?;
        gateway.seats.of(terminal.id).news.notify_waiters();
    }
    gateway.audit(AuditKind::TerminalJoined, None, Some(&name)).await;
    Ok(Json(JoinAnswer { certificate_pem: issued.pem, terminal: name }))
}

/// A spent token: its key has its certificate again, whoever else comes with it is refused.
async fn repeat(gateway: &Gateway, spent: Spent, csr_pem: &str) -> Result<Json<JoinAnswer>, Fault> {
    // A request that is none is told the same as another key: nothing about a token that was used.
    if !Request::parse(csr_pem).is_ok_and(|request| request.public_key == spent.public_key) {
        return refuse(gateway, Some(&spent.terminal)).await;
    }
    gateway.audit(AuditKind::JoinRepeated, None, Some(&spent.terminal)).await;
    Ok(Json(JoinAnswer { certificate_pem: spent.certificate_pem, terminal: spent.terminal }))
}

async fn refuse(gateway: &Gateway, terminal: Option<&str>) -> Result<Json<JoinAnswer>, Fault> {
    gateway.audit(AuditKind::JoinRefused, None, terminal).await;
    Err(Fault(ApiError::TokenRefused))
}
