//! Loopback TCP to the egress socket: WebKit speaks to proxies by TCP only, and the sandbox's
//! network namespace has nothing but loopback.
//!
//! Never: read what passes, reach anything but that one socket.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;

/// Port of the relay, on loopback of the sandbox's own network namespace.
const PORT: u16 = 3128;
/// What WebKit is told.
pub const PROXY_URI: &str = "http://127.0.0.1:3128";

#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("loopback port {PORT} cannot be opened: {0}")]
    Listen(io::Error),
    #[error("no thread: {0}")]
    Thread(io::Error),
}

/// Listens, on threads of its own, until the process ends.
pub fn start(egress: &Path) -> Result<(), RelayError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).map_err(RelayError::Listen)?;
    let egress = egress.to_owned();
    thread::Builder::new()
        .name("relay".to_owned())
        .spawn(move || {
            for connection in listener.incoming().flatten() {
                serve(connection, egress.clone());
            }
        })
        .map_err(RelayError::Thread)?;
    Ok(())
}

fn serve(connection: TcpStream, egress: PathBuf) {
    let served = thread::Builder::new().name("relayed".to_owned()).spawn(move || {
        if let Err(error) = carry(&connection, &egress) {
            tracing::debug!(%error, "a connection through the relay ended");
        }
    });
    if let Err(error) = served {
        tracing::warn!(%error, "no thread for a connection");
    }
}

/// Carries both directions to their ends.
fn carry(tcp: &TcpStream, egress: &Path) -> io::Result<()> {
    let unix = UnixStream::connect(egress)?;
    tcp.set_nodelay(true)?;
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = io::copy(&mut &*tcp, &mut &unix);
            let _ = unix.shutdown(Shutdown::Write);
        });
        let carried = io::copy(&mut &unix, &mut &*tcp);
        // Both ways: a proxy that is gone must not leave the other thread reading from WebKit for
        // ever.
        let _ = tcp.shutdown(Shutdown::Both);
        carried.map(drop)
    })
}
