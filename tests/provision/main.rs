//! The shipped kiosk-provision on a card's file, and the supervisor that shows what is wrong with one.
//!
//! The card is a plain file here: FAT itself is tried in the image, where the kernel has it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod screen;

use borne_harness::programs::program;
use borne_ipc::{ProvisionFault, Role};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

const EXAMPLE: &str = include_str!("../../docs/borne.example.toml");
const TOKEN: &str = "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A card and a root to write to.
pub struct Card(PathBuf);

impl Card {
    pub fn with(text: &str) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("borne-provision-{}-{number}", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("borne.toml"), text).unwrap();
        Self(directory)
    }

    /// One start of the terminal.
    pub fn start(&self) -> Output {
        let output = Command::new(program("kiosk-provision"))
            .env_clear()
            .env("BORNE_CARD", self.0.join("borne.toml"))
            .env("BORNE_ROOT", &self.0)
            .env("BORNE_RUN", self.0.join("run/borne"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = format!("{output:?}");
        for secret in [TOKEN, "huit caracteres"] {
            assert!(!said.contains(secret), "a secret in the log");
        }
        output
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    fn fault(&self) -> Option<ProvisionFault> {
        let text = fs::read_to_string(self.0.join("run/borne/provision/fault")).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_good_file_becomes_what_the_systems_programs_read() {
    let card = Card::with(EXAMPLE);
    card.start();
    assert_eq!(card.fault(), None);
    assert!(card.read("data/config/terminal.toml").contains("url = \"https://passerelle.mairie.example:8443\""));
    assert!(card.read("data/config/ca.pem").starts_with("-----BEGIN CERTIFICATE-----\n"));
    let network = card.read("run/systemd/network/10-borne.network");
    for line in ["Type=wlan", "Address=10.20.0.15/24", "Gateway=10.20.0.1", "DNS=10.20.0.53"] {
        assert!(network.lines().any(|found| found == line), "{line}\n{network}");
    }
    assert!(card.read("var/lib/iwd/Mairie.psk").contains("Passphrase=huit caracteres au moins"));
    assert_eq!(fs::metadata(card.0.join("var/lib/iwd/Mairie.psk")).unwrap().mode() & 0o777, 0o600);
    assert!(card.read("run/borne/provision/iwd/main.conf").contains("Country=FR"));
    assert!(card.read("run/systemd/timesyncd.conf.d/10-borne.conf").contains("NTP=ntp.mairie.example"));
    assert_eq!(card.read("run/borne/provision/update-proxy.env"), "https_proxy=http://proxy.mairie.example:3128\n");
    let zone = fs::read_link(card.0.join("run/borne/provision/localtime")).unwrap();
    assert_eq!(zone, PathBuf::from("/usr/share/zoneinfo/Europe/Paris"));
}

#[test]
fn the_token_goes_to_the_supervisor_alone_and_is_erased_from_the_card() {
    let card = Card::with(EXAMPLE);
    let length = fs::metadata(card.0.join("borne.toml")).unwrap().len();
    let inode = fs::metadata(card.0.join("borne.toml")).unwrap().ino();
    fs::create_dir_all(card.0.join("data/terminal")).unwrap();
    fs::write(card.0.join("data/terminal/terminal.crt"), "of an earlier gateway").unwrap();
    card.start();
    assert!(!card.has("data/terminal/terminal.crt"), "a new token means to join again");
    assert_eq!(card.read("data/terminal/join-token"), TOKEN);
    let token = fs::metadata(card.0.join("data/terminal/join-token")).unwrap();
    assert_eq!((token.mode() & 0o777, token.uid()), (0o600, Role::Supervisor.uid()));
    let left = card.read("borne.toml");
    assert!(!left.contains(TOKEN) && !left.contains("3q2"), "{left}");
    let file = fs::metadata(card.0.join("borne.toml")).unwrap();
    assert_eq!((file.len(), file.ino()), (length, inode), "overwritten where it stood, not beside it");
    // The next start finds a good file and has nothing to hand over.
    fs::remove_file(card.0.join("data/terminal/join-token")).unwrap();
    card.start();
    assert_eq!(card.fault(), None);
    assert!(!card.has("data/terminal/join-token"));
}

#[test]
fn a_cut_in_the_middle_of_erasing_is_finished_at_the_next_start() {
    let card = Card::with(&EXAMPLE.replace(TOKEN, &" ".repeat(TOKEN.len())));
    card.start();
    assert_eq!(card.fault(), None);
    assert!(card.read("borne.toml").lines().any(|line| line.starts_with("#oken")));
    assert!(!card.has("data/terminal/join-token"));
}

#[test]
fn a_wrong_file_changes_nothing_and_is_explained() {
    for (from, to, fault) in [
        ("10.20.0.15/24", "10.20.0.15", ProvisionFault::Address),
        ("country = \"FR\"", "country = \"France\"", ProvisionFault::Country),
        ("https://passerelle", "http://passerelle", ProvisionFault::GatewayUrl),
        ("[browser]\nallow", "[browser]\nalow", ProvisionFault::Shape(0)),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let card = Card::with(&EXAMPLE.replace(from, to));
        let before = card.read("borne.toml");
        card.start();
        assert_eq!(card.fault(), Some(fault), "{to}");
        assert!(!card.has("data") && !card.has("var") && !card.has("run/systemd"), "{to}: something was written");
        assert_eq!(card.read("borne.toml"), before, "{to}: the token is still there for the mended file");
        fs::write(card.0.join("borne.toml"), EXAMPLE).unwrap();
        card.start();
        assert_eq!(card.fault(), None, "mended");
    }
}

#[test]
fn a_misspelt_key_is_explained_by_its_line() {
    let text = EXAMPLE.replace("ssid = ", "sssid = ");
    let line = text.lines().position(|line| line.starts_with("sssid")).unwrap() + 1;
    let card = Card::with(&text);
    card.start();
    assert_eq!(card.fault(), Some(ProvisionFault::Shape(u32::try_from(line).unwrap())));
}

#[test]
fn a_terminal_that_was_set_up_starts_without_the_file_and_a_fresh_one_says_so() {
    let card = Card::with(EXAMPLE);
    card.start();
    fs::remove_file(card.0.join("borne.toml")).unwrap();
    card.start();
    assert_eq!(card.fault(), None);
    let fresh = Card::with("");
    fs::remove_file(fresh.0.join("borne.toml")).unwrap();
    fresh.start();
    assert_eq!(fresh.fault(), Some(ProvisionFault::Card));
}

#[test]
fn what_does_not_change_is_not_written_again() {
    let card = Card::with(EXAMPLE);
    card.start();
    let when = |path: &str| fs::metadata(card.0.join(path)).unwrap().ino();
    let before = ["data/config/terminal.toml", "data/config/ca.pem"].map(when);
    card.start();
    assert_eq!(["data/config/terminal.toml", "data/config/ca.pem"].map(when), before);
}
