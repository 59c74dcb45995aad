//! The service manager. It has opened the listeners (sd_listen_fds(3)): so the gateway needs no right to
//! ports below 1024, and a connection that comes while it restarts waits instead of being refused. It is
//! told when the gateway serves (sd_notify(3)): so whoever starts the unit knows that it did.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Those that were handed over, by the name of their unit (`FileDescriptorName=`).
#[derive(Default)]
pub struct Handed(BTreeMap<String, TcpListener>);

impl Handed {
    /// Takes them over. `names` is `LISTEN_FDNAMES`, which `main` has read.
    pub fn take(names: Option<&str>) -> io::Result<Self> {
        let mut handed = listenfd::ListenFd::from_env();
        let mut listeners = BTreeMap::new();
        for (index, name) in names.unwrap_or_default().split(':').enumerate().take(handed.len()) {
            if let Some(listener) = handed.take_tcp_listener(index)? {
                listener.set_nonblocking(true)?;
                listeners.insert(name.to_owned(), listener);
            }
        }
        Ok(Self(listeners))
    }

    /// The one of this name.
    pub fn listener(&mut self, name: &str) -> Option<TcpListener> {
        self.0.remove(name)
    }
}

/// Whoever waits for the gateway to serve, if anybody.
#[derive(Default)]
pub struct Waiting(Option<UnixDatagram>);

impl Waiting {
    /// `socket` is `NOTIFY_SOCKET`, which `main` has read: a path, or `@` and an abstract name.
    pub fn at(socket: Option<&str>) -> io::Result<Self> {
        let Some(name) = socket else { return Ok(Self(None)) };
        let datagram = UnixDatagram::unbound()?;
        match name.strip_prefix('@') {
            Some(name) => datagram.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
            None => datagram.connect(name)?,
        }
        Ok(Self(Some(datagram)))
    }

    /// Says it.
    pub fn tell(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |socket| socket.send(b"READY=1").map(drop))
    }
}
