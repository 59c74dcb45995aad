//! What is left when the package is gone.

use crate::debs::{NOW, must_install};
use crate::machine::{Debian, Machine};
use crate::on_both;
use crate::setup::set_up_alone;
use std::collections::BTreeSet;

on_both!(purging_leaves_nothing);

/// What dpkg, apt and the system's own services write down for themselves.
const THEIRS: [&str; 7] =
    ["var/lib/dpkg", "var/lib/apt", "var/log", "var/cache", "var/lib/systemd", "var/tmp", "root"];
/// The files that hold users, and the copies that the system's tools keep of them.
const USERS: [&str; 4] = ["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"];

fn purging_leaves_nothing(debian: Debian) {
    let machine = Machine::boot(debian);
    machine.must("apt-get -qy install ca-certificates </dev/null");
    let (files, users) = (files(&machine), users(&machine));
    must_install(&machine, NOW);
    set_up_alone(&machine);
    machine.must("systemctl is-active borne-gateway.service && bornectl badge list && test -e /var/lib/borne-gateway/pepper");
    // Removed, it stops and keeps its state; back again, it runs as before.
    machine.must("apt-get -qy remove borne-gateway </dev/null");
    assert_eq!(machine.must("ss -Hltun"), "");
    machine.must("test -e /var/lib/borne-gateway/pepper && test -e /etc/borne/gateway.toml");
    must_install(&machine, NOW);
    machine.must("systemctl is-active borne-gateway.service && bornectl badge list");
    machine.must("apt-get -qy purge borne-gateway </dev/null");
    assert_eq!(machine.must("ss -Hltun"), "");
    let left: Vec<_> = self::files(&machine).difference(&files).cloned().collect();
    assert!(left.is_empty(), "left: {left:?}");
    let lost: Vec<_> = files.difference(&self::files(&machine)).cloned().collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert_eq!(self::users(&machine), users);
    assert_eq!(machine.run("systemctl list-units --all --no-legend 'borne*'").text, "");
}

/// Each name in the root, with kind, rights, owner and where a link leads.
fn files(machine: &Machine) -> BTreeSet<String> {
    let mut find = std::process::Command::new("find");
    find.arg(machine.root()).args(["-xdev", "-printf", "%P %y %m %U %G %l\n"]);
    let output = find.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let theirs = |line: &&str| {
        !THEIRS.iter().any(|folder| line.starts_with(&format!("{folder}/")))
            && !USERS.iter().any(|file| line.starts_with(&format!("{file}-")))
    };
    text.lines().filter(theirs).map(str::to_owned).collect()
}

fn users(machine: &Machine) -> Vec<String> {
    USERS.map(|file| std::fs::read_to_string(machine.root().join(file)).unwrap()).to_vec()
}
