//! A siege of the gateway by hosts of the loopback network that have no certificate: one holds as
//! many connections as it can, another sends requests that are refused, without pause.

use super::Gateway;
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

const HOLDER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66));
const REFUSED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 67));
/// Connections that are held at each listener.
const HELD: usize = 1000;

/// Connections from a host that say nothing.
#[must_use]
pub fn connections(host: IpAddr, to: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count).filter_map(|_| connection(host, to).ok()).collect()
}

fn connection(host: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::new(host, 0))?;
    connect(&socket, &to)?;
    Ok(TcpStream::from(socket))
}

/// The siege; it is lifted when this is dropped.
pub struct Siege {
    over: Arc<AtomicBool>,
    refused: Arc<AtomicU64>,
    besiegers: Vec<JoinHandle<()>>,
}

impl Siege {
    /// Begins it.
    #[must_use]
    pub fn lay(gateway: &Gateway) -> Self {
        let (over, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut besiegers: Vec<_> = [gateway.terminal_api(), gateway.web()]
            .into_iter()
            .map(|listener| {
                let over = Arc::clone(&over);
                std::thread::spawn(move || hold(listener, &over))
            })
            .collect();
        let browser = gateway.browser_on(REFUSED);
        let (ends, count) = (Arc::clone(&over), Arc::clone(&refused));
        besiegers.push(std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let answered = browser.try_redeem("no.ticket").is_some();
                count.fetch_add(u64::from(answered), Ordering::Relaxed);
            }
        }));
        Self { over, refused, besiegers }
    }

    /// Requests that were answered, with a refusal.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Drop for Siege {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for besieger in self.besiegers.drain(..) {
            let _over = besieger.join();
        }
    }
}

/// Opens a connection as soon as one was closed.
fn hold(to: SocketAddr, over: &AtomicBool) {
    let mut held = std::collections::VecDeque::new();
    while !over.load(Ordering::Relaxed) {
        if let Ok(connection) = connection(HOLDER, to) {
            held.push_back(connection);
        }
        if held.len() > HELD {
            held.pop_front();
        }
    }
}
