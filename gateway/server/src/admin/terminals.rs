//! Terminals, for IT.

use super::{Act, Answer, date, failed, row};
use borne_gateway_api::EndReason;
use borne_gateway_api::admin::AdminAnswer;
use borne_gateway_api::update::Health;
use borne_gateway_model::{AuditKind, Kind};
use borne_gateway_storage::TerminalRow;

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
    let mut table = vec![row([
        "TERMINAL",
        "JOINED",
        "STATE",
        "CERTIFICATE",
        "BOARD",
        "VERSION",
        "SLOT",
        "HEALTH",
        "SEEN",
    ])];
    let all = act.begin().await?.terminals().await.map_err(failed)?;
    table.extend(all.into_iter().map(|t| {
        let (joined, state, ends) = (date(t.joined), state(&t), date(t.certificate_ends));
        let [board, version, slot, health, seen] = t.report.map_or_else(
            || ["-"; 5].map(str::to_owned),
            |report| {
                let trial = if report.confirmed { "" } else { " (on trial)" };
                let slot = format!("{}{trial}", report.slot);
                let (version, seen) = (report.version.to_string(), report.seen.iso());
                [report.board, version, slot, ailing(&report.health), seen]
            },
        );
        vec![t.name, joined, state, ends, board, version, slot, health, seen]
    }));
    Ok(AdminAnswer::Table(table))
}

fn state(terminal: &TerminalRow) -> String {
    match (terminal.doubled, terminal.revoked, terminal.joined) {
        (Some(at), ..) => format!("CLONED, cut off {}", at.iso()),
        (None, Some(at), _) => format!("revoked {}", at.iso()),
        (None, None, Some(_)) => "ok".to_owned(),
        (None, None, None) => "invited".to_owned(),
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
    let own = |session: &borne_gateway_storage::OpenSession| session.terminal == id;
    let ended = sessions.end_all_in(&mut tx, own, EndReason::Revoked, actor).await;
    let ended = ended.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    sessions.ended(ended);
    act.gateway.seats.of(id).news.notify_waiters();
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
