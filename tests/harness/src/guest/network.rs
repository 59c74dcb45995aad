//! The guest's cable: a bridge in the terminal's house that joins the wire to the town hall with
//! the guest's network card, and a DHCP and name server, as a town hall has them.
//!
//! Duties: make it, tell the guest's address, knock at the guest's ports from outside. Never:
//! change the hall.

use crate::town::{House, Town};
use crate::wait_for;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The tap device QEMU takes.
pub const TAP: &str = "guest";
/// The guest's card.
pub const MAC: &str = "52:54:00:62:6f:72";
/// What the DHCP server gives it.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 30);

/// The bridge with its servers. Dropping it puts the house back as it was.
pub struct Cable {
    town: Town,
    servers: Child,
}

impl Cable {
    /// Lays it.
    ///
    /// # Panics
    /// When the house has no wire or dnsmasq is not installed.
    #[must_use]
    pub fn lay(town: &Town, directory: &Path) -> Self {
        let own = town.variable("TERMINAL_ADDRESS");
        inside(town, "ip link del bridge 2>/dev/null; ip link del guest 2>/dev/null; true");
        inside(
            town,
            &format!(
                "ip link add bridge type bridge && ip tuntap add {TAP} mode tap && ip address flush dev wire \
                 && ip link set wire master bridge && ip link set {TAP} master bridge \
                 && ip address add {own}/24 dev bridge && ip link set bridge up && ip link set {TAP} up"
            ),
        );
        let mut line = town.enter(House::Terminal);
        let options = [
            "dnsmasq".to_owned(),
            "--keep-in-foreground".into(),
            "--conf-file=/dev/null".into(),
            "--user=root".into(),
            "--no-resolv".into(),
            "--no-ping".into(),
            "--interface=bridge".into(),
            "--bind-interfaces".into(),
            format!("--dhcp-range={ADDRESS},{ADDRESS}"),
            format!("--dhcp-host={MAC},{ADDRESS}"),
            format!("--dhcp-leasefile={}", directory.join("leases").display()),
            format!("--pid-file={}", directory.join("dnsmasq.pid").display()),
            format!("--log-facility={}", directory.join("dnsmasq.log").display()),
            "--log-queries".into(),
            "--log-dhcp".into(),
        ];
        line.extend(options);
        let servers = Command::new(&line[0])
            .args(&line[1..])
            .stdin(Stdio::null())
            .spawn()
            .expect("start dnsmasq");
        let cable = Self { town: town.clone(), servers };
        wait_for("the name server", Duration::from_secs(10), || {
            std::fs::read_to_string(directory.join("dnsmasq.log"))
                .is_ok_and(|log| log.contains("started"))
        });
        cable
    }

    /// Every TCP port of the guest that takes a connection, knocked at from the bridge.
    #[must_use]
    pub fn open_tcp_ports(&self) -> Vec<u16> {
        self.town.within(House::Terminal, || {
            std::thread::scope(|scope| {
                let knocks: Vec<_> = (0..128_u16)
                    .map(|piece| {
                        let ports = piece * 512..=piece * 512 + 511;
                        scope.spawn(move || {
                            ports.filter(|port| *port > 0 && knock(*port)).collect::<Vec<_>>()
                        })
                    })
                    .collect();
                knocks.into_iter().flat_map(|knock| knock.join().unwrap_or_default()).collect()
            })
        })
    }

    /// Whether the guest answers a ping: the scan knocked at something that is there.
    #[must_use]
    pub fn answers(&self) -> bool {
        let mut line = self.town.enter(House::Terminal);
        line.extend(["ping", "-c1", "-W3"].map(str::to_owned));
        line.push(ADDRESS.to_string());
        Command::new(&line[0])
            .args(&line[1..])
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// A closed port is dropped without a word, so the time allowed is what a scan costs.
fn knock(port: u16) -> bool {
    TcpStream::connect_timeout(
        &SocketAddr::new(IpAddr::V4(ADDRESS), port),
        Duration::from_millis(60),
    )
    .is_ok()
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _gone = self.servers.kill();
        let _reaped = self.servers.wait();
        let own = self.town.variable("TERMINAL_ADDRESS");
        inside(
            &self.town,
            &format!(
                "ip link set wire nomaster; ip link del bridge; ip link del {TAP}; ip address add {own}/24 dev wire; \
                 ip link set wire up"
            ),
        );
    }
}

fn inside(town: &Town, script: &str) {
    let mut line = town.enter(House::Terminal);
    line.extend(["sh", "-c", script].map(str::to_owned));
    let status = Command::new(&line[0]).args(&line[1..]).stdin(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "in the terminal's house: {script}");
}
