//! The shipped borne-provision on a real card: mtools puts the file there, as IT's computer would.
//! And the supervisor that shows what is wrong with one.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod clock;
mod joining;
mod network;
mod renewal;
mod screen;
mod supervisor;
mod wired;

use borne_harness::agents::repository;
use borne_harness::programs::program;
use borne_ipc::{ProvisionFault, Wrong};
use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const EXAMPLE: &str = include_str!("../../docs/borne.example.toml");
const TOKEN: &str = "3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs";
/// Where the card's first partition begins.
const FIRST: u64 = 4 << 20;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A card and a root to write to.
pub struct Card(PathBuf);

fn directory(name: &str) -> PathBuf {
    let directory =
        std::env::temp_dir().join(format!("borne-provision-{}-{name}", std::process::id()));
    let _none_there = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The card that `image/scripts/card` makes, with nothing to start on it. Made once, where cargo
/// cleans up.
fn blank() -> &'static Path {
    static CARD: OnceLock<PathBuf> = OnceLock::new();
    CARD.get_or_init(|| {
        let (input, output) =
            (directory("input"), PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("provision-card"));
        let _none_there = fs::remove_dir_all(&output);
        for name in ["kernel.img", "initramfs.img", "root.fs"] {
            fs::write(input.join(name), name).unwrap();
        }
        let mut command = Command::new(repository().join("image/scripts/card"));
        for (name, size) in
            [("BORNE_BOOT_SIZE", "40M"), ("BORNE_ROOT_SIZE", "1M"), ("BORNE_DATA_SIZE", "1M")]
        {
            command.env(name, size);
        }
        let made = command.arg("rpi4").args([&input, &output]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        fs::remove_dir_all(input).unwrap();
        output.join("card.img")
    })
}

impl Card {
    /// With this file on it.
    pub fn with(text: impl AsRef<[u8]>) -> Self {
        let card = Self::fresh();
        card.lay(text);
        card
    }

    /// As flashed.
    fn fresh() -> Self {
        let directory = directory(&COUNT.fetch_add(1, Ordering::Relaxed).to_string());
        let copied = Command::new("cp")
            .arg("--sparse=always")
            .args([blank(), &directory.join("card.img")])
            .status();
        assert!(copied.unwrap().success());
        Self(directory)
    }

    fn mtools(&self, program: &str, arguments: &[&str]) -> Output {
        let partition = format!("{}@@{FIRST}", self.0.join("card.img").display());
        Command::new(program).args(["-i", &partition]).args(arguments).output().unwrap()
    }

    fn lay(&self, text: impl AsRef<[u8]>) {
        self.lay_as("borne.toml", text);
    }

    fn lay_as(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.join("laid"), text).unwrap();
        let from = self.0.join("laid").display().to_string();
        let copied = self.mtools("mcopy", &["-o", &from, &format!("::{name}")]);
        assert!(copied.status.success(), "{copied:?}");
        fs::remove_file(self.0.join("laid")).unwrap();
    }

    /// The file, as another computer reads it.
    fn file(&self) -> String {
        String::from_utf8(self.mtools("mtype", &["::borne.toml"]).stdout).unwrap()
    }

    fn take_away(&self) {
        assert!(self.mtools("mdel", &["::borne.toml"]).status.success());
    }

    /// One start of the terminal.
    pub fn start(&self) -> Output {
        // What lies in memory is gone.
        for name in ["run", "var"] {
            let _none_there = fs::remove_dir_all(self.0.join(name));
        }
        let output = Command::new(program("borne-provision"))
            .env_clear()
            .env("BORNE_CARD", self.0.join("card.img"))
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

    fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.0.join(path)).unwrap().mode() & 0o777
    }

    fn holds(&self, text: &str) -> bool {
        memchr::memmem::find(&fs::read(self.0.join("card.img")).unwrap(), text.as_bytes()).is_some()
    }

    fn fault(&self) -> Option<ProvisionFault> {
        self.said("fault")
    }

    fn advice(&self) -> Option<ProvisionFault> {
        self.said("advice")
    }

    fn said(&self, name: &str) -> Option<ProvisionFault> {
        let text = fs::read_to_string(self.0.join("run/borne/provision").join(name)).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_good_file_becomes_what_the_terminals_programs_read() {
    let card = Card::with(EXAMPLE);
    card.start();
    assert_eq!(card.fault(), None);
    assert!(
        card.read("data/config/terminal.toml")
            .contains("url = \"https://passerelle.mairie.example:8443\"")
    );
    assert!(card.read("data/config/ca.pem").starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert_eq!(card.read("data/config/reader.env"), "");
    card.lay(EXAMPLE.replace("bus = \"uart\"", "bus = \"i2c\""));
    card.start();
    assert_eq!(card.read("data/config/reader.env"), "BORNE_READER=pn532_i2c:/dev/i2c-1\n");
    assert_eq!(
        card.read("data/config/panel.env"),
        "BORNE_WIRING=\"red=27 green=17 blue=22 buzzer=23 presence=24 display=0x3c\"\n"
    );
}

#[test]
fn the_token_goes_to_the_supervisor_and_no_letter_of_it_stays_on_the_card() {
    let card = Card::with(format!("# Copie : {TOKEN}\n{EXAMPLE}"));
    fs::create_dir_all(card.0.join("data/terminal")).unwrap();
    for name in ["terminal.next", "terminal.crt", "terminal.key"] {
        fs::write(card.0.join("data/terminal").join(name), "of an earlier gateway").unwrap();
    }
    let length = card.file().len();
    assert!(card.holds(TOKEN));
    card.start();
    assert!(!card.has("data/terminal/terminal.crt"), "a new token means to join again");
    assert!(!card.has("data/terminal/terminal.key"), "a new token means a new key");
    assert!(!card.has("data/terminal/terminal.next"), "nor what was to follow it");
    assert_eq!(card.read("data/terminal/join-token"), TOKEN);
    assert!(
        !card.holds(TOKEN) && !card.holds(&TOKEN[..8]) && !card.holds(&TOKEN[35..]),
        "it is still on the card"
    );
    assert_eq!(card.file().len(), length, "the file is still one");
    // It has joined; the next start finds a good file and has nothing to hand over.
    fs::rename(card.0.join("data/terminal/join-token"), card.0.join("data/terminal/terminal.crt"))
        .unwrap();
    card.start();
    assert_eq!(card.fault(), None);
    assert!(!card.has("data/terminal/join-token") && card.has("data/terminal/terminal.crt"));
    card.lay(EXAMPLE);
    card.start();
    assert!(
        card.has("data/terminal/join-token") && !card.has("data/terminal/terminal.crt"),
        "a second token"
    );
}

#[test]
fn a_power_cut_in_the_middle_of_the_blanking_does_not_make_the_terminal_join_by_half_a_token() {
    // A sector begins after twenty letters of the token.
    let shift = 512 - (EXAMPLE.find(TOKEN).unwrap() + 20) % 512;
    let half = EXAMPLE.replace(TOKEN, &format!("{:43}", &TOKEN[..20]));
    let card = Card::with(format!("#{}\n{half}", "-".repeat(shift - 2)));
    fs::create_dir_all(card.0.join("data/terminal")).unwrap();
    fs::write(card.0.join("data/terminal/terminal.crt"), "joined by the whole one").unwrap();
    card.start();
    assert_eq!(card.fault(), None);
    assert!(!card.has("data/terminal/join-token") && card.has("data/terminal/terminal.crt"));
}

#[test]
fn a_power_cut_before_the_blanking_does_not_cost_the_key_that_asks_with_the_token() {
    let card = Card::with(EXAMPLE);
    card.start();
    fs::write(card.0.join("data/terminal/terminal.key"), "the token's").unwrap();
    // As the card was before its token was blanked.
    card.lay(EXAMPLE);
    card.start();
    assert_eq!(card.read("data/terminal/terminal.key"), "the token's");
    assert!(!card.holds(TOKEN));
}

#[test]
fn a_file_as_an_editor_of_another_system_writes_it_is_taken() {
    let card = Card::with(format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n")));
    card.start();
    assert_eq!(card.fault(), None);
    assert!(!card.holds(TOKEN) && card.read("data/terminal/join-token") == TOKEN);
}

#[test]
fn a_wrong_file_changes_nothing_blanks_nothing_and_is_explained_by_its_keys_name() {
    let pem = &EXAMPLE[EXAMPLE.find("-----BEGIN").unwrap()..EXAMPLE.find("-----END").unwrap()];
    let (cut, leaf) = (&pem[300..], include_str!("../../kiosk/config/src/provision/server.pem"));
    let old = include_str!("../../kiosk/config/src/provision/expired.pem");
    let whole = &format!("{pem}-----END CERTIFICATE-----\n");
    for (from, to, key, what) in [
        (cut, "", "gateway.ca", Wrong::CaDamaged),
        (whole, leaf, "gateway.ca", Wrong::CaNotAuthority),
        (whole, old, "gateway.ca", Wrong::CaExpired),
        ("BEGIN CERTIFICATE", "BEGIN EC PRIVATE KEY", "gateway.ca", Wrong::CaPrivateKey),
        ("example:8443\"", "example:8443 \"", "gateway.url", Wrong::Blank),
        ("example:8443\"", "example:84433\"", "gateway.url", Wrong::Port),
        ("https://passerelle", "http://passerelle", "gateway.url", Wrong::Url),
        ("Europe/Paris", "Europe/Pari", "time.zone", Wrong::Zone),
        ("10.20.0.15/24", "10.20.0.15", "network.address", Wrong::Address),
        ("10.20.0.15/24", "10.20.0.0/24", "network.address", Wrong::AddressOfNetwork),
        ("10.20.0.15/24", "10.20.0.255/24", "network.address", Wrong::AddressOfAll),
        ("\"10.20.0.1\"", "\"10.20.1.1\"", "network.router", Wrong::Router),
        ("country = \"FR\"", "country = \"UK\"", "wifi.country", Wrong::Country),
        (TOKEN, "un jeton", "gateway.token", Wrong::Token),
        (TOKEN, &TOKEN[..42], "gateway.token", Wrong::Token),
        (TOKEN, &format!("{} ", &TOKEN[..42]), "gateway.token", Wrong::Token),
        ("ntp.mairie.example", "a\\nFallbackNTP=b", "time.ntp", Wrong::Ntp),
        ("idle_s = 120", "idle_s = 0", "session.idle_s", Wrong::Range { least: 2, most: 3_600 }),
        ("[browser]\nallow", "[browser]\nalow", "browser.alow", Wrong::UnknownKey),
        ("idle_s = ", "idle = ", "session.idle", Wrong::UnknownKey),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let card = Card::with(EXAMPLE.replace(from, to));
        let before = card.file();
        card.start();
        let fault = card.fault().unwrap_or_else(|| panic!("{to:?} was taken"));
        assert_eq!((fault.key.as_str(), fault.what), (key, what), "{to}");
        assert!(
            !card.has("data") && !card.has("var") && !card.has("run/systemd"),
            "{to}: something was written"
        );
        assert_eq!(card.file(), before, "{to}: the token is still there for the corrected file");
        card.lay(EXAMPLE);
        card.start();
        assert_eq!(card.fault(), None, "corrected");
    }
}

#[test]
fn a_misspelt_key_is_explained_by_its_line_and_name() {
    let text = EXAMPLE.replace("ssid = ", "sssid = ");
    let line = text.lines().position(|line| line.starts_with("sssid")).unwrap() + 1;
    let card = Card::with(&text);
    card.start();
    let line = u32::try_from(line).unwrap();
    assert_eq!(card.fault(), Some(ProvisionFault::new(line, "wifi.sssid", Wrong::UnknownKey)));
}

#[test]
fn a_file_in_another_encoding_is_told_to_be_saved_as_utf_8() {
    // What editors on Windows call ANSI, Unicode, and Unicode big endian.
    let comment = EXAMPLE.replace("[gateway]\n", "[gateway]\n# Clé de la mairie\n");
    let line = comment.lines().position(|line| line.contains("Clé")).unwrap() + 1;
    let ansi: Vec<u8> =
        comment.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    let units = || std::iter::once(0xfeff).chain(EXAMPLE.encode_utf16());
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for (bytes, line) in [(ansi, u32::try_from(line).unwrap()), (little, 1), (big, 1)] {
        let card = Card::with(&bytes);
        card.start();
        assert_eq!(card.fault(), Some(ProvisionFault::new(line, "", Wrong::Encoding)));
        assert!(!card.has("data"));
    }
}

#[test]
fn a_slip_of_the_files_name_is_named_on_a_new_card_and_on_one_that_was_set_up() {
    for name in ["borne.toml.txt", "borne (1).toml", "borne.toml.bak", "bornetoml", "borne.tml"] {
        let said = Some(ProvisionFault::new(0, name, Wrong::OtherName));
        let card = Card::fresh();
        card.lay_as(name, EXAMPLE);
        card.start();
        assert_eq!(card.fault(), said, "on a new card");
        assert!(!card.has("data"));
        card.lay(EXAMPLE);
        card.start();
        assert_eq!(card.fault(), None, "{name} beside the right one is nobody's mistake");
        card.take_away();
        card.start();
        assert_eq!(card.fault(), None, "one that was set up serves on");
        assert_eq!(card.advice(), said, "and says so");
    }
    let card = Card::fresh();
    card.lay_as("Borne.TOML", EXAMPLE);
    card.start();
    assert_eq!(card.fault(), None, "FAT knows no case");
}

#[test]
fn a_terminal_that_was_set_up_needs_neither_the_file_nor_the_partition_and_a_new_one_says_so() {
    let card = Card::with(EXAMPLE);
    card.start();
    card.take_away();
    card.start();
    assert_eq!(card.fault(), None);
    let image = fs::File::options().write(true).open(card.0.join("card.img")).unwrap();
    image.write_all_at(&[0; 512], FIRST).unwrap();
    card.start();
    assert_eq!(card.fault(), None);
    let fresh = Card::fresh();
    fresh.start();
    assert_eq!(fresh.fault(), Some(ProvisionFault::new(0, "", Wrong::NoFile)));
}

#[test]
fn what_does_not_change_is_not_written_again() {
    let card = Card::with(EXAMPLE);
    card.start();
    let when = |path: &str| fs::metadata(card.0.join(path)).unwrap().ino();
    let kept = ["config/terminal.toml", "config/ca.pem", "provision/var/lib/iwd/Mairie.psk"];
    let before = kept.map(|path| when(&format!("data/{path}")));
    card.start();
    assert_eq!(kept.map(|path| when(&format!("data/{path}"))), before);
}
