//! From one version to the next, and back; with the power cut halfway.

use crate::debs::{NOW, OLD, install, must_install, package};
use crate::login::is_well;
use crate::machine::{Debian, Machine};
use crate::on_both;
use crate::setup::set_up_alone;
use crate::site::Site;
use borne_harness::agents::agent;
use borne_harness::gateway::{ONE_MIGRATION_BACK, sqlite};
use borne_harness::town::House;

on_both!(an_upgrade_takes_the_database_along_and_a_terminal_notices_nothing);

/// On this machine, which has sqlite3, with the gateway stopped.
fn change_database(machine: &Machine, sql: &str) {
    let database = machine.root().join("var/lib/borne-gateway/gateway.sqlite");
    let _nothing = sqlite(&database, sql);
}

fn an_upgrade_takes_the_database_along_and_a_terminal_notices_nothing(debian: Debian) {
    let site = Site::of_the_town();
    let agent = agent("b.lefevre");
    let machine = site.machine(debian);
    must_install(&machine, OLD);
    site.set_up(&machine);
    let add = format!("bornectl badge add --login {}", agent.login);
    machine.must_with(&add, &format!("{}\n{}\n", agent.badge, agent.pin));
    let terminal = site.joined(&machine, "salle-1");
    machine.must("systemctl stop borne-gateway.service");
    change_database(&machine, ONE_MIGRATION_BACK);

    let said = must_install(&machine, NOW);
    // What `check` says stands at the end of what apt says.
    assert!(said.contains("ok    directory: ") && said.contains("ok    database: "), "{said}");
    is_well(&machine);
    assert_eq!(machine.must("dpkg-query --show --showformat '${Version}' borne-gateway"), NOW);
    let copies =
        machine.must("cd /var/lib/borne-gateway && stat -c '%n %a %U' gateway.sqlite.before-*");
    assert_eq!(copies, format!("gateway.sqlite.before-{NOW} 600 borne-gateway\n"));
    let kept = machine.must("cat /etc/borne/gateway.toml");
    assert!(kept.contains("locked_canary"), "{kept}");
    // By a new connection, as a terminal whose old one has ended.
    let mut terminal = terminal.twin();
    site.town.within(House::Terminal, || terminal.start().map(drop)).expect("the same terminal");
    let inbox = site.inbox(&terminal, &agent);
    assert!(inbox.contains("Nid-de-poule rue des Églantiers"), "{inbox}");
}

/// A machine with the gateway running, on which nothing else is needed.
fn running(version: &str) -> Machine {
    let machine = Machine::boot(Debian::Bookworm);
    must_install(&machine, version);
    set_up_alone(&machine);
    machine
}

fn version(machine: &Machine) -> String {
    machine.must("dpkg-query --show --showformat '${Version} ${db:Status-Status}' borne-gateway")
}

#[track_caller]
fn serves(machine: &Machine) {
    machine.must("systemctl is-active borne-gateway.service borne-gateway-web.socket && bornectl terminal list");
}

#[test]
fn an_older_version_is_kept_out_with_words_and_the_gateway_stays_as_it_is() {
    let machine = running(NOW);
    let pid = machine.must("systemctl show -P MainPID borne-gateway");
    let said = install(&machine, OLD, "--allow-downgrades");
    assert_ne!(said.code, Some(0), "{}", said.text);
    for word in [&format!("version {OLD} is older than {NOW}"), "to go back all the same"] {
        assert!(said.text.contains(word), "{word}: {}", said.text);
    }
    assert_eq!(version(&machine), format!("{NOW} installed"));
    assert_eq!(machine.must("systemctl show -P MainPID borne-gateway"), pid, "it was disturbed");
    serves(&machine);
    // The way back that it names. The older program itself refuses what it cannot read.
    machine.must("apt-get -qy remove borne-gateway </dev/null");
    change_database(
        &machine,
        "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 1)",
    );
    let said = must_install(&machine, OLD);
    assert!(said.contains("FAIL  database: ") && said.contains("later version of Borne"), "{said}");
    assert!(machine.journal().contains("later version of Borne"), "{}", machine.journal());
    machine.must("systemctl stop borne-gateway.service");
    change_database(&machine, "DELETE FROM _sqlx_migrations WHERE version = 9999");
    machine.must("systemctl start borne-gateway.service");
    serves(&machine);
}

/// Stands in the way of dpkg's own `dpkg-deb`: half of the package's files, then the power is gone.
const CUT: &str = r#"#!/bin/bash
if [[ "$*" == *--fsys-tarfile* ]]; then
  /usr/bin/dpkg-deb "$@" | head -c 3000000
  kill -KILL $PPID
fi
exec /usr/bin/dpkg-deb "$@"
"#;

#[test]
fn a_power_cut_while_files_are_unpacked_is_repaired_by_installing_again() {
    let mut machine = running(OLD);
    machine.copy(&package(NOW), "/root/borne-gateway.deb");
    machine.write("/usr/local/bin/dpkg-deb", CUT);
    machine.must("chmod 755 /usr/local/bin/dpkg-deb");
    let said = machine.run("dpkg --install borne-gateway.deb");
    assert_ne!(said.code, Some(0), "{}", said.text);
    assert_ne!(version(&machine), format!("{OLD} installed"), "it was not in the middle");
    machine.cut_power();
    machine.power_on();
    std::fs::remove_file(machine.root().join("usr/local/bin/dpkg-deb")).unwrap();
    // The old program still stands there whole, and serves.
    serves(&machine);
    machine.must("dpkg --configure -a");
    machine.must("apt-get -qy install ./borne-gateway.deb </dev/null");
    assert_eq!(version(&machine), format!("{NOW} installed"));
    serves(&machine);
}

#[test]
fn a_power_cut_before_the_new_version_is_configured_is_repaired_by_dpkg() {
    let mut machine = running(OLD);
    machine.copy(&package(NOW), "/root/borne-gateway.deb");
    machine.must("dpkg --unpack borne-gateway.deb");
    machine.cut_power();
    machine.power_on();
    serves(&machine);
    let said = machine.must("dpkg --configure -a");
    assert!(said.contains("ok    database: "), "{said}");
    assert_eq!(version(&machine), format!("{NOW} installed"));
    serves(&machine);
}
