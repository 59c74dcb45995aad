//! A terminal says what it is, and hears of the update it may install.

use super::peer::{Body, Fault, Peer, internal};
use crate::edges::Clock;
use axum::Json;
use axum::extract::State;
use borne_gateway_api::update::LastUpdate;
use borne_gateway_api::{ApiError, StatusAnswer, StatusRequest};
use borne_gateway_model::{AuditKind, due};
use borne_gateway_storage::{Report, Storage};

/// Longest `board` and `slot`.
const LONGEST: usize = 64;

/// `/v1/status`.
pub async fn status(
    State(db): State<Storage>,
    State(clock): State<Clock>,
    peer: Peer,
    Body(body): Body<StatusRequest>,
) -> Result<Json<StatusAnswer>, Fault> {
    if !plain(&body.board) || !plain(&body.slot) {
        return Err(Fault(ApiError::BadRequest));
    }
    let terminal = &peer.terminal;
    let json = |error: serde_json::Error| internal(&error);
    let report = Report {
        seen: clock.now(),
        health: serde_json::to_string(&body.health).map_err(json)?,
        last_update: body
            .last
            .map(|last| serde_json::to_string(&last))
            .transpose()
            .map_err(json)?,
        board: body.board,
        slot: body.slot,
        version: body.version,
        confirmed: body.confirmed,
    };
    let mut tx = db.begin().await?;
    let before = tx.put_report(terminal.id, &report).await?;
    let before: Option<LastUpdate> = before
        .and_then(|before| before.last_update)
        .and_then(|text| serde_json::from_str(&text).ok());
    // Told once, not at every report.
    if let Some(last) = body.last.filter(|last| Some(*last) != before) {
        tx.audit(&peer.event(AuditKind::Update(last.outcome)), clock.now()).await?;
    }
    let offered = tx.offered(terminal.id).await?;
    tx.commit().await?;
    Ok(Json(StatusAnswer { update: due(offered, report.version) }))
}

/// It is shown in tables.
fn plain(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
