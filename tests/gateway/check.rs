//! `borne-gateway check`: what it looks at, and what it says to fix.

use crate::gateway;
use borne_harness::gateway::{Gateway, LATER_VERSION};
use borne_harness::programs;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Its exit code, and all it says.
fn check(gateway: &Gateway, arguments: &[&str]) -> (i32, String) {
    let mut program = Command::new(programs::program("borne-gateway"));
    program.args(["check", "--config"]).arg(gateway.config()).args(arguments);
    let output = program.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), said)
}

/// A gateway whose files are as an installation has them.
fn tidy() -> Gateway {
    let gateway = gateway();
    for name in ["server.key", "ldap-password"] {
        let path = gateway.config().with_file_name(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
    }
    gateway
}

#[track_caller]
fn fails(gateway: &Gateway, what: &str) {
    let (code, said) = check(gateway, &[]);
    assert!(said.contains(&format!("FAIL  {what}")), "{what}: {said}");
    assert!(said.split(&format!("FAIL  {what}")).nth(1).unwrap().contains("fix: "), "{said}");
    assert_eq!(code, 2, "{said}");
}

#[test]
fn a_running_gateway_passes_and_each_thing_has_its_line() {
    let gateway = tidy();
    let (code, said) = check(&gateway, &[]);
    assert!(code < 2, "{said}");
    for what in [
        "configuration",
        "web.certificate",
        "terminal_api.certificate",
        "directory",
        "database",
        "disk",
        "clock",
        "web.listen",
        "app.application.entry",
        "state_dir",
    ] {
        assert!(said.contains(&format!("  {what}: ")), "{what}: {said}");
    }
    let (_, json) = check(&gateway, &["--json"]);
    let lines: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(lines.as_array().unwrap().iter().all(|line| line["verdict"] != "fail"), "{json}");
}

#[test]
fn what_is_wrong_is_named_with_how_to_fix_it() {
    let mut gateway = tidy();
    gateway.directory_server().stop();
    fails(&gateway, "directory:");
    gateway.directory_server().resume();
    let key = gateway.config().with_file_name("server.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    fails(&gateway, "web.key:");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    gateway.kill();
    fs::copy(gateway.state().join("terminal-ca.key"), &key).unwrap();
    fails(&gateway, "web.certificate:");
    let text = fs::read_to_string(gateway.config()).unwrap();
    fs::write(gateway.config(), text.replace("ou=people", "ou=nowhere")).unwrap();
    fails(&gateway, "directory:");
    fs::remove_file(gateway.state().join("gateway.sqlite-wal")).unwrap();
    fs::write(gateway.state().join("gateway.sqlite"), b"no database at all, this is").unwrap();
    fails(&gateway, "database:");
}

#[test]
fn a_commands_name_is_never_taken_for_a_file() {
    let here = std::env::temp_dir();
    let check = Command::new(programs::program("borne-gateway"))
        .arg("check")
        .current_dir(&here)
        .output()
        .unwrap();
    // Of this machine's own configuration, if there is one.
    let said = String::from_utf8_lossy(&check.stdout);
    assert!(said.contains("  configuration: "), "{said}");
}

#[test]
fn a_database_of_a_later_version_fails_before_the_gateway_does() {
    let mut gateway = tidy();
    gateway.kill();
    gateway.sql(LATER_VERSION);
    fails(&gateway, "database:");
    let (_, said) = check(&gateway, &[]);
    assert!(said.contains("later version of Borne"), "{said}");
}
