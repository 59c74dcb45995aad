//! Terminals, for IT.

use super::{Act, Answer, failed};
use borne_gateway_api::EndReason;
use borne_gateway_api::admin::{AdminAnswer, ReportLine, TerminalLine, TerminalState};
use borne_gateway_model::{AuditKind, Kind, Moment};
use borne_gateway_storage::{OpenSession, Report, TerminalRow};

const INVITATION_MS: u64 = 24 * 3_600_000;

/// A one-time token for one.
pub async fn invite(act: &Act<'_>, name: &str) -> Answer {
    let good = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !good {
        return Err("a terminal's name is letters, digits, - _ and ., at most 64".to_owned());
    }
    let token = act.gateway.random.mint(Kind::Join).map_err(failed)?;
    let (mut tx, now) = (act.begin().await?, act.now());
    tx.invite(name, &token.digest, now.plus_ms(INVITATION_MS)).await.map_err(failed)?;
    let event = act.event(AuditKind::TerminalInvited).terminal(name);
    tx.audit(&event, now).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    Ok(AdminAnswer::Token(token.text))
}

/// All of them.
pub async fn list(act: &Act<'_>) -> Answer {
    let all = act.begin().await?.terminals().await.map_err(failed)?;
    Ok(AdminAnswer::Terminals(all.into_iter().map(line).collect()))
}

fn line(row: TerminalRow) -> TerminalLine {
    let state = match (row.doubled, row.revoked, row.joined) {
        (Some(_), ..) => TerminalState::Cloned,
        (None, Some(_), _) => TerminalState::Revoked,
        (None, None, Some(_)) => TerminalState::Ok,
        (None, None, None) => TerminalState::Invited,
    };
    TerminalLine {
        terminal: row.name,
        state,
        joined: row.joined.map(Moment::iso),
        cut_off: row.doubled.or(row.revoked).map(Moment::iso),
        certificate_ends: row.certificate_ends.map(Moment::iso),
        report: row.report.map(said),
    }
}

fn said(report: Report) -> ReportLine {
    ReportLine {
        board: report.board,
        version: report.version,
        slot: report.slot,
        confirmed: report.confirmed,
        health: serde_json::from_str(&report.health).ok(),
        seen: report.seen.iso(),
    }
}

/// Cuts one off.
pub async fn revoke(act: &Act<'_>, name: &str) -> Answer {
    let (mut tx, now) = (act.begin().await?, act.now());
    let Some(id) = tx.revoke(name, now).await.map_err(failed)? else {
        return Err(format!("there is no terminal {name}"));
    };
    let event = act.event(AuditKind::TerminalRevoked).terminal(name);
    tx.audit(&event, now).await.map_err(failed)?;
    let (sessions, actor) = (&act.gateway.sessions, Some(act.actor.as_str()));
    let own = |session: &OpenSession| session.terminal == id;
    let ended = sessions.end_all_in(&mut tx, own, EndReason::Revoked, actor).await;
    let ended = ended.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    sessions.ended(ended);
    act.gateway.seats.of(id).news.notify_waiters();
    Ok(AdminAnswer::Done(format!("{name} is cut off")))
}
