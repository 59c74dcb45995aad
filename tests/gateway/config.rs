//! What the gateway does not start with: each number has bounds, each name is there once.

use borne_harness::gateway::Gateway;
use borne_harness::programs;
use std::fs;
use std::process::Command;

/// What it says when it is started with these lines in place of those.
fn refused(gateway: &Gateway, from: &str, to: &str) -> String {
    let text = fs::read_to_string(gateway.config()).unwrap();
    assert!(text.contains(from), "{from}");
    let path = gateway.config().with_file_name("bad.toml");
    // A configuration that is taken must not touch this gateway's state.
    let text = text.replacen(from, to, 1).replace("/state\"", "/other-state\"");
    fs::write(&path, text).unwrap();
    let output = Command::new("timeout")
        .arg("3")
        .arg(programs::program("borne-gateway"))
        .arg(&path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{to}: {said}");
    said
}

#[test]
fn a_number_out_of_its_bounds_is_refused_with_the_bounds() {
    let gateway = Gateway::start();
    for (table, key, bad) in [
        ("session", "heartbeat_ms", ["99", "600001"]),
        ("session", "absolute_s", ["0", "43201"]),
        ("session", "login_ticket_ms", ["0", "10001"]),
        ("session", "service_ticket_ms", ["0", "300001"]),
        ("session", "tap_ms", ["99", "300001"]),
        ("session", "logout_timeout_ms", ["99", "30001"]),
        ("session", "recheck_s", ["0", "3601"]),
        ("directory", "timeout_ms", ["99", "5001"]),
        ("limits", "taps_per_minute", ["0", "1001"]),
        ("limits", "pins_per_minute", ["0", "1001"]),
        ("limits", "connections_per_address", ["0", "1025"]),
        ("limits", "connections_per_second", ["0", "10001"]),
    ] {
        for value in bad {
            let to = format!("[{table}]\n{key} = {value}");
            let said = refused(&gateway, &format!("[{table}]"), &to);
            let words = [format!("{table}.{key}"), "is not between".to_owned()];
            assert!(words.iter().all(|word| said.contains(word)), "{to}: {said}");
        }
    }
    let said = refused(&gateway, "[session]", "[audit]\nkeep_days = 0\n[session]");
    assert!(said.contains("audit.keep_days"), "{said}");
}

#[test]
fn applications_are_told_apart_by_name_and_by_service() {
    let gateway = Gateway::start();
    let text = fs::read_to_string(gateway.config()).unwrap();
    let (_, app) = text.split_once("[[app]]").unwrap();
    let services = app.lines().find(|line| line.starts_with("services")).unwrap();
    let again = format!("[[app]]{app}\n[[app]]");
    assert!(refused(&gateway, "[[app]]", &again).contains("app.name"));
    let other =
        format!("[[app]]\nname = \"other\"\n{services}\nentry = \"https://localhost/\"\n[[app]]");
    assert!(refused(&gateway, "[[app]]", &other).contains("app.services"));
    for name in ["", "a b", "a/b", "é", "a\\\"b"] {
        let said = refused(&gateway, "name = \"application\"", &format!("name = \"{name}\""));
        assert!(said.contains("app.name") || said.contains("web.home"), "{name}: {said}");
    }
}

#[test]
fn a_protocol_that_the_gateway_does_not_speak_is_refused_by_name() {
    let gateway = Gateway::start();
    let said = refused(&gateway, "[[app]]", "[[app]]\nprotocol = \"owl\"");
    assert!(said.contains("owl") && said.contains("cas"), "{said}");
    // The default, said aloud: what is refused then is something else.
    let to = "[[app]]\nprotocol = \"cas\"\nlogout = \"owl\"";
    let said = refused(&gateway, "[[app]]", to);
    assert!(said.contains("owl") && said.contains("browser_visit"), "{said}");
}

#[test]
fn what_would_weaken_the_directory_is_refused() {
    let gateway = Gateway::start();
    for (from, to, words) in [
        (
            "bind_dn = \"cn=borne,ou=services,dc=mairie,dc=example\"",
            "bind_dn = \"\"",
            "directory.bind_dn",
        ),
        ("base = \"ou=people,dc=mairie,dc=example\"", "base = \"\"", "directory.base"),
        ("[session]", "filter = \"sn=*\"\n[session]", "directory.filter"),
        ("[session]", "filter = \"(sn=*))(|(uid=*)\"\n[session]", "directory.filter"),
        ("[session]", "filter = \"\"\n[session]", "directory.filter"),
        ("[session]", "locked_canary = \" x\"\n[session]", "locked_canary"),
        ("[session]", "default_policy = \"default\"\n[session]", "directory.default_policy"),
    ] {
        let said = refused(&gateway, from, to);
        assert!(said.contains(words), "{to}: {said}");
    }
}

#[test]
fn a_callback_that_leads_elsewhere_than_it_says_is_refused() {
    let gateway = Gateway::start();
    let text = fs::read_to_string(gateway.config()).unwrap();
    let line = text.lines().find(|line| line.starts_with("proxy_callbacks")).unwrap();
    for bad in ["https://localhost/a/../b", "https://localhost/a#b", "https://local\\\\host/b"] {
        let said = refused(&gateway, line, &format!("proxy_callbacks = [\"{bad}\"]"));
        assert!(said.contains("proxy_callbacks"), "{bad}: {said}");
    }
}
