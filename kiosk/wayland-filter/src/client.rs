//! One connection of the browser: its own proxy state, its own connection to the compositor, its
//! own thread.
//!
//! Never: share anything between two connections.

use crate::globals;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wl_proxy::baseline::Baseline;
use wl_proxy::client::ClientHandler;
use wl_proxy::state::{Destructor, State, StateError};

/// Counts the connections that are open.
pub struct Gate {
    open: Arc<AtomicUsize>,
    most: usize,
}

impl Gate {
    /// No more than `most` at once.
    pub fn new(most: usize) -> Self {
        Self { open: Arc::default(), most }
    }

    /// Starts the thread of `peer`, or drops the connection when there are too many.
    pub fn serve(&self, peer: UnixStream) {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            tracing::warn!("too many connections: one was refused");
            return;
        }
        let open = Arc::clone(&self.open);
        let thread = std::thread::Builder::new().name("client".to_owned());
        let started = thread.spawn(move || {
            if let Err(error) = run(peer) {
                tracing::warn!(%error, "a connection ended");
            }
            open.fetch_sub(1, Ordering::Relaxed);
        });
        if let Err(error) = started {
            self.open.fetch_sub(1, Ordering::Relaxed);
            tracing::warn!(%error, "no thread for a connection");
        }
    }
}

/// Serves one connection to its end. The compositor's socket comes from `WAYLAND_DISPLAY` and
/// `XDG_RUNTIME_DIR`.
fn run(peer: UnixStream) -> Result<(), StateError> {
    // A fixed baseline: a newer wl-proxy may know more interfaces, but this program passes no more
    // than it was read for.
    let state = State::builder(Baseline::V6).build()?;
    let client = state.add_client(&Rc::new(OwnedFd::from(peer)))?;
    client.set_handler(EndsWithClient(state.create_destructor()));
    client.display().set_handler(globals::Display);
    while state.is_not_destroyed() {
        state.dispatch_blocking()?;
    }
    Ok(())
}

/// Holds the state's destructor: dropped with the client, it ends the state.
struct EndsWithClient(#[expect(dead_code, reason = "it acts when dropped")] Destructor);

impl ClientHandler for EndsWithClient {
    fn disconnected(self: Box<Self>) {}
}
