//! Listeners that the service manager has opened (sd_listen_fds(3)): so the gateway needs no right to
//! ports below 1024, and a connection that comes while it restarts waits instead of being refused.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;

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
