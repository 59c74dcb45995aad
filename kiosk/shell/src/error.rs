//! Why the shell ends. It never replaces a lost peer: it exits, and init starts it again.

use borne_ipc::frame::FrameError;
use rustix::io::Errno;
use std::io;
use wayland_client::{ConnectError, DispatchError, backend::WaylandError, globals::GlobalError};

/// What ends the shell.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// What it must give up could not be given up.
    #[error("cannot be confined: {0}")]
    Confine(#[from] borne_harden::HardenError),
    /// Slint refused the platform, a window or a language.
    #[error("set up the drawing library: {0}")]
    Drawing(String),
    /// No compositor behind `WAYLAND_DISPLAY`.
    #[error("connect to the compositor: {0}")]
    Connect(#[from] ConnectError),
    /// The compositor did not list what it has.
    #[error("list the compositor's protocols: {0}")]
    Globals(#[from] GlobalError),
    /// The compositor lacks something the shell cannot do without.
    #[error("the compositor does not offer {0}")]
    Missing(&'static str),
    /// The compositor went away or sent nonsense.
    #[error("lost the compositor: {0}")]
    Compositor(#[from] DispatchError),
    /// The socket to the compositor failed.
    #[error("lost the compositor: {0}")]
    CompositorSocket(#[from] WaylandError),
    /// The compositor took a surface away (its output is gone).
    #[error("the compositor closed the surface {0}")]
    SurfaceClosed(&'static str),
    /// Another input method is bound to the seat.
    #[error("another program already is the seat's input method")]
    InputMethodTaken,
    /// Shared memory for pictures or for the keymap.
    #[error("{operation} the shared memory of {object}: {source}")]
    SharedMemory {
        /// What was tried.
        operation: &'static str,
        /// For whom.
        object: &'static str,
        /// The system's answer.
        source: Errno,
    },
    /// The supervisor does not listen.
    #[error("connect to the supervisor: {0}")]
    SupervisorConnect(io::Error),
    /// The supervisor is gone or broke the protocol.
    #[error("lost the supervisor: {0}")]
    Supervisor(#[from] FrameError),
    /// Waiting for events failed.
    #[error("wait for events: {0}")]
    Wait(Errno),
}
