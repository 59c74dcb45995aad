//! The pepper and the terminals' authority belong to one database: nothing is drawn beside one that
//! is in use, and nothing starts with another's.

use crate::{BENALI, gateway};
use borne_harness::gateway::{Gateway, LATER_VERSION, ONE_MIGRATION_BACK, sqlite};
use borne_harness::programs;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const SECRETS: [&str; 3] = ["pepper", "terminal-ca.key", "terminal-ca.pem"];

/// What it says when it does not start.
fn refused(gateway: &Gateway) -> String {
    let mut program = Command::new(programs::program("borne-gateway"));
    let output = program.arg(gateway.config()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Name and content of every secret.
fn kept(gateway: &Gateway) -> Vec<(&'static str, Option<Vec<u8>>)> {
    SECRETS.map(|name| (name, fs::read(gateway.state().join(name)).ok())).to_vec()
}

#[test]
fn a_missing_secret_beside_a_database_in_use_is_refused_and_none_is_drawn() {
    let mut gateway = gateway();
    let _joined = gateway.terminal("salle-1");
    gateway.kill();
    for name in SECRETS {
        let path = gateway.state().join(name);
        let saved = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let before = kept(&gateway);
        let said = refused(&gateway);
        assert!(said.contains(name) && said.contains("backup"), "{name}: {said}");
        assert_eq!(kept(&gateway), before, "{name}: something was drawn");
        fs::write(&path, saved).unwrap();
    }
    gateway.kill_and_restart();
    assert!(gateway.bornectl(&["badge", "list"], "").unwrap().contains(BENALI.0));
}

#[test]
fn a_secret_of_another_gateway_is_refused() {
    let (mut gateway, other) = (gateway(), Gateway::start());
    gateway.kill();
    for name in SECRETS {
        let path = gateway.state().join(name);
        let saved = fs::read(&path).unwrap();
        fs::copy(other.state().join(name), &path).unwrap();
        let said = refused(&gateway);
        assert!(said.contains("terminal-ca.pem") || said.contains(name), "{name}: {said}");
        fs::write(&path, saved).unwrap();
    }
    // The whole authority of another, which fits in itself.
    for name in ["terminal-ca.key", "terminal-ca.pem"] {
        fs::copy(other.state().join(name), gateway.state().join(name)).unwrap();
    }
    assert!(refused(&gateway).contains("does not belong to the database"));
}

#[test]
fn a_lost_database_is_not_begun_anew_beside_its_secrets() {
    let mut gateway = gateway();
    gateway.kill();
    for name in ["gateway.sqlite", "gateway.sqlite-wal", "gateway.sqlite-shm"] {
        let _gone = fs::remove_file(gateway.state().join(name));
    }
    let said = refused(&gateway);
    assert!(said.contains("gateway.sqlite") && said.contains("restore"), "{said}");
    assert!(!gateway.state().join("gateway.sqlite").exists());
}

#[test]
fn a_secret_that_is_there_but_cannot_be_read_is_not_missing() {
    let mut gateway = gateway();
    gateway.kill();
    let path = gateway.state().join("pepper");
    let saved = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    // Root reads through every mode; a loop of links it cannot.
    std::os::unix::fs::symlink("pepper", &path).unwrap();
    let said = refused(&gateway);
    assert!(said.contains("pepper"), "{said}");
    assert!(path.symlink_metadata().unwrap().is_symlink(), "it was replaced");
    fs::remove_file(&path).unwrap();
    fs::write(&path, saved).unwrap();
}

#[test]
fn every_file_of_its_state_is_its_own_users_alone_also_one_of_an_earlier_version() {
    let mut gateway = gateway();
    let open = |gateway: &Gateway| -> Vec<String> {
        let entries = fs::read_dir(gateway.state()).unwrap().flatten();
        let others = |entry: &fs::DirEntry| entry.metadata().unwrap().permissions().mode() & 0o077;
        entries
            .filter(|entry| others(entry) != 0)
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(open(&gateway), [""; 0]);
    gateway.kill();
    for entry in fs::read_dir(gateway.state()).unwrap().flatten() {
        if entry.metadata().unwrap().is_file() {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
    gateway.kill_and_restart();
    assert_eq!(open(&gateway), [""; 0]);
}

#[test]
fn a_database_of_a_later_version_is_refused_with_words() {
    let mut gateway = gateway();
    gateway.kill();
    gateway.sql(LATER_VERSION);
    let said = refused(&gateway);
    assert!(said.contains("later version of Borne") && said.contains("9999"), "{said}");
}

#[test]
fn an_upgrade_keeps_a_copy_of_the_database_before_it() {
    let mut gateway = gateway();
    gateway.kill();
    gateway.sql(ONE_MIGRATION_BACK);
    gateway.kill_and_restart();
    assert!(gateway.bornectl(&["badge", "list"], "").unwrap().contains(BENALI.0));
    let copies: Vec<_> = fs::read_dir(gateway.state())
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("gateway.sqlite.before-"))
        .collect();
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(sqlite(&copies[0].path(), "SELECT count(*) FROM badge").trim(), "2");
}

#[test]
fn listeners_that_the_service_manager_opened_are_taken_by_name() {
    let gateway = gateway();
    // systemd-socket-activate hands them over as systemd does.
    let config = gateway.config().with_file_name("activated.toml");
    let text = fs::read_to_string(gateway.config()).unwrap();
    let state = gateway.state().display().to_string();
    // An address of nobody here: only what is handed over can be listened on.
    let text = text
        .replace(&state, &format!("{state}-activated"))
        .replacen("127.0.0.1:0", "192.0.2.1:1", 1)
        .replace("127.0.0.1:0", "192.0.2.1:2");
    fs::write(&config, text).unwrap();
    let mut started = Command::new("systemd-socket-activate")
        .args(["-l", "127.0.0.1:18443", "-l", "127.0.0.1:18444", "--fdname=web:terminal_api"])
        .arg(programs::program("borne-gateway"))
        .arg(&config)
        .stderr(fs::File::create(gateway.config().with_file_name("activated.log")).unwrap())
        .spawn()
        .unwrap();
    let said =
        borne_harness::wait_for("it to be ready", std::time::Duration::from_secs(20), || {
            // The first connection starts it.
            let _connection = std::net::TcpStream::connect("127.0.0.1:18443");
            let log = fs::read_to_string(gateway.config().with_file_name("activated.log")).unwrap();
            if log.contains(" ready ") { Ok(log) } else { Err(log) }
        });
    let _killed = started.kill();
    let _reaped = started.wait();
    assert!(said.contains("terminal_api=127.0.0.1:18444 web=127.0.0.1:18443"), "{said}");
}
