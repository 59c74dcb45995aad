//! What there is to reach outside the cage: servers on the terminal's own network, abstract
//! sockets, shared memory.

use borne_harness::town::House;
use borne_harness::world::World;
use rustix::shm;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::UnixListener;
use std::process::Command;

/// Name of the abstract socket and of the POSIX memory.
pub const NAME: &str = "borne-intruder-test";

/// Open until it is dropped.
pub struct Outside {
    pub tcp: SocketAddr,
    pub udp: SocketAddr,
    _abstract: UnixListener,
    segment: String,
}

impl Outside {
    pub fn open(world: &World) -> Self {
        let (tcp, udp, listener) = world.hall.town().within(House::Terminal, || {
            let tcp = TcpListener::bind("127.0.0.1:0").expect("listen on loopback");
            let udp = UdpSocket::bind("127.0.0.1:0").expect("a UDP server");
            let address = std::os::unix::net::SocketAddr::from_abstract_name(NAME).expect("a name");
            (tcp, udp, UnixListener::bind_addr(&address).expect("an abstract socket"))
        });
        let (tcp_at, udp_at) = (tcp.local_addr().unwrap(), udp.local_addr().unwrap());
        // Both end with the test's process.
        std::thread::spawn(move || tcp.incoming().for_each(drop));
        std::thread::spawn(move || {
            let mut bytes = [0; 64];
            while let Ok((length, from)) = udp.recv_from(&mut bytes) {
                let _best_effort = udp.send_to(&bytes[..length], from);
            }
        });
        let made =
            Command::new("ipcmk").args(["-M", "4096", "-p", "0666"]).output().expect("run ipcmk");
        assert!(made.status.success(), "{made:?}");
        let segment =
            String::from_utf8_lossy(&made.stdout).rsplit(' ').next().unwrap().trim().to_owned();
        let memory = shm::open(NAME, shm::OFlags::CREATE | shm::OFlags::RDWR, 0o666.into())
            .expect("POSIX memory");
        std::fs::File::from(memory).write_all(b"outside").expect("write it");
        Self { tcp: tcp_at, udp: udp_at, _abstract: listener, segment }
    }

    /// ipcmk(1) chooses the key.
    pub fn key(&self) -> i32 {
        let table = std::fs::read_to_string("/proc/sysvipc/shm").expect("the table of segments");
        let row = table
            .lines()
            .find(|row| row.split_whitespace().nth(1) == Some(&self.segment))
            .expect("our segment");
        row.split_whitespace().next().unwrap().parse().expect("a key")
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _gone = Command::new("ipcrm").args(["-m", &self.segment]).status();
        let _gone_too = shm::unlink(NAME);
    }
}
