//! Renewing: the certificate that follows, for the one that is shown.
//!
//! Both are good until the new one is shown for the first time ([`super::peer`]); an answer that was
//! lost costs nothing, the terminal asks again. Never: a certificate for whoever shows none of ours.

use super::peer::{Body, Fault, Peer, admitted, internal};
use crate::authority::{Authority, Request};
use crate::edges::{Clock, OsRandom};
use crate::seats::Seats;
use crate::trail::Trail;
use axum::Json;
use axum::extract::State;
use borne_gateway_api::{ApiError, RenewAnswer, RenewRequest};
use borne_gateway_model::AuditKind;
use borne_gateway_storage::{NewIdentity, Storage};
use std::sync::Arc;

/// `/v1/renew`.
#[expect(clippy::too_many_arguments, reason = "what it may touch, part by part")]
pub async fn renew(
    State(db): State<Storage>,
    State(seats): State<Arc<Seats>>,
    State(authority): State<Arc<Authority>>,
    State(random): State<Arc<OsRandom>>,
    State(trail): State<Arc<Trail>>,
    State(clock): State<Clock>,
    peer: Peer,
    Body(body): Body<RenewRequest>,
) -> Result<Json<RenewAnswer>, Fault> {
    let request = if seats.of(peer.terminal.id).may_renew(clock.steady()) {
        Request::parse(&body.csr_pem).map_err(|_| ApiError::BadCertificateRequest)
    } else {
        Err(ApiError::TooOften)
    };
    let request = match request {
        Ok(request) => request,
        Err(refusal) => {
            let (kind, name) = (AuditKind::RenewalRefused, &peer.terminal.name);
            trail.stranger(kind, peer.address, Some(name)).await;
            return Err(Fault(refusal));
        }
    };
    let (public_key, now) = (request.public_key.clone(), clock.now());
    let issued = authority.sign(request, &peer.terminal.name, now, random.as_ref());
    let issued = issued.map_err(|e| internal(&e))?;
    let next = NewIdentity {
        fingerprint: &issued.fingerprint,
        public_key: &public_key,
        certificate_pem: &issued.pem,
        ends: issued.ends,
    };
    let mut tx = db.begin().await?;
    // Revoked since the request began, or renewed by another one.
    admitted(&mut tx, &peer.fingerprint).await?.ok_or(Fault(ApiError::TerminalRevoked))?;
    tx.give_next(peer.terminal.id, &next, now).await?;
    tx.audit(&peer.event(AuditKind::RenewalGiven), now).await?;
    tx.commit().await?;
    Ok(Json(RenewAnswer { certificate_pem: issued.pem }))
}
