//! The port of a switch that the guest's cable is plugged into: until the guest has authenticated
//! by 802.1X, nothing but EAPOL passes. hostapd decides; what a switch's own circuits do then, the
//! bridge does here.
//!
//! A bridge keeps EAPOL's group address to itself (IEEE 802.1D, 7.12.6), so hostapd sits on the
//! very end of the cable.

use super::Guest;
use super::network::TAP;
use crate::wait_for;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Shut until it is opened. Dropping it ends hostapd.
pub struct Port {
    directory: PathBuf,
    enter: Vec<String>,
    hostapd: Child,
}

impl Port {
    /// Shuts the port of this guest's cable, behind which a switch waits with these files
    /// (`crate::switch`).
    ///
    /// # Panics
    /// When hostapd does not start.
    #[must_use]
    pub fn shut(guest: &Guest, files: PathBuf) -> Self {
        let enter = guest.enter.clone();
        run(&enter, &["ip", "link", "set", TAP, "nomaster"]);
        let log = File::create(files.join("switch.log")).expect("make the switch's log");
        let mut line = enter.clone();
        line.extend([
            "/usr/sbin/hostapd".to_owned(),
            files.join("switch.conf").display().to_string(),
        ]);
        let mut hostapd = Command::new(&line[0]);
        hostapd
            .args(&line[1..])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log);
        let hostapd = hostapd.spawn().expect("start hostapd");
        let port = Self { directory: files, enter, hostapd };
        wait_for("the switch", Duration::from_secs(10), || {
            let log = port.log();
            if log.contains("AP-ENABLED") { Ok(()) } else { Err(log) }
        });
        port
    }

    /// All hostapd has said.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("switch.log")).unwrap_or_default()
    }

    /// Whether hostapd has let somebody in.
    #[must_use]
    pub fn authorised(&self) -> bool {
        self.log().contains(": authorizing port")
    }

    /// Waits until hostapd lets the guest in, and does what a switch then does.
    #[track_caller]
    pub fn open_once_authorised(&self, deadline: Duration) {
        wait_for("the switch to let the terminal in", deadline, || {
            if self.authorised() { Ok(()) } else { Err(self.log()) }
        });
        run(&self.enter, &["ip", "link", "set", TAP, "master", "bridge"]);
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        let _gone = self.hostapd.kill();
        let _reaped = self.hostapd.wait();
    }
}

impl Guest {
    /// Whether the town's DHCP server has heard of it.
    #[must_use]
    pub fn has_asked_for_an_address(&self) -> bool {
        let log = fs::read_to_string(self.directory.join("dnsmasq.log")).unwrap_or_default();
        log.contains("DHCPDISCOVER")
    }
}

fn run(enter: &[String], command: &[&str]) {
    let line: Vec<&str> = enter.iter().map(String::as_str).chain(command.iter().copied()).collect();
    let status = Command::new(line[0]).args(&line[1..]).stdin(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?}");
}
