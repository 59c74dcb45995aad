//! What goes wrong on a town's machine, and what the technician is told.

use crate::debs::{NOW, must_install};
use crate::machine::{Debian, Machine};
use crate::setup::{alone, set_up_alone};
use borne_harness::wait_for;
use std::time::Duration;

#[test]
fn a_port_that_is_taken_is_named_with_who_may_have_it() {
    let machine = Machine::boot(Debian::Bookworm);
    must_install(&machine, NOW);
    machine.must(
        "systemd-run --quiet --unit=other systemd-socket-activate --accept --listen=443 /bin/true",
    );
    wait_for("the other server", Duration::from_secs(10), || {
        machine.run("ss -Hltn | grep -q :443").code == Some(0)
    });
    alone(&machine);
    let said = machine.must("borne-gateway setup --answers answers.toml");
    assert!(
        said.contains("could not be started") && said.contains("systemctl enable --now"),
        "{said}"
    );
    let check = machine.run("borne-gateway check");
    assert_eq!(check.code, Some(2), "{}", check.text);
    assert!(
        check.text.contains("FAIL  web.listen: ") && check.text.contains("ss -ltnp sport = :443"),
        "{}",
        check.text
    );
    machine.must("systemctl stop other");
    machine.must("systemctl enable --now borne-gateway-terminals.socket borne-gateway-web.socket borne-gateway.service");
    machine.must("systemctl is-active borne-gateway-web.socket");
}

#[test]
fn a_disk_that_cannot_be_written_is_named() {
    let machine = Machine::boot(Debian::Bookworm);
    must_install(&machine, NOW);
    set_up_alone(&machine);
    machine.must("systemctl stop borne-gateway.service");
    let state = "/var/lib/borne-gateway";
    machine.must(&format!("mount --bind {state} {state} && mount -o remount,bind,ro {state}"));
    let check = machine.run("borne-gateway check");
    assert_eq!(check.code, Some(2), "{}", check.text);
    assert!(check.text.contains("FAIL  state_dir: "), "{}", check.text);
    assert_ne!(machine.run("systemctl start borne-gateway.service").code, Some(0));
    let journal = machine.journal();
    assert!(journal.contains(state) && journal.contains("ead-only"), "{journal}");
    machine.must(&format!("umount {state} && systemctl restart borne-gateway.service"));
    machine.must("bornectl terminal list");
}
