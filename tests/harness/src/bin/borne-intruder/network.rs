//! Tries to reach anything but the places on the list.

use crate::raw::call;
use crate::{Attempt, Outcome, Targets};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// In the order in which they are tried.
pub const ATTEMPTS: &[Attempt] = &[
    ("network: TCP to the LAN, the gateway and the host's loopback", tcp),
    ("network: UDP to the LAN and the host's loopback", udp),
    ("network: resolve a name", resolve),
    ("network: another interface than loopback", interfaces),
    ("network: listen on a TCP port", listen),
    ("network: raw IP socket", |_| socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP)),
    ("network: packet socket", |_| socket(libc::AF_PACKET, libc::SOCK_RAW, 0)),
    ("network: VSOCK to the machine below", |_| socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0)),
    ("network: ALG socket", |_| socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0)),
    ("network: XDP socket", |_| socket(libc::AF_XDP, libc::SOCK_RAW, 0)),
    ("network: key management socket", |_| socket(libc::AF_KEY, libc::SOCK_RAW, 2)),
    ("network: the proxy to places off the list", unlisted),
    ("allowed: the proxy to a place on the list", listed),
];

const SOON: Duration = Duration::from_secs(3);

fn any(tried: impl Iterator<Item = (String, std::io::Result<()>)>) -> Outcome {
    let (mut got, mut why) = (Vec::new(), "there was none".to_owned());
    for (what, result) in tried {
        match result {
            Ok(()) => got.push(what),
            Err(error) => why = format!("{what}: {error}"),
        }
    }
    if got.is_empty() { Outcome::Refused(why) } else { Outcome::Succeeded(got.join(" ")) }
}

fn tcp(targets: &Targets) -> Outcome {
    any(targets
        .tcp
        .iter()
        .map(|at| (at.to_string(), TcpStream::connect_timeout(at, SOON).map(drop))))
}

fn udp(targets: &Targets) -> Outcome {
    any(targets.udp.iter().map(|at| {
        let echo = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
            socket.set_read_timeout(Some(SOON))?;
            socket.send_to(b"anybody", at)?;
            socket.recv(&mut [0; 16]).map(drop)
        });
        (at.to_string(), echo)
    }))
}

fn resolve(targets: &Targets) -> Outcome {
    let found = (targets.name.as_str(), 443).to_socket_addrs();
    found.map(|addresses| addresses.map(|at| at.to_string()).collect::<Vec<_>>().join(" ")).into()
}

fn interfaces(_: &Targets) -> Outcome {
    let table = fs::read_to_string("/proc/net/dev").unwrap_or_default();
    let names = table.lines().filter_map(|line| Some(line.split_once(':')?.0.trim()));
    let others: Vec<&str> = names.filter(|name| *name != "lo").collect();
    if others.is_empty() {
        Outcome::Refused("loopback only".to_owned())
    } else {
        Outcome::Succeeded(others.join(" "))
    }
}

fn listen(_: &Targets) -> Outcome {
    TcpListener::bind("127.0.0.1:0").map(|_| "listening").into()
}

fn socket(family: i32, kind: i32, protocol: i32) -> Outcome {
    let made = call(libc::SYS_socket, [family as usize, kind as usize, protocol as usize, 0, 0, 0]);
    match made {
        Err(error) if error.raw_os_error() == Some(libc::EAFNOSUPPORT) => {
            Outcome::Absent(error.to_string())
        }
        made => made.map(|fd| format!("socket {fd}")).into(),
    }
}

/// What the proxy answers to this place: an error unless it opens a tunnel.
fn connect(targets: &Targets, place: &str) -> std::io::Result<()> {
    let mut proxy = UnixStream::connect(&targets.egress)?;
    proxy.set_read_timeout(Some(SOON * 3))?;
    write!(proxy, "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n")?;
    let mut answer = [0; 64];
    let length = proxy.read(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    if answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(std::io::Error::other(format!("{answer:.16}")))
    }
}

fn unlisted(targets: &Targets) -> Outcome {
    any(targets.unlisted.iter().map(|place| (place.clone(), connect(targets, place))))
}

fn listed(targets: &Targets) -> Outcome {
    connect(targets, &targets.listed).map(|()| "a tunnel").into()
}
