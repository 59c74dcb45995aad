//! The supervisor's end of its socket, for tests of one process at a time: it takes one peer, keeps
//! what it says with the time it was said, and says what the test tells it to.

use borne_ipc::frame;
use borne_ipc::paths::supervisor_socket;
use serde::{Serialize, de::DeserializeOwned};
use std::fs::Permissions;
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The listening socket below a run directory.
pub struct SupervisorEnd(UnixListener);

impl SupervisorEnd {
    /// Listens where the supervisor would, for every user.
    ///
    /// # Panics
    /// When the system refuses.
    #[must_use]
    pub fn listen(run: &Path) -> Self {
        let path = supervisor_socket(run);
        std::fs::create_dir_all(path.parent().expect("a directory"))
            .expect("make the supervisor's directory");
        let listener = UnixListener::bind(&path).expect("listen as the supervisor");
        std::fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("open the socket");
        listener.set_nonblocking(true).expect("a listener that does not block");
        Self(listener)
    }

    /// Waits for the peer.
    ///
    /// # Panics
    /// When none comes within five seconds.
    #[must_use]
    pub fn accept<E: DeserializeOwned + Send + 'static>(&self) -> Peer<E> {
        let (socket, _) =
            crate::wait_for("a peer of the supervisor", Duration::from_secs(5), || self.0.accept());
        socket.set_nonblocking(false).expect("a socket that blocks");
        let (said, events) = mpsc::channel();
        let ears = socket.try_clone().expect("clone the socket");
        std::thread::spawn(move || {
            while let Ok(event) = frame::read(&ears) {
                if said.send((Instant::now(), event)).is_err() {
                    return;
                }
            }
        });
        Peer { socket, events }
    }
}

/// A connected process of the terminal.
pub struct Peer<E> {
    socket: UnixStream,
    events: Receiver<(Instant, E)>,
}

impl<E> Peer<E> {
    /// The next thing it says, and when.
    ///
    /// # Panics
    /// When it says nothing before the deadline, or has gone.
    pub fn next(&self, what: &str, deadline: Duration) -> (Instant, E) {
        match self.events.recv_timeout(deadline) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => {
                panic!("waited {deadline:?} for {what}; it said nothing")
            }
            Err(RecvTimeoutError::Disconnected) => {
                panic!("waited for {what}; the process has gone")
            }
        }
    }

    /// What it has said and nobody has asked for, if anything.
    pub fn unasked(&self) -> Option<E> {
        self.events.try_recv().ok().map(|(_, event)| event)
    }

    /// Gives an order.
    ///
    /// # Panics
    /// When it has gone.
    pub fn order(&self, order: &impl Serialize) {
        frame::write(&self.socket, order).expect("give an order");
    }

    /// The supervisor dies.
    pub fn hang_up(self) {
        let _gone_already = self.socket.shutdown(Shutdown::Both);
    }
}
