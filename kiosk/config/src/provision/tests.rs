//! Each wrong file is refused by the name of its key.

use super::*;

const EXAMPLE: &str = include_str!("../../../../docs/borne.example.toml");

fn parse(text: &str) -> Result<Provision, ProvisionError> {
    Provision::parse(text, "/data/config/ca.pem")
}

#[test]
fn the_example_of_the_docs_is_a_good_file() {
    let provision = parse(EXAMPLE).unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(provision.method, Method::Static { prefix: 24, .. }));
    assert_eq!(provision.zone, "Europe/Paris");
    let at = provision.token_at.unwrap_or_default();
    assert_eq!(EXAMPLE.get(at), provision.token.map(|token| format!("\"{token}\"")).as_deref());
}

#[test]
fn the_file_that_lies_on_a_new_card_is_a_good_one_once_it_is_filled_in() {
    const CARD: &str = include_str!("../../../../image/board/borne.example.toml");
    let provision = parse(CARD).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        provision.token.is_none() && provision.method == Method::Dhcp && provision.wifi.is_none()
    );
    // Each line that is commented out is one that may be written.
    let all: String = CARD
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|key| is_toml(key)).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let provision = parse(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
    assert!(provision.wifi.is_some() && provision.proxy.is_some() && !provision.ntp.is_empty());
}

/// `key = value` or `[table]`, and not a sentence.
fn is_toml(line: &str) -> bool {
    let key = line.split(" = ").next().unwrap_or_default();
    line.starts_with('[')
        || (key != line
            && key.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'0'..=b'9')))
}

#[test]
fn a_mark_of_windows_editors_is_taken_and_the_token_still_found() {
    let text = format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n"));
    let provision = parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let at = provision.token_at.unwrap_or_default();
    assert_eq!(text.get(at), provision.token.map(|token| format!("\"{token}\"")).as_deref());
}

#[test]
fn a_used_token_counts_as_none() {
    const TOKEN: &str = "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs";
    // A power cut between two sectors leaves one end of it.
    for left in [String::new(), format!("{:43}", &TOKEN[..20]), format!("{:>43}", &TOKEN[42..])] {
        let blank = EXAMPLE.replace(TOKEN, &format!("{left:43}"));
        assert!(parse(&blank).is_ok_and(|provision| provision.token.is_none()), "{left:?}");
    }
    let pasted = parse(&EXAMPLE.replace(TOKEN, &format!(" {TOKEN}\\n")));
    assert!(pasted.is_ok_and(|provision| provision.token.as_deref() == Some(TOKEN)));
}

#[test]
fn each_bad_value_is_refused_and_named() {
    for (from, to, key) in [
        (
            "https://passerelle.mairie.example:8443",
            "http://passerelle.mairie.example",
            "gateway.url",
        ),
        ("-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----", "gateway.ca"),
        ("3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs", "3q2", "gateway.token"),
        ("10.20.0.15/24", "10.20.0.15", "network.address"),
        ("10.20.0.15/24", "127.0.0.1/8", "network.address"),
        ("\"10.20.0.1\"", "\"10.21.0.1\"", "network.router"),
        ("[\"10.20.0.53\"]", "[]", "network.dns"),
        ("[\"10.20.0.53\"]", "[\"ns.mairie.example\"]", "network.dns"),
        ("ssid = \"Mairie\"", "ssid = \"Mairie\\n[Security]\"", "wifi.ssid"),
        ("huit caracteres au moins", "court", "wifi.passphrase"),
        ("country = \"FR\"", "country = \"fr\"", "wifi.country"),
        ("http://proxy", "http://nom:mot@proxy", "proxy.url"),
        ("ntp.mairie.example", "ntp mairie", "time.ntp"),
        ("Europe/Paris", "../../etc/shadow", "time.zone"),
        ("idle_s = 120", "idle_s = 0", "session.idle_s"),
        ("groupware.mairie.example:443", "groupware.mairie.example", "browser.allow"),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let Err(error) = parse(&EXAMPLE.replace(from, to)) else { panic!("{to:?} was taken") };
        assert!(error.to_string().contains(key), "{key}: {error}");
    }
}

#[test]
fn an_unknown_key_is_refused_by_its_line_and_no_secret_is_repeated() {
    let text = EXAMPLE.replace("passphrase = \"huit", "motdepasse = \"huit");
    let line = text.lines().position(|line| line.starts_with("motdepasse")).unwrap_or_default() + 1;
    let Err(error) = parse(&text) else { panic!("it was taken") };
    assert!(
        matches!(&error, ProvisionError::Shape { line: found, .. } if *found as usize == line),
        "{error:?} {line}"
    );
    for text in
        [text, EXAMPLE.replace("token = \"3q2", "token = 3q2"), EXAMPLE.replace("moins\"", "moins")]
    {
        let Err(error) = parse(&text) else { panic!("it was taken") };
        assert!(
            !error.to_string().contains("huit") && !error.to_string().contains("3q2"),
            "{error}"
        );
    }
}
