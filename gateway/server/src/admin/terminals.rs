//! Terminals, for IT.

use super::{Answer, date, failed, row};
use crate::edges::now;
use crate::gateway::Gateway;
use borne_gateway_api::EndReason;
use borne_gateway_api::admin::AdminAnswer;
use borne_gateway_api::update::Health;
use borne_gateway_model::{AuditKind, Kind};
use borne_gateway_storage::Terminals as _;
use std::sync::Arc;

const INVITATION_MS: u64 = 24 * 3_600_000;

/// A one-time token for one.
pub async fn invite(gateway: &Gateway, name: &str) -> Answer {
    let good = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !good {
        return Err("a terminal's name is letters, digits, - _ and ., at most 64".to_owned());
    }
    let token = gateway.mint(Kind::Join).map_err(failed)?;
    gateway.db.invite(name, &token.digest, now().plus_ms(INVITATION_MS)).await.map_err(failed)?;
    gateway.audit(AuditKind::TerminalInvited, None, Some(name)).await;
    Ok(AdminAnswer::Token(token.text))
}

/// All of them.
pub async fn list(gateway: &Gateway) -> Answer {
    let mut table =
        vec![row(["TERMINAL", "JOINED", "REVOKED", "BOARD", "VERSION", "SLOT", "HEALTH", "SEEN"])];
    let all = gateway.db.terminals().await.map_err(failed)?;
    table.extend(all.into_iter().map(|t| {
        let [board, version, slot, health, seen] = t.report.map_or_else(
            || ["-"; 5].map(str::to_owned),
            |report| {
                let slot =
                    format!("{}{}", report.slot, if report.confirmed { "" } else { " (on trial)" });
                [
                    report.board,
                    report.version.to_string(),
                    slot,
                    ailing(&report.health),
                    report.seen.iso(),
                ]
            },
        );
        vec![t.name, date(t.joined), date(t.revoked), board, version, slot, health, seen]
    }));
    Ok(AdminAnswer::Table(table))
}

/// Cuts one off.
pub async fn revoke(gateway: &Arc<Gateway>, name: &str) -> Answer {
    let Some(id) = gateway.db.revoke(name, now()).await.map_err(failed)? else {
        return Err(format!("there is no terminal {name}"));
    };
    gateway.audit(AuditKind::TerminalRevoked, None, Some(name)).await;
    gateway.end_all_of(id, EndReason::Revoked).await.map_err(failed)?;
    gateway.seats.of(id).news.notify_waiters();
    Ok(AdminAnswer::Done(format!("{name} is cut off")))
}

/// What is not right, or `ok`.
fn ailing(health: &str) -> String {
    let Ok(Health { units, screen, reader, browser }) = serde_json::from_str(health) else {
        return "?".to_owned();
    };
    let parts = [("units", units), ("screen", screen), ("reader", reader), ("browser", browser)];
    let bad: Vec<_> = parts.into_iter().filter(|(_, right)| !right).map(|(name, _)| name).collect();
    if bad.is_empty() { "ok".to_owned() } else { format!("not {}", bad.join(", ")) }
}
