//! The audit, for IT.

use super::{Act, Answer, failed};
use borne_gateway_api::SessionId;
use borne_gateway_api::admin::{AdminAnswer, AuditLine, Lines};
use borne_gateway_storage::{AuditRow, Which};

/// The last lines.
pub async fn tail(act: &Act<'_>, last: u32, lines: Lines) -> Answer {
    let which = match lines {
        Lines::Own => Which::Own,
        Lines::Refused => Which::Strangers,
        Lines::All => Which::All,
    };
    // Those that are being folded count too.
    act.gateway.trail.unfold().await;
    let found = act.begin().await?.audit_tail(which, last).await.map_err(failed)?;
    Ok(AdminAnswer::Audit(found.into_iter().map(line).collect()))
}

fn line(row: AuditRow) -> AuditLine {
    AuditLine {
        at: row.at.iso(),
        event: row.event,
        times: row.times,
        login: row.login,
        badge: row.badge,
        terminal: row.terminal,
        session: row.session.map(SessionId),
        application: row.application,
        address: row.address,
        by: row.actor,
    }
}
