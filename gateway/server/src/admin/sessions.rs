//! Sessions, for IT.

use super::{Act, Answer, failed};
use borne_gateway_api::EndReason;
use borne_gateway_api::admin::{AdminAnswer, SessionLine};
use borne_gateway_model::Login;
use borne_gateway_storage::OpenSession;

/// Shortest beginning of a session's name that names it.
const SHORTEST: usize = 6;

/// Those that are open.
pub async fn list(act: &Act<'_>) -> Answer {
    let open = act.begin().await?.open_sessions().await.map_err(failed)?;
    Ok(AdminAnswer::Sessions(open.into_iter().map(line).collect()))
}

fn line(session: OpenSession) -> SessionLine {
    SessionLine {
        badge: session.badge().map(|badge| badge.0),
        session: session.id,
        login: session.login.as_str().to_owned(),
        terminal: Some(session.terminal_name),
        since: session.started.iso(),
        ends: session.ends.iso(),
    }
}

/// Ends those of a login, or the one whose name begins so. Where both could be meant, neither is.
pub async fn end(act: &Act<'_>, wanted: &str) -> Answer {
    let mut tx = act.begin().await?;
    let open = tx.open_sessions().await.map_err(failed)?;
    let login = Login::parse(wanted);
    let of_login = |s: &&OpenSession| Some(&s.login) == login.as_ref();
    let of_name = |s: &&OpenSession| wanted.len() >= SHORTEST && s.id.0.starts_with(wanted);
    let (logins, names) =
        (open.iter().filter(of_login).count(), open.iter().filter(of_name).count());
    if logins > 0 && names > 0 || names > 1 {
        return Err("more than one is meant by that; write more of the session's name".to_owned());
    }
    let found: Vec<_> = open.iter().filter(|s| of_login(s) || of_name(s)).collect();
    if found.is_empty() {
        return Err("no open session of that login or with that beginning".to_owned());
    }
    let meant = |session: &OpenSession| found.iter().any(|found| found.id == session.id);
    let sessions = &act.gateway.sessions;
    let ended = sessions.end_all_in(&mut tx, meant, EndReason::Operator, Some(&act.actor)).await;
    let ended = ended.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    let count = ended.count();
    sessions.ended(ended);
    Ok(AdminAnswer::Done(format!("{count} session(s) ended")))
}
