//! A backup, and putting it back on another machine: what was closed since stays closed.

use crate::{BENALI, PETIT, gateway};
use borne_gateway_api::{StartAnswer, path};
use borne_harness::gateway::{Gateway, Refused};
use borne_harness::programs;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// A key pair made for this test, written as `age-keygen` writes it.
const PUBLIC: &str = include_str!("backup.pub");
const IDENTITY: &str = include_str!("backup.key");

fn beside(gateway: &Gateway, name: &str) -> PathBuf {
    gateway.config().with_file_name(name)
}

/// Makes a backup of it.
fn back_up(gateway: &Gateway) -> PathBuf {
    let file = beside(gateway, "backup.age");
    let to = file.to_str().unwrap();
    let said = gateway.bornectl(&["backup", "--to", to, "--recipient", PUBLIC.trim()], "").unwrap();
    assert!(said.contains("written"), "{said}");
    fs::write(beside(gateway, "backup.key"), IDENTITY).unwrap();
    file
}

/// Exit code and words of `borne-gateway restore`.
fn restore(gateway: &Gateway, arguments: &[&str]) -> (bool, String) {
    let mut program = Command::new(programs::program("borne-gateway"));
    program.arg("restore").arg(beside(gateway, "backup.age"));
    program.arg("--identity").arg(beside(gateway, "backup.key"));
    let output = program.arg("--config").arg(gateway.config()).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn a_backup_of_a_running_gateway_is_encrypted_private_and_not_written_over() {
    let gateway = gateway();
    let file = back_up(&gateway);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1"));
    assert!(!bytes.windows(13).any(|window| window == b"SQLite format"));
    let again = gateway
        .bornectl(&["backup", "--to", file.to_str().unwrap(), "--recipient", PUBLIC.trim()], "");
    assert!(again.is_err() && fs::read(&file).unwrap() == bytes);
    let bad =
        gateway.bornectl(&["backup", "--to", "/nowhere/x", "--recipient", "age1nonsense"], "");
    assert!(bad.is_err());
    let left = ["backup.sqlite", "backup.age"].map(|name| gateway.state().join(name).exists());
    assert_eq!(left, [false, false], "left in the state directory");
    gateway.wait_for_audit("backup_made");
}

#[test]
fn what_was_revoked_and_removed_since_the_backup_stays_so() {
    let mut gateway = gateway();
    let (stays, stolen) = (gateway.terminal("salle-1"), gateway.terminal("salle-2"));
    let invitation = gateway.invite("salle-3");
    let _backup = back_up(&gateway);
    gateway.bornectl(&["terminal", "revoke", "salle-2"], "").unwrap();
    gateway.bornectl(&["badge", "remove", "--login", PETIT.0], "").unwrap();
    gateway.bornectl(&["badge", "set-pin", "--login", BENALI.0], "604913\n").unwrap();
    let (done, said) = restore(&gateway, &[]);
    assert!(!done && said.contains("running"), "{said}");
    gateway.kill();
    // Another machine: nothing of the state is left but the log, which was copied away.
    let log = beside(&gateway, "revocations.copy");
    fs::copy(gateway.state().join("revocations.log"), &log).unwrap();
    let text = fs::read_to_string(&log).unwrap();
    assert!(
        !text.contains(BENALI.1) && !text.contains("benali") && text.lines().count() == 3,
        "{text}"
    );
    fs::remove_dir_all(gateway.state()).unwrap();
    let (done, said) = restore(&gateway, &[]);
    assert!(!done && said.contains("--without-revocations"), "{said}");
    let (done, said) = restore(&gateway, &["--revocations", log.to_str().unwrap()]);
    assert!(done, "{said}");
    for word in ["1 terminal(s)", "1 badge(s) removed", "1 badge(s) that need a new PIN", "epoch 2"]
    {
        assert!(said.contains(word), "{word}: {said}");
    }
    gateway.kill_and_restart();
    let (mut stays, mut stolen) = (stays, stolen);
    stays.follow(&gateway);
    stolen.follow(&gateway);
    assert!(stays.post::<_, StartAnswer>(path::START, &()).is_ok());
    assert!(matches!(stolen.post::<_, StartAnswer>(path::START, &()), Err(Refused::Api(403, _))));
    let badges = gateway.bornectl(&["badge", "list"], "").unwrap();
    assert!(!badges.contains(PETIT.0) && badges.contains("locked"), "{badges}");
    assert!(gateway.stranger().join(&invitation).is_err(), "an invitation outlived the backup");
}

#[test]
fn a_terminal_that_was_renewing_at_the_backup_goes_on_with_its_new_certificate() {
    let mut gateway = gateway();
    let mut old = gateway.terminal("salle-1");
    let _started = old.start().unwrap();
    let mut new = old.renew().unwrap();
    let _backup = back_up(&gateway);
    assert!(!new.poll(None).unwrap());
    gateway.kill();
    let log = beside(&gateway, "revocations.copy");
    fs::copy(gateway.state().join("revocations.log"), &log).unwrap();
    fs::remove_dir_all(gateway.state()).unwrap();
    let (done, said) = restore(&gateway, &["--revocations", log.to_str().unwrap()]);
    assert!(done && said.contains("0 terminal(s)"), "{said}");
    gateway.kill_and_restart();
    old.follow(&gateway);
    new.follow(&gateway);
    assert!(matches!(old.poll(None), Err(Refused::Api(403, _))), "the old one is open again");
    let _started = new.start().unwrap();
    assert!(!new.poll(None).unwrap());
}

#[test]
fn a_log_of_another_gateway_or_an_older_one_is_not_taken() {
    let mut gateway = gateway();
    let _joined = gateway.terminal("salle-1");
    gateway.bornectl(&["terminal", "revoke", "salle-1"], "").unwrap();
    let _backup = back_up(&gateway);
    gateway.kill();
    fs::remove_dir_all(gateway.state()).unwrap();
    let log = beside(&gateway, "other.log");
    for text in [String::new(), format!("1 badge {}\n", "00".repeat(32))] {
        fs::write(&log, &text).unwrap();
        let (done, said) = restore(&gateway, &["--revocations", log.to_str().unwrap()]);
        assert!(!done && said.contains("does not go on"), "{said}");
    }
    let (done, said) = restore(&gateway, &["--without-revocations"]);
    assert!(done && said.contains("CAREFUL"), "{said}");
}

#[test]
fn a_backup_that_was_changed_or_is_for_another_key_changes_nothing() {
    let mut gateway = gateway();
    let file = back_up(&gateway);
    gateway.kill();
    let before = fs::read(gateway.state().join("gateway.sqlite")).unwrap();
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for bytes in [flipped, whole[..whole.len() / 2].to_vec(), b"nothing".to_vec()] {
        fs::write(&file, bytes).unwrap();
        let (done, said) = restore(&gateway, &["--without-revocations"]);
        assert!(!done && said.contains("nothing was put back"), "{said}");
    }
    assert_eq!(fs::read(gateway.state().join("gateway.sqlite")).unwrap(), before);
}
