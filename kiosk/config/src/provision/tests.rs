//! Each wrong file is refused by the name of its key.

use super::*;

const EXAMPLE: &str = include_str!("../../../../docs/borne.example.toml");

fn parse(text: &str) -> Result<Provision, ProvisionError> {
    let has_zone = |zone: &str| ["Europe/Paris", "Indian/Reunion"].contains(&zone);
    let here = Here { ca_file: "/data/config/ca.pem", now: 1_790_000_000, has_zone: &has_zone };
    Provision::parse(text, here)
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
    const BLANK: &str = include_str!("../../../../image/board/borne.example.toml");
    let error = parse(BLANK).err().map(|error| (error.key, error.what));
    assert_eq!(error, Some(("gateway.ca".to_owned(), Wrong::CaDamaged)), "as it lies there");
    let pem = &EXAMPLE[EXAMPLE.find("-----BEGIN").unwrap()..EXAMPLE.find("-----END").unwrap()];
    let card = BLANK.replace("(le contenu du fichier)", pem.split_once('\n').unwrap().1.trim_end());
    let provision = parse(&card).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        provision.token.is_none() && provision.method == Method::Dhcp && provision.wifi.is_none()
    );
    // Each line that is commented out is one that may be written.
    let all: String = card
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
    assert!(parse(&EXAMPLE.replace(TOKEN, &" ".repeat(43))).is_ok_and(|p| p.token.is_none()));
    // A power cut between two sectors leaves one end of it: the file is shifted so that a sector
    // begins after `kept` letters.
    let begins = EXAMPLE.find(TOKEN).unwrap();
    for (kept, left) in [(20, format!("{:43}", &TOKEN[..20])), (1, format!("{:>43}", &TOKEN[1..]))]
    {
        let shift = 512 - (begins + kept) % 512;
        let text = format!("#{}\n{}", "-".repeat(shift - 2), EXAMPLE.replace(TOKEN, &left));
        assert!(parse(&text).is_ok_and(|provision| provision.token.is_none()), "{left:?}");
        let error = parse(&format!("\n{text}")).err().map(|error| error.what);
        assert_eq!(error, Some(Wrong::Token), "copied badly: {left:?}");
    }
    let pasted = parse(&EXAMPLE.replace(TOKEN, &format!(" {TOKEN}\\n")));
    assert!(pasted.is_ok_and(|provision| provision.token.as_deref() == Some(TOKEN)));
}

#[test]
fn each_bad_value_is_refused_by_its_keys_own_name_and_says_how_to_write_it() {
    const TOKEN: &str = "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs";
    let cut =
        &EXAMPLE[EXAMPLE.find("-----BEGIN").unwrap() + 400..EXAMPLE.find("-----END").unwrap()];
    let whole = EXAMPLE[EXAMPLE.find("-----BEGIN").unwrap()..].split("\"\"\"").next().unwrap();
    let range = |least, most| Wrong::Range { least, most };
    for (from, to, key, what) in [
        ("https://passerelle", "http://passerelle", "gateway.url", Wrong::Url),
        ("example:8443\"", "example:8443 \"", "gateway.url", Wrong::Blank),
        ("example:8443\"", "example:84433\"", "gateway.url", Wrong::Port),
        ("example:8443\"", "example:8443/v1/\"", "gateway.url", Wrong::Url),
        (cut, "", "gateway.ca", Wrong::CaDamaged),
        (&cut[40..], "", "gateway.ca", Wrong::CaDamaged),
        ("-----END CERTIFICATE-----", "", "gateway.ca", Wrong::CaDamaged),
        ("BEGIN CERTIFICATE", "BEGIN PRIVATE KEY", "gateway.ca", Wrong::CaPrivateKey),
        ("BEGIN CERTIFICATE", "BEGIN CERTIFICATE REQUEST", "gateway.ca", Wrong::CaDamaged),
        (whole, "/etc/ssl/mairie.pem", "gateway.ca", Wrong::CaDamaged),
        (whole, include_str!("server.pem"), "gateway.ca", Wrong::CaNotAuthority),
        (whole, include_str!("expired.pem"), "gateway.ca", Wrong::CaExpired),
        (TOKEN, "3q2", "gateway.token", Wrong::Token),
        (TOKEN, &TOKEN[1..], "gateway.token", Wrong::Token),
        (TOKEN, "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGh ", "gateway.token", Wrong::Token),
        ("10.20.0.15/24", "10.20.0.15", "network.address", Wrong::Address),
        ("10.20.0.15/24", "127.0.0.1/8", "network.address", Wrong::Address),
        ("10.20.0.15/24", "10.20.0.0/24", "network.address", Wrong::AddressOfNetwork),
        ("10.20.0.15/24", "10.20.0.255/24", "network.address", Wrong::AddressOfAll),
        ("\"10.20.0.1\"", "\"10.21.0.1\"", "network.router", Wrong::Router),
        ("\"10.20.0.1\"", "\"10.20.0.15\"", "network.router", Wrong::Router),
        ("\"10.20.0.1\"", "\"10.20.0.255\"", "network.router", Wrong::Router),
        ("[\"10.20.0.53\"]", "[]", "network.dns", Wrong::Dns),
        ("[\"10.20.0.53\"]", "[\"ns.mairie.example\"]", "network.dns", Wrong::Dns),
        ("[\"10.20.0.53\"]", "[\"10.20.0.15\"]", "network.dns", Wrong::Dns),
        ("ssid = \"Mairie\"", "ssid = \"Mairie\\n[Security]\"", "wifi.ssid", Wrong::Ssid),
        ("\"Mairie\"", "\"Écoles élémentaires de Beaumont\"", "wifi.ssid", Wrong::Ssid),
        ("huit caracteres au moins", "court", "wifi.passphrase", Wrong::WifiKey),
        ("huit caracteres au moins", "huit caractères au moins", "wifi.passphrase", Wrong::WifiKey),
        ("country = \"FR\"", "country = \"fr\"", "wifi.country", Wrong::Country),
        ("country = \"FR\"", "country = \"UK\"", "wifi.country", Wrong::Country),
        ("http://proxy", "http://nom:mot@proxy", "proxy.url", Wrong::Proxy),
        ("example:3128", "example:312888", "proxy.url", Wrong::Port),
        ("ntp.mairie.example", "ntp mairie", "time.ntp", Wrong::Ntp),
        ("ntp.mairie.example", "10.20.0.300", "time.ntp", Wrong::Ntp),
        ("Europe/Paris", "../../etc/shadow", "time.zone", Wrong::Zone),
        ("Europe/Paris", "Europe/Pari", "time.zone", Wrong::Zone),
        ("bus = \"uart\"", "bus = \"serial\"", "reader.bus", Wrong::Bus),
        ("idle_s = 120", "idle_s = 0", "session.idle_s", range(2, 3_600)),
        ("idle_s = 120", "idle_s = -1", "session.idle_s", range(2, 3_600)),
        ("idle_s = 120", "idle_s = \"120\"", "session.idle_s", Wrong::Kind),
        ("idle_s = 120", "idel_s = 120", "session.idel_s", Wrong::UnknownKey),
        ("idle_s = 120", "idle_s = 120\nidle_s = 20", "session.idle_s", Wrong::Twice),
        ("[session]", "zoom_percent = 1000\n[session]", "browser.zoom_percent", range(50, 300)),
        ("[session]", "zoom_percent = 1.5\n[session]", "browser.zoom_percent", Wrong::Kind),
        ("allow = [", "alow = [", "browser.alow", Wrong::UnknownKey),
        ("example:443\"]", "example\"]", "browser.allow", Wrong::HostPort),
        ("10.77.0.0/24", "10.77.0.7/24", "browser.lan", Wrong::Lan),
        ("ssid = \"Mairie\"\n", "", "wifi.ssid", Wrong::MissingKey),
        ("[gateway]", "[passerelle]", "passerelle", Wrong::UnknownKey),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let Err(error) = parse(&EXAMPLE.replace(from, to)) else { panic!("{to:?} was taken") };
        assert_eq!((error.key.as_str(), error.what), (key, what), "{to:?}: {error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn the_wifi_key_itself_is_taken_as_64_hexadecimal_digits() {
    let key = "0123456789abcdefABCDEF9876543210".repeat(2);
    assert!(parse(&EXAMPLE.replace("huit caracteres au moins", &key)).is_ok());
    let long = "g".repeat(64);
    assert!(parse(&EXAMPLE.replace("huit caracteres au moins", &long)).is_err());
}

#[test]
fn an_old_authority_beside_the_new_one_is_no_fault() {
    let both = format!("{}-----BEGIN", include_str!("expired.pem"));
    assert!(parse(&EXAMPLE.replace("-----BEGIN", &both)).is_ok());
}

#[test]
fn an_unknown_key_is_refused_by_its_line_and_no_secret_is_repeated() {
    let text = EXAMPLE.replace("passphrase = \"huit", "motdepasse = \"huit");
    let line = text.lines().position(|line| line.starts_with("motdepasse")).unwrap_or_default() + 1;
    let Err(error) = parse(&text) else { panic!("it was taken") };
    assert!(error.line as usize == line && error.what == Wrong::UnknownKey, "{error:?} {line}");
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

#[test]
fn no_pin_is_wired_twice_and_none_is_the_readers() {
    let other = |red: &str, bus: &str| {
        EXAMPLE
            .replace("red = 27", &format!("red = {red}"))
            .replace("bus = \"uart\"", &format!("bus = \"{bus}\""))
    };
    let wiring = parse(EXAMPLE).unwrap_or_else(|error| panic!("{error}")).wiring;
    assert_eq!(wiring.to_string(), "red=27 green=17 blue=22 buzzer=23 presence=24 display=0x3c");
    for (red, bus) in [
        ("17", "usb"),
        ("14", "uart"),
        ("15", "uart"),
        ("2", "i2c"),
        ("3", "usb"),
        ("8", "spi"),
        ("0", "usb"),
        ("28", "usb"),
        ("-1", "usb"),
        ("9999", "usb"),
    ] {
        let error = parse(&other(red, bus)).err().map(|error| (error.key, error.what));
        let key = if red == "17" { "wiring.green" } else { "wiring.red" };
        assert_eq!(error, Some((key.to_owned(), Wrong::GpioPin)), "{red} {bus}");
    }
    for (red, bus) in [("14", "usb"), ("8", "uart"), ("27", "i2c")] {
        assert!(parse(&other(red, bus)).is_ok(), "{red} {bus}");
    }
    for address in ["0x24", "60000", "-1"] {
        let text = EXAMPLE.replace("display = 0x3c", &format!("display = {address}"));
        let error = parse(&text).err().map(|error| (error.key, error.what));
        assert_eq!(error, Some(("wiring.display".to_owned(), Wrong::DisplayAddress)), "{address}");
    }
    let text = EXAMPLE.replace("21:00-06:30", "21:00");
    let error = parse(&text).err().map(|error| (error.key, error.what));
    assert_eq!(error, Some(("panel.night".to_owned(), Wrong::Hours)));
}
