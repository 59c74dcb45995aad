//! The real program takes a file that mtools put on a real card, as IT's computer would.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const EXAMPLE: &str = include_str!("../../../image/board/borne.example.toml");
const TOKEN: &str = "q7Yk2_this-is-used-once-Zz81";

struct Terminal {
    folder: PathBuf,
}

impl Terminal {
    /// A new card, and nothing on the data partition.
    fn new(name: &str) -> Self {
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("provision-{}-{name}", std::process::id()));
        let input = folder.join("input");
        fs::create_dir_all(&input).unwrap();
        for name in ["kernel.img", "initramfs.img", "root.fs"] {
            fs::write(input.join(name), name).unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image/scripts/card");
        let mut command = Command::new(script);
        for (name, size) in [("BORNE_BOOT_SIZE", "40M"), ("BORNE_ROOT_SIZE", "1M"), ("BORNE_DATA_SIZE", "1M")] {
            command.env(name, size);
        }
        let made = command.arg("rpi4").args([&input, &folder]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { folder }
    }

    fn first_partition(&self) -> String {
        format!("{}@@4M", self.folder.join("card.img").display())
    }

    /// Lays the file on the card.
    fn lay(&self, text: &str) {
        let file = self.folder.join("borne.toml");
        fs::write(&file, text).unwrap();
        let copied = Command::new("mcopy").args(["-o", "-i", &self.first_partition()]).arg(&file).arg("::").status();
        assert!(copied.unwrap().success());
    }

    /// One start of the terminal.
    fn start(&self) -> Output {
        fs::create_dir_all(self.folder.join("run/borne")).unwrap();
        Command::new(env!("CARGO_BIN_EXE_borne-provision"))
            .env_clear()
            .env("BORNE_CARD", self.folder.join("card.img"))
            .env("BORNE_DATA", self.folder.join("data"))
            .env("BORNE_RUN", self.folder.join("run"))
            .output()
            .unwrap()
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(path)).ok()
    }

    /// What the person is told, when the start fails for it.
    fn refusal(&self, text: &str) -> String {
        self.lay(text);
        let output = self.start();
        assert!(!output.status.success(), "taken: {text}");
        let told = self.read("run/borne/provision-error").unwrap();
        assert!(!told.contains(TOKEN) && !String::from_utf8_lossy(&output.stderr).contains(TOKEN), "{told}");
        told
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _left_for_the_next_run = fs::remove_dir_all(&self.folder);
    }
}

fn filled() -> String {
    EXAMPLE.replace("token = \"\"", &format!("token = \"{TOKEN}\""))
}

#[test]
fn a_new_terminal_takes_the_file_and_leaves_no_token_on_the_card() {
    let terminal = Terminal::new("new");
    terminal.lay(&filled());
    assert!(fs::read(terminal.folder.join("card.img")).unwrap().windows(TOKEN.len()).any(|at| at == TOKEN.as_bytes()));
    let output = terminal.start();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(terminal.read("data/terminal/join-token").unwrap().trim(), TOKEN);
    assert!(terminal.read("data/config/ca.pem").unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert!(terminal.read("data/config/terminal.toml").unwrap().contains("passerelle.mairie.example:8443"));
    assert!(terminal.read("run/systemd/network/10-borne.network").unwrap().contains("DHCP=yes"));
    let card = fs::read(terminal.folder.join("card.img")).unwrap();
    assert!(!card.windows(TOKEN.len()).any(|at| at == TOKEN.as_bytes()), "the token is still on the card");
}

#[test]
fn the_file_stays_a_good_one_and_only_a_new_token_means_a_second_join() {
    let terminal = Terminal::new("second");
    terminal.lay(&filled());
    assert!(terminal.start().status.success());
    // It has joined by now.
    fs::rename(terminal.folder.join("data/terminal/join-token"), terminal.folder.join("data/terminal/terminal.crt"))
        .unwrap();
    assert!(terminal.start().status.success());
    assert_eq!(terminal.read("data/terminal/join-token"), None);
    assert!(terminal.read("data/terminal/terminal.crt").is_some());
    // A second token means: join again.
    terminal.lay(&filled());
    assert!(terminal.start().status.success());
    assert_eq!(terminal.read("data/terminal/terminal.crt"), None);
    assert!(terminal.read("data/terminal/join-token").is_some());
    assert!(
        Command::new("mtype").args(["-i", &terminal.first_partition(), "::borne.toml"]).status().unwrap().success()
    );
}

#[test]
fn a_fixed_address_a_time_server_and_another_bus_reach_those_who_read_them() {
    let terminal = Terminal::new("fixed");
    let text = filled().replace("# address", "address").replace("# router", "router").replace("# dns", "dns");
    terminal.lay(&text.replace("# ntp", "ntp").replace("# bus = \"uart\"", "bus = \"i2c\""));
    assert!(terminal.start().status.success());
    assert_eq!(terminal.read("data/config/reader.env").unwrap(), "BORNE_READER=pn532_i2c:/dev/i2c-1\n");
    let network = terminal.read("run/systemd/network/10-borne.network").unwrap();
    for line in ["DHCP=no", "Address=10.77.0.21/24", "Gateway=10.77.0.1", "DNS=10.77.0.53"] {
        assert!(network.lines().any(|have| have == line), "{line}: {network}");
    }
    assert_eq!(terminal.read("run/systemd/timesyncd.conf.d/10-borne.conf").unwrap(), "[Time]\nNTP=10.77.0.1\n");
}

#[test]
fn without_a_file_a_terminal_starts_with_what_it_has() {
    let terminal = Terminal::new("none");
    assert!(terminal.start().status.success());
    assert_eq!(terminal.read("data/config/terminal.toml"), None);
}

#[test]
fn a_wrong_file_is_explained_in_french_and_changes_nothing() {
    let terminal = Terminal::new("wrong");
    terminal.lay(&filled());
    assert!(terminal.start().status.success());
    let before = terminal.read("data/config/terminal.toml");
    let good = filled();
    for (wrong, word) in [
        (good.replace("[browser]", "[browser"), "ligne 17"),
        (good.replace("allow =", "alow ="), "alow"),
        (good.replace("https://passerelle", "http://passerelle"), "gateway.url"),
        (good.replace("-----BEGIN", "BEGIN"), "gateway.ca"),
        (good.replace(TOKEN, "not a token"), "gateway.token"),
        (good.replace("# address", "address"), "network.address"),
        (good.replace("# ntp = [\"10.77.0.1\"]", "ntp = [\"a\\nFallbackNTP=b\"]"), "time.ntp"),
        (good + "\n[wifi]\nssid = \"mairie\"\n", "wifi"),
    ] {
        let told = terminal.refusal(&wrong);
        assert!(told.starts_with("borne.toml") && told.contains(word), "{word}: {told}");
    }
    assert_eq!(terminal.read("data/config/terminal.toml"), before);
    terminal.lay(&filled());
    assert!(terminal.start().status.success());
    assert_eq!(terminal.read("run/borne/provision-error"), None, "the sentence goes with the fault");
}

#[test]
fn a_file_as_an_editor_of_another_system_writes_it_is_taken() {
    let terminal = Terminal::new("windows");
    terminal.lay(&format!("\u{feff}{}", filled().replace('\n', "\r\n")));
    let output = terminal.start();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let card = fs::read(terminal.folder.join("card.img")).unwrap();
    assert!(!card.windows(TOKEN.len()).any(|at| at == TOKEN.as_bytes()));
}
