//! Who speaks at the terminal API, and in which words: the certificate, the version, the run.

use crate::authority::fingerprint;
use crate::connection::Connection;
use crate::gateway::Gateway;
use axum::extract::{FromRequest, FromRequestParts, Json, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use borne_gateway_api::{ApiError, EndReason, header, path};
use borne_gateway_model::{AuditEvent, AuditKind, Digest, digest};
use borne_gateway_storage::{OpenSession, Shown, StorageError, Terminal, Tx};
use std::net::IpAddr;

/// An error of the API; the log has had the cause.
pub struct Fault(pub ApiError);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = match self.0 {
            ApiError::BadRequest | ApiError::BadCertificateRequest => StatusCode::BAD_REQUEST,
            ApiError::NoCertificate => StatusCode::UNAUTHORIZED,
            ApiError::TerminalRevoked | ApiError::TokenRefused => StatusCode::FORBIDDEN,
            ApiError::TooOften => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}

/// Logs what went wrong inside; the terminal learns only that something did.
pub fn internal(error: &dyn std::error::Error) -> Fault {
    let source = error.source().map(tracing::field::display);
    tracing::error!(%error, source, "request failed");
    Fault(ApiError::Internal)
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        internal(&error)
    }
}

/// A body of the path's shape.
pub struct Body<T>(pub T);

impl<T: serde::de::DeserializeOwned> FromRequest<Gateway> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, gateway: &Gateway) -> Result<Self, Fault> {
        match Json::from_request(request, gateway).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(_) => Err(Fault(ApiError::BadRequest)),
        }
    }
}

/// The terminal that speaks, by its certificate, not revoked at this moment, and the only one that
/// does.
pub struct Peer {
    pub terminal: Terminal,
    /// SHA-256 of its certificate.
    pub fingerprint: Vec<u8>,
    /// Where it is.
    pub address: IpAddr,
    /// The version of the API it speaks.
    pub api: u32,
    /// The run it shows.
    pub run: Option<Digest>,
    /// What that is worth.
    pub shown: Shown,
}

impl Peer {
    /// An event at this terminal.
    pub fn event(&self, kind: AuditKind) -> AuditEvent {
        AuditEvent::of(kind).from(Some(self.address)).terminal(&self.terminal.name)
    }
}

impl FromRequestParts<Gateway> for Peer {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let connection = parts.extensions.get::<Connection>().cloned();
        let connection = connection.ok_or(Fault(ApiError::Internal))?;
        let Some(certificate) = &connection.certificate else {
            connection.refused();
            return Err(Fault(ApiError::NoCertificate));
        };
        let fingerprint = fingerprint(certificate);
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let api = text(header::API).map_or(Some(1), |version| version.parse().ok());
        let api = api.filter(|version| *version >= 1).ok_or(Fault(ApiError::BadRequest))?;
        let run = text(header::RUN).map(digest);
        let mut tx = gateway.db.begin().await?;
        let Some(terminal) = admitted(&mut tx, &fingerprint).await? else {
            return Err(turn_away(tx, gateway, &connection, &fingerprint).await?);
        };
        let most = gateway.config.limits.requests_per_minute;
        if !gateway.seats.of(terminal.id).may_ask(most, gateway.clock.steady()) {
            return Err(Fault(ApiError::Internal));
        }
        let starting = parts.uri.path() == path::START;
        let known = tx.run(terminal.id).await?;
        let shown = known.judge(run.as_ref(), starting);
        let peer = Self { terminal, fingerprint, address: connection.address, api, run, shown };
        match shown {
            Shown::Old => {
                return Err(cut_off(tx, gateway, &peer.terminal, peer.address).await?);
            }
            // Whoever drops its run without starting is not the one that has it.
            Shown::Dropped if !starting => {
                return Err(cut_off(tx, gateway, &peer.terminal, peer.address).await?);
            }
            Shown::Last if !starting && peer.run.is_some() && !known.is_shown() => {
                tx.run_shown(peer.terminal.id).await?;
            }
            _ => {}
        }
        if peer.terminal.shows_next {
            let now = gateway.clock.now();
            tx.take_next(peer.terminal.id, now).await?;
            tx.audit(&peer.event(AuditKind::TerminalRenewed), now).await?;
        }
        tx.commit().await?;
        if peer.terminal.shows_next {
            gateway.seats.of(peer.terminal.id).news.notify_waiters();
        }
        Ok(peer)
    }
}

/// The terminal of a certificate, unless it is revoked (or joined again with another certificate).
pub async fn admitted(tx: &mut Tx, fingerprint: &[u8]) -> Result<Option<Terminal>, StorageError> {
    Ok(tx.terminal(fingerprint).await?.filter(|terminal| !terminal.revoked))
}

/// A certificate that lets nobody in. One whose place a newer one has taken is a copy's: a terminal
/// that has shown the newer one shows no other any more, but for what was still on its way.
async fn turn_away(
    mut tx: Tx,
    gateway: &Gateway,
    connection: &Connection,
    fingerprint: &[u8],
) -> Result<Fault, StorageError> {
    let grace = gateway.config.session.heartbeat_ms.saturating_mul(2);
    if let Some(before) = tx.superseded(fingerprint).await? {
        let late = before.at.plus_ms(grace).ms_from(gateway.clock.now()) == 0;
        if late && !before.terminal.revoked {
            return cut_off(tx, gateway, &before.terminal, connection.address).await;
        }
    }
    drop(tx);
    gateway.trail.stranger(AuditKind::CertificateRefused, connection.address, None).await;
    connection.refused();
    Ok(Fault(ApiError::TerminalRevoked))
}

/// Two holders of one key: nobody can say which is the honest one, so both are out until IT has
/// looked and invites the terminal again.
async fn cut_off(
    mut tx: Tx,
    gateway: &Gateway,
    terminal: &Terminal,
    address: IpAddr,
) -> Result<Fault, StorageError> {
    let (id, now) = (terminal.id, gateway.clock.now());
    tx.cut_off_doubled(id, now).await?;
    let event = AuditEvent::of(AuditKind::TerminalCloned).from(Some(address));
    tx.audit(&event.terminal(&terminal.name), now).await?;
    let own = |session: &OpenSession| session.terminal == id;
    let ended = gateway.sessions.end_all_in(&mut tx, own, EndReason::Revoked, None).await?;
    tx.commit().await?;
    tracing::error!(terminal = terminal.name, %address, "two holders of one key");
    gateway.sessions.ended(ended);
    gateway.seats.of(id).news.notify_waiters();
    Ok(Fault(ApiError::TerminalRevoked))
}
