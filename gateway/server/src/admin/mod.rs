//! The admin socket, for `bornectl`: JSON lines (`borne_gateway_api::admin`). Whoever may open the
//! file may do everything; the state directory is 0700 and the socket 0600.

mod badges;
mod terminals;
mod updates;

use crate::gateway::{Gateway, StartError};
use crate::state_dir::StateDir;
use borne_gateway_api::admin::{AdminAnswer, AdminRequest, SOCKET};
use borne_gateway_api::{EndReason, MAX_BODY};
use borne_gateway_model::{Moment, Offer};
use borne_gateway_storage::{Audit as _, Sessions as _};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use zeroize::Zeroize as _;

/// Binds the socket, over the one a killed gateway left.
pub fn bind(state: &StateDir) -> Result<UnixListener, StartError> {
    let path = state.file(SOCKET);
    let fault = |source| StartError::Listen {
        key: "state_dir",
        address: path.display().to_string(),
        source,
    };
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fault(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(fault)?;
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, private).map_err(fault)?;
    Ok(listener)
}

/// Serves. Never returns.
pub async fn serve(listener: UnixListener, gateway: Arc<Gateway>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream, Arc::clone(&gateway)))),
            Err(error) => {
                tracing::warn!(%error, "admin socket");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, gateway: Arc<Gateway>) {
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    loop {
        let mut line = String::new();
        let read = (&mut from).take(MAX_BODY as u64).read_line(&mut line).await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        let answer = match serde_json::from_str(&line) {
            Ok(request) => act(&gateway, request).await.unwrap_or_else(AdminAnswer::Refused),
            Err(_) => AdminAnswer::Refused(
                "not a request this gateway knows (is bornectl of the same version?)".to_owned(),
            ),
        };
        line.zeroize();
        let Ok(mut bytes) = serde_json::to_vec(&answer) else { return };
        bytes.push(b'\n');
        if to.write_all(&bytes).await.is_err() {
            return;
        }
        bytes.zeroize();
    }
}

type Answer = Result<AdminAnswer, String>;

/// A failure inside, for an operator who may know.
fn failed(error: impl std::fmt::Display) -> String {
    format!("the gateway failed: {error}")
}

async fn act(gateway: &Arc<Gateway>, request: AdminRequest) -> Answer {
    match request {
        AdminRequest::TerminalInvite { name } => terminals::invite(gateway, &name).await,
        AdminRequest::TerminalList => terminals::list(gateway).await,
        AdminRequest::TerminalRevoke { name } => terminals::revoke(gateway, &name).await,
        AdminRequest::BadgeAdd { login, uid, pin } => {
            badges::add(gateway, &login, &uid, &pin).await
        }
        AdminRequest::BadgeList => badges::list(gateway).await,
        AdminRequest::BadgeUnlock { badge } => badges::unlock(gateway, &badge).await,
        AdminRequest::BadgeRemove { badge } => badges::remove(gateway, &badge).await,
        AdminRequest::BadgeSetPin { badge, pin } => badges::set_pin(gateway, &badge, &pin).await,
        AdminRequest::SessionList => sessions(gateway).await,
        AdminRequest::SessionEnd { session } => end(gateway, &session).await,
        AdminRequest::UpdateOffer { version, url, manifest_sha256, hours, terminals } => {
            let offer = Offer::check(version, &url, manifest_sha256.as_deref(), hours)
                .map_err(|e| e.to_string())?;
            updates::offer(gateway, &offer, &terminals).await
        }
        AdminRequest::UpdateWithdraw { terminals } => updates::withdraw(gateway, &terminals).await,
        AdminRequest::UpdateList => updates::list(gateway).await,
        AdminRequest::Audit { last } => audit(gateway, last).await,
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn date(at: Option<Moment>) -> String {
    at.map_or_else(|| "-".to_owned(), Moment::iso)
}

async fn sessions(gateway: &Gateway) -> Answer {
    let mut table = vec![row(["SESSION", "LOGIN", "TERMINAL", "SINCE", "ENDS"])];
    let open = gateway.db.open_sessions().await.map_err(failed)?;
    table.extend(open.into_iter().map(|s| {
        let id = s.id.0.chars().take(8).collect();
        vec![id, s.login.as_str().to_owned(), s.terminal_name, s.started.iso(), s.ends.iso()]
    }));
    Ok(AdminAnswer::Table(table))
}

async fn end(gateway: &Arc<Gateway>, wanted: &str) -> Answer {
    let open = gateway.db.open_sessions().await.map_err(failed)?;
    let of_name = |id: &str| wanted.len() >= 6 && id.starts_with(wanted);
    let found: Vec<_> =
        open.iter().filter(|s| s.login.as_str() == wanted || of_name(&s.id.0)).collect();
    if found.is_empty() {
        return Err("no open session of that login or with that beginning".to_owned());
    }
    for session in &found {
        gateway.end(&session.id, EndReason::Operator).await.map_err(failed)?;
    }
    Ok(AdminAnswer::Done(format!("{} session(s) ended", found.len())))
}

async fn audit(gateway: &Gateway, last: u32) -> Answer {
    let mut table = vec![row(["AT", "EVENT", "LOGIN", "TERMINAL"])];
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let lines = gateway.db.audit_tail(last).await.map_err(failed)?;
    table.extend(
        lines.into_iter().map(|l| vec![l.at.iso(), l.event, or_dash(l.login), or_dash(l.terminal)]),
    );
    Ok(AdminAnswer::Table(table))
}
