//! Joining: a one-time token for a certificate.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use borne_gateway_api::{ApiError, EndReason, JoinAnswer, JoinRequest};
use borne_gateway_model::{AuditKind, digest};
use borne_gateway_storage::Terminals as _;

use super::{Body, Fault, internal};
use crate::authority::Request;
use crate::edges::now;
use crate::gateway::Gateway;

/// `/v1/join`. A bad certificate request does not use the token up.
pub async fn join(
    State(gateway): State<Arc<Gateway>>,
    Body(body): Body<JoinRequest>,
) -> Result<Json<JoinAnswer>, Fault> {
    let token = digest(body.token.expose());
    let Some(name) = gateway.db.invited(&token, now()).await? else {
        gateway.audit(AuditKind::JoinRefused, None, None).await;
        return Err(Fault(ApiError::TokenRefused));
    };
    let request = Request::parse(&body.csr_pem).map_err(|_| Fault(ApiError::BadCertificateRequest))?;
    let public_key = request.public_key.clone();
    let issued = gateway.authority.sign(request, &name, now(), gateway.random.as_ref()).map_err(|e| internal(&e))?;
    if !gateway.db.join(&token, &issued.fingerprint, &public_key, now()).await? {
        return Err(Fault(ApiError::TokenRefused));
    }
    if let Some(terminal) = gateway.db.terminal(&issued.fingerprint).await? {
        // Whoever held the name before has lost it.
        gateway.end_all_of(terminal.id, EndReason::Revoked).await?;
        gateway.seats.of(terminal.id).news.notify_waiters();
    }
    gateway.audit(AuditKind::TerminalJoined, None, Some(&name)).await;
    Ok(Json(JoinAnswer { certificate_pem: issued.pem, terminal: name }))
}
