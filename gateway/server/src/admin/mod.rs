//! The admin socket, for `bornectl`: JSON lines (`borne_gateway_api::admin`). Whoever may open the
//! file may do everything; the state directory is 0700 and the socket 0600.

mod audit;
mod backup;
mod badges;
mod sessions;
mod terminals;
mod updates;

use crate::error::StartError;
use crate::gateway::Gateway;
use crate::state_dir::StateDir;
use borne_gateway_api::MAX_BODY;
use borne_gateway_api::admin::{AdminAnswer, AdminRequest, SOCKET};
use borne_gateway_model::{AuditEvent, AuditKind, Moment, Offer};
use borne_gateway_storage::Tx;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use zeroize::Zeroize as _;

/// Binds the socket, over the one a killed gateway left.
pub fn bind(state: &StateDir) -> Result<UnixListener, StartError> {
    let path = state.file(SOCKET);
    let fault = |source| StartError::Socket { path: path.clone(), source };
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
pub async fn serve(listener: UnixListener, gateway: &Gateway) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream, gateway.clone()))),
            Err(error) => {
                tracing::warn!(%error, "admin socket");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

/// What is done for IT, and by whom: the process at the other end of the socket (SO_PEERCRED).
pub struct Act<'a> {
    gateway: &'a Gateway,
    actor: String,
}

impl Act<'_> {
    /// An event that IT caused.
    fn event(&self, kind: AuditKind) -> AuditEvent {
        AuditEvent::of(kind).by(&self.actor)
    }

    fn now(&self) -> Moment {
        self.gateway.clock.now()
    }

    async fn begin(&self) -> Result<Tx, String> {
        self.gateway.db.begin().await.map_err(failed)
    }
}

async fn converse(stream: UnixStream, gateway: Gateway) {
    let Ok(peer) = stream.peer_cred() else { return };
    let actor = format!("uid {}", peer.uid());
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    loop {
        let mut line = String::new();
        let read = (&mut from).take(MAX_BODY as u64).read_line(&mut line).await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        let answer = match serde_json::from_str(&line) {
            Ok(AdminRequest::Backup { recipients }) => {
                if backup::send(&gateway, &actor, &recipients, &mut to).await.is_err() {
                    return;
                }
                continue;
            }
            Ok(request) => act(&gateway, &actor, request).await,
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

/// In a task of its own: an operator who presses Ctrl-C loses the answer, and nothing stops halfway.
async fn act(gateway: &Gateway, actor: &str, request: AdminRequest) -> AdminAnswer {
    let (gateway, actor) = (gateway.clone(), actor.to_owned());
    let done = tokio::spawn(async move { Act { gateway: &gateway, actor }.answer(request).await });
    done.await.unwrap_or_else(|error| Err(failed(error))).unwrap_or_else(AdminAnswer::Refused)
}

impl Act<'_> {
    async fn answer(&self, request: AdminRequest) -> Answer {
        match request {
            AdminRequest::TerminalInvite { name } => terminals::invite(self, &name).await,
            AdminRequest::TerminalList => terminals::list(self).await,
            AdminRequest::TerminalRevoke { name } => terminals::revoke(self, &name).await,
            AdminRequest::BadgeAdd { login, uid, pin } => {
                badges::add(self, &login, &uid, &pin).await
            }
            AdminRequest::BadgeList => badges::list(self).await,
            AdminRequest::BadgeUnlock { badges } => badges::unlock(self, &badges).await,
            AdminRequest::BadgeRemove { badges } => badges::remove(self, &badges).await,
            AdminRequest::BadgeSetPin { badges, pin } => badges::set_pin(self, &badges, &pin).await,
            AdminRequest::SessionList => sessions::list(self).await,
            AdminRequest::SessionEnd { session } => sessions::end(self, &session).await,
            AdminRequest::UpdateOffer { version, url, manifest_sha256, hours, terminals } => {
                let offer = Offer::check(version, &url, manifest_sha256.as_deref(), hours)
                    .map_err(|e| e.to_string())?;
                updates::offer(self, &offer, &terminals).await
            }
            AdminRequest::UpdateWithdraw { terminals } => updates::withdraw(self, &terminals).await,
            AdminRequest::UpdateList => updates::list(self).await,
            AdminRequest::Backup { .. } => Err("a backup is a conversation of its own".to_owned()),
            AdminRequest::Audit { last, lines } => audit::tail(self, last, lines).await,
        }
    }
}
