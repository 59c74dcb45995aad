//! The proxy's socket: who may connect, and how many at a time.

use crate::link::Allow;
use crate::serve;
use borne_ipc::Role;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Connections at a time. WebKit opens 17 at most by itself; more than these wait their turn.
const AT_A_TIME: usize = 64;

/// Why nobody can be served.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The socket could not be made.
    #[error("{operation} {}: {source}", path.display())]
    Bind {
        /// What was tried.
        operation: &'static str,
        /// The socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The socket stopped giving connections.
    #[error("accept: {0}")]
    Accept(io::Error),
}

/// Makes the socket, in place of one that a killed predecessor left. Its group comes from the
/// directory (setgid).
pub fn bind(path: &Path) -> Result<UnixListener, ListenError> {
    let failed =
        |operation| move |source| ListenError::Bind { operation, path: path.to_owned(), source };
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed("remove")(error));
        }
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(failed("bind"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
        .map_err(failed("set the mode of"))?;
    Ok(listener)
}

/// Serves the browser's user until the socket fails, which is the value returned.
pub async fn accept_all(listener: UnixListener, allow: Allow) -> ListenError {
    let seats = Arc::new(Semaphore::new(AT_A_TIME));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
            return ListenError::Accept(io::ErrorKind::BrokenPipe.into());
        };
        let client = match listener.accept().await {
            Ok((client, _)) => client,
            // The client went away before it was accepted; anything else (no descriptors left) does
            // not heal by itself.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => return ListenError::Accept(error),
        };
        if !is_browser(&client) {
            continue;
        }
        let allow = allow.clone();
        tokio::spawn(async move {
            serve::one(client, allow).await;
            drop(seat);
        });
    }
}

fn is_browser(client: &UnixStream) -> bool {
    let uid = client.peer_cred().map(|peer| peer.uid());
    let known = matches!(uid, Ok(uid) if Role::from_uid(uid) == Some(Role::Browser));
    if !known {
        tracing::warn!(?uid, "refused a peer that is not the browser");
    }
    known
}
