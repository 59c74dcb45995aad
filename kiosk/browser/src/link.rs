//! The supervisor's socket in GLib's main loop.
//!
//! Never: outlive the supervisor. End of file, a frame that is no order, a socket that does not
//! take an event: the process exits at once, and the sandbox dies with it.

use borne_ipc::frame::{self, Decoder};
use borne_ipc::{BrowserEvent, BrowserOrder};
use gtk::glib::{self, ControlFlow, IOCondition};
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use zeroize::Zeroize;

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("standard input cannot be used as a socket: {0}")]
    Input(std::io::Error),
}

/// Both directions of the socket.
#[derive(Clone)]
pub struct Link {
    socket: Rc<UnixStream>,
}

impl Link {
    /// Takes the socket that is standard input.
    pub fn from_standard_input() -> Result<Self, LinkError> {
        let socket = std::io::stdin()
            .as_fd()
            .try_clone_to_owned()
            .map(UnixStream::from)
            .map_err(LinkError::Input)?;
        socket.set_nonblocking(true).map_err(LinkError::Input)?;
        Ok(Self { socket: Rc::new(socket) })
    }

    /// Hands every order to `obey`, from the main loop.
    pub fn listen(&self, obey: impl Fn(BrowserOrder) + 'static) {
        let socket = Rc::clone(&self.socket);
        let mut decoder = Decoder::default();
        let events = IOCondition::IN | IOCondition::HUP | IOCondition::ERR;
        glib::source::unix_fd_add_local(self.socket.as_raw_fd(), events, move |_, _| {
            receive(&socket, &mut decoder, &obey);
            ControlFlow::Continue
        });
    }

    /// Tells the supervisor. Events are small and few: a socket that does not take one has nobody
    /// behind it.
    pub fn tell(&self, event: &BrowserEvent) {
        tracing::debug!(?event, "to the supervisor");
        if let Err(error) = frame::write(&*self.socket, event) {
            end(&format_args!("event not sent: {error}"));
        }
    }
}

/// Ends the process: the one answer to anything the protocol does not know.
pub fn end(why: &dyn std::fmt::Display) -> ! {
    tracing::error!("the browser ends: {why}");
    std::process::exit(1)
}

fn receive(mut socket: &UnixStream, decoder: &mut Decoder, obey: &dyn Fn(BrowserOrder)) {
    let mut bytes = [0; 4096];
    match socket.read(&mut bytes) {
        Ok(0) => std::process::exit(0),
        Ok(length) => decoder.push(&bytes[..length]),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
        Err(error) => end(&format_args!("socket: {error}")),
    }
    bytes.zeroize();
    loop {
        match decoder.next_message() {
            Ok(Some(order)) => obey(order),
            Ok(None) => return,
            Err(error) => end(&error),
        }
    }
}
