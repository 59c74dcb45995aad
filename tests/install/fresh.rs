//! The package before anybody has set it up.

use crate::debs::{NOW, must_install};
use crate::machine::{Debian, Machine};
use crate::on_both;

on_both!(what_is_installed_listens_nowhere_and_says_what_to_do);

/// Sockets that listen, of whatever kind but within the machine.
fn listening(machine: &Machine) -> String {
    machine.must("ss -Hltun")
}

fn what_is_installed_listens_nowhere_and_says_what_to_do(debian: Debian) {
    let machine = Machine::boot(debian);
    assert_eq!(listening(&machine), "");
    let said = must_install(&machine, NOW);
    assert!(said.contains("next: borne-gateway setup"), "{said}");
    // What it depends on was fetched by apt, and nothing it brought was changed since.
    assert!(said.contains("Setting up ca-certificates"), "{said}");
    assert_eq!(machine.must("dpkg --verify borne-gateway"), "");
    assert_eq!(listening(&machine), "");
    let enabled = machine
        .run("systemctl is-enabled borne-gateway.service borne-gateway-{web,terminals}.socket");
    assert_eq!(enabled.text, "disabled\ndisabled\ndisabled\n");
    // Nor when somebody starts it.
    machine.must("systemctl start borne-gateway.service borne-gateway-web.socket borne-gateway-terminals.socket");
    assert_eq!(listening(&machine), "");
    assert_eq!(machine.must("find /proc -maxdepth 1 -user borne-gateway"), "");
    let user = machine.must("getent passwd borne-gateway");
    assert!(user.trim_end().ends_with("/nologin"), "{user}");
    let modes = machine
        .must("stat -c '%a %U %G' /etc/borne /etc/borne/gateway.toml /var/lib/borne-gateway");
    assert_eq!(
        modes,
        "750 root borne-gateway\n640 root borne-gateway\n700 borne-gateway borne-gateway\n"
    );
    let check = machine.run("borne-gateway check");
    assert_eq!(check.code, Some(2), "{}", check.text);
    assert!(
        check.text.contains("FAIL  configuration") && check.text.contains("borne-gateway setup")
    );
    // Every program, and what explains it.
    for file in ["man8/borne-gateway.8.gz", "man1/bornectl.1.gz", "man5/gateway.toml.5.gz"] {
        machine.must(&format!("test -s /usr/share/man/{file}"));
    }
    machine.must("borne-gateway --version && bornectl help && test -s /usr/share/doc/borne-gateway/gateway.example.toml");
}
