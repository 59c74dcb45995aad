//! Port authentication on a cable, for real: what borne-provision wrote, wpa_supplicant as the
//! image starts it, and a switch (hostapd with its own RADIUS part) at the other end of a wire, in
//! a network namespace of their own.

use crate::{Card, EXAMPLE};
use borne_harness::switch::{self, PASSWORD};
use borne_harness::wait_for;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// The example, by cable and with 802.1X.
pub fn by_cable(password: &str, authority: Option<&str>) -> String {
    let (before, rest) = EXAMPLE.split_once("\n[wifi]\n").unwrap();
    let (_, after) = rest.split_once("\n[proxy]\n").unwrap();
    let authority = authority.map(|pem| format!("ca = '''\n{pem}'''\n")).unwrap_or_default();
    format!(
        "{before}\n[dot1x]\nidentity = \"borne-12\"\npassword = '{password}'\n{authority}\n[proxy]\n{after}"
    )
}

/// A wire between the terminal and the switch.
struct Wire {
    card: Card,
    both: Child,
}

impl Drop for Wire {
    fn drop(&mut self) {
        // It holds the namespace and everything in it.
        let _gone = self.both.kill();
        let _reaped = self.both.wait();
    }
}

/// Authority, server certificate and the switch's files, in a directory of their own.
fn switch(name: &str) -> PathBuf {
    let here = crate::directory(name);
    switch::prepare(&here, "switch");
    here
}

impl Wire {
    /// Plugs a terminal whose card holds this file in.
    fn plug(switch: &Path, file: &str) -> Self {
        let card = Card::with(file);
        card.start();
        assert_eq!(card.fault(), None);
        // As borne-8021x@.service, at the place where the image has it.
        let script = format!(
            "mount -t tmpfs tmpfs /run && mkdir /run/borne && mount --bind {run} /run/borne && ip link add cable type veth \
             peer name switch && ip link set cable up && ip link set switch up || exit 1\n\
             hostapd {switch}/switch.conf >{here}/switch.log 2>&1 &\n\
             exec wpa_supplicant -D wired -i cable -c /run/borne/provision/wired.conf >{here}/terminal.log 2>&1\n",
            run = card.0.join("run/borne").display(),
            switch = switch.display(),
            here = card.0.display(),
        );
        let mut command = Command::new("unshare");
        command.args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--",
            "sh",
            "-c",
            &script,
        ]);
        command
            .stdin(Stdio::null())
            .stderr(File::create(card.0.join("words")).unwrap())
            .process_group(0);
        let both = command.spawn().unwrap();
        Self { card, both }
    }

    fn wait_for(&self, log: &str, words: &str) {
        wait_for(&format!("{words:?} in {log}"), SOON, || {
            let text = |name: &str| fs::read_to_string(self.card.0.join(name)).unwrap_or_default();
            if text(log).contains(words) {
                Ok(())
            } else {
                Err(["words", "switch.log", "terminal.log"].map(text))
            }
        });
    }
}

#[test]
fn the_switch_lets_a_terminal_in_by_its_password_and_no_other() {
    let switch = switch("switch");
    let authority = fs::read_to_string(switch.join("ca.pem")).unwrap();
    let wire = Wire::plug(&switch, &by_cable(PASSWORD, Some(&authority)));
    wire.wait_for("terminal.log", "CTRL-EVENT-CONNECTED");
    wire.wait_for("switch.log", "authorizing port");
    assert!(
        !fs::read_to_string(wire.card.0.join("terminal.log")).unwrap().contains("passe"),
        "a secret in the log"
    );
    let wrong = Wire::plug(&switch, &by_cable("devine", Some(&authority)));
    wrong.wait_for("terminal.log", "CTRL-EVENT-EAP-FAILURE");
    fs::remove_dir_all(switch).unwrap();
}

#[test]
fn a_terminal_gives_no_answer_to_a_switch_of_another_authority() {
    let (ours, theirs) = (switch("ours"), switch("theirs"));
    let authority = fs::read_to_string(ours.join("ca.pem")).unwrap();
    let wire = Wire::plug(&theirs, &by_cable(PASSWORD, Some(&authority)));
    wire.wait_for("terminal.log", "CTRL-EVENT-EAP-TLS-CERT-ERROR");
    for directory in [ours, theirs] {
        fs::remove_dir_all(directory).unwrap();
    }
}
