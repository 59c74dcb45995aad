//! What the gateway keeps, and what it refuses to start with.

use crate::{BENALI, gateway, with};
use borne_gateway_api::{PinAnswer, TapAnswer};
use borne_harness::gateway::{Gateway, Settings};
use borne_harness::{programs, wait_for};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

#[test]
fn nobody_else_can_read_its_state() {
    let gateway = gateway();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&gateway.state()), 0o700);
    for name in ["pepper", "terminal-ca.key", "admin.sock"] {
        assert_eq!(mode(&gateway.state().join(name)), 0o600, "{name}");
    }
}

#[test]
fn its_files_hold_no_pin_no_uid_and_no_ticket() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let grant = terminal.login(BENALI.1, BENALI.2);
    let browser = gateway.browser();
    assert_eq!(browser.redeem(&terminal.sign(grant.ticket.expose())).status, 303);
    let unused = browser.get("/cas/login", &[("service", &gateway.party().service())]).ticket();
    let cookie = browser.cookie().unwrap();
    let cookie = cookie.split_once('=').unwrap().1;
    let secrets = [BENALI.1, BENALI.2, grant.ticket.expose(), cookie, &unused];
    for file in
        fs::read_dir(gateway.state()).unwrap().flatten().filter(|file| file.path().is_file())
    {
        let bytes = fs::read(file.path()).unwrap();
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret in {}", file.path().display());
        }
    }
}

#[test]
fn the_audit_names_the_agent_and_the_terminal_and_nothing_else() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let grant = terminal.login(BENALI.1, BENALI.2);
    let audit = gateway.audit();
    let line = audit.lines().find(|line| line.contains("granted")).unwrap();
    assert!(line.contains("e.benali") && line.contains("salle-1"), "{line}");
    for private in [BENALI.1, BENALI.2, grant.ticket.expose(), "Éliane", "Benali "] {
        assert!(!audit.contains(private));
    }
    assert!(!gateway.log().contains("benali"), "the log names nobody");
}

#[test]
fn the_badge_list_shows_two_characters_of_a_uid() {
    let gateway = gateway();
    let list = gateway.bornectl(&["badge", "list"], "").unwrap();
    assert!(
        list.contains("e.benali") && list.contains("…84") && !list.contains(BENALI.1),
        "{list}"
    );
}

/// What it says when it is started with this in place of that.
fn refused_start(gateway: &Gateway, from: &str, to: &str) -> String {
    let text = fs::read_to_string(gateway.config()).unwrap();
    assert!(text.contains(from));
    let path = gateway.config().with_file_name("bad.toml");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let output = Command::new(programs::program("borne-gateway")).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_bad_configuration_is_refused_with_the_key_and_the_mend() {
    let gateway = Gateway::start();
    for (from, to, words) in [
        ("[session]", "[session]\nheartbeat = 3", "heartbeat"),
        ("home = \"application\"", "home = \"elsewhere\"", "web.home"),
        ("ldaps://", "ldap://", "directory.url"),
        ("[session]", "[session]\nlogin_ticket_ms = 10001", "session.login_ticket_ms"),
        ("/proxy\"]", "\", \"https://localhost\"]", "app.application.proxy_callbacks"),
        ("server.key", "nothing.key", "nothing.key"),
    ] {
        let said = refused_start(&gateway, from, to);
        assert!(said.contains(words), "{to}: {said}");
    }
}

#[test]
fn a_damaged_pepper_is_not_replaced() {
    let mut gateway = gateway();
    gateway.kill();
    fs::write(gateway.state().join("pepper"), b"short").unwrap();
    let output =
        Command::new(programs::program("borne-gateway")).arg(gateway.config()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("backup"));
    assert_eq!(fs::read(gateway.state().join("pepper")).unwrap(), b"short");
}

#[test]
fn the_documented_example_has_only_keys_it_knows() {
    let gateway = Gateway::start();
    let example =
        fs::read_to_string(borne_harness::agents::repository().join("docs/gateway.example.toml"))
            .unwrap();
    let state = gateway.state().with_file_name("another-state");
    let text = example.replace("/var/lib/borne-gateway", &state.display().to_string());
    assert!(text.contains("another-state"));
    let path = gateway.config().with_file_name("example.toml");
    fs::write(&path, text).unwrap();
    let output = Command::new(programs::program("borne-gateway")).arg(&path).output().unwrap();
    // It gets as far as the files that this machine does not have.
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("/etc/borne/ldap-password"), "{said}");
}

#[test]
fn on_a_full_disk_people_still_get_in_and_their_tries_are_counted() {
    let gateway = with(Settings { disk: Some("40m"), ..Settings::default() });
    let terminal = gateway.terminal("salle-1");
    wait_for("the reserve", Duration::from_secs(10), || {
        fs::metadata(gateway.state().join("reserve")).is_ok_and(|file| file.len() == 8 << 20)
    });
    let filler = gateway.state().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    let full = std::iter::repeat_with(|| file.write_all(&[1; 4096])).find(Result::is_err).unwrap();
    assert_eq!(full.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    // The one who meets the full disk is told to try again; the reserve is open then.
    wait_for("a tap that is taken", Duration::from_secs(10), || {
        terminal.try_tap(BENALI.1).is_ok_and(|answer| matches!(answer, TapAnswer::AskPin { .. }))
    });
    let tap = terminal.tap_known(BENALI.1);
    assert!(matches!(terminal.pin(&tap, "830461"), PinAnswer::WrongPin { tries_left: 2 }));
    let grant = terminal.login(BENALI.1, BENALI.2);
    assert_eq!(grant.wrong_pins, 1);
    assert!(gateway.log().contains("the disk is full: the reserve is used now"));
    assert!(!gateway.state().join("reserve").exists());
}
