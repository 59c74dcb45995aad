//! The real RAUC, on a bus of its own, reads the configuration that an image gets and asks the real
//! borne-slot. Installing needs device-mapper and a guest: that is tests/image's part.
#![allow(clippy::unwrap_used, missing_docs)]

mod card;

use card::Card;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Terminal {
    card: Card,
    folder: PathBuf,
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../image/scripts").join(name)
}

fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl Terminal {
    fn new(name: &str) -> Self {
        let card = Card::new(name);
        let folder = card.path().parent().unwrap().to_owned();
        for slot in ["root-a", "root-b", "boot-a", "boot-b"] {
            fs::write(folder.join(slot), [0; 4096]).unwrap();
        }
        for town in ["ours", "theirs"] {
            done(Command::new(script("keys")).arg(folder.join(town)));
        }
        fs::write(folder.join("cmdline"), "rauc.slot=A\n").unwrap();
        let here = folder.display();
        let program = env!("CARGO_BIN_EXE_borne-slot");
        let backend = format!(
            "#!/bin/sh\nBORNE_CARD={here}/card.img BORNE_CMDLINE={here}/cmdline exec {program} \"$@\"\n"
        );
        fs::write(folder.join("backend"), backend).unwrap();
        fs::set_permissions(folder.join("backend"), fs::Permissions::from_mode(0o755)).unwrap();
        let template = script("../rauc/system.conf.in");
        let configuration = done(Command::new(script("render")).arg("rpi4").arg(template))
            .replace("/dev/borne/", &format!("{here}/"))
            .replace("/usr/libexec/borne/borne-slot", &format!("{here}/backend"))
            .replace("/etc/rauc/keyring.pem", &format!("{here}/ours/authority.pem"))
            .replace("/data/rauc", &format!("{here}/data"))
            .replace("/run/rauc", &format!("{here}/mount"));
        fs::write(folder.join("system.conf"), configuration).unwrap();
        fs::create_dir(folder.join("data")).unwrap();
        Self { card, folder }
    }

    /// A bundle of a small system, signed with a town's key.
    fn bundle(&self, town: &str) -> PathBuf {
        let images = self.folder.join("images");
        fs::create_dir_all(&images).unwrap();
        for name in ["root.img", "boot.vfat"] {
            fs::write(images.join(name), vec![7; 8192]).unwrap();
        }
        let (keys, bundle) = (self.folder.join(town), self.folder.join(format!("{town}.raucb")));
        let mut command = Command::new(script("bundle"));
        command
            .args(["rpi4", "20261124.1"])
            .arg(images)
            .args([keys.join("update.pem"), keys.join("update.key")]);
        done(command.arg(&bundle));
        bundle
    }

    /// Runs a line of shell beside RAUC's service; gives what it printed on both outputs.
    fn beside_rauc(&self, line: &str) -> String {
        // rauc.service(8) answers on the system bus; here that is a bus nobody else is on.
        let script = format!(
            "export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS\n\
             rauc --conf=system.conf --override-boot-slot=A service >service.log 2>&1 & service=$!\n\
             trap 'kill $service' EXIT\n\
             for try in 1 2 3 4 5 6 7 8 9 10; do rauc status >/dev/null 2>&1 && break; sleep 0.5; done\n\
             {line}\n"
        );
        let mut command = Command::new("dbus-run-session");
        command.args(["--", "bash", "-c", &format!("({script}) 2>&1")]).current_dir(&self.folder);
        String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
    }
}

#[test]
fn rauc_takes_our_configuration_and_asks_our_backend() {
    let terminal = Terminal::new("rauc-asks");
    let status = terminal.beside_rauc(
        "rauc status --output-format=shell; rauc status mark-good; rauc status mark-active other",
    );
    for line in [
        "RAUC_SYSTEM_COMPATIBLE='borne-rpi4'",
        "RAUC_SYSTEM_BOOTED_BOOTNAME='A'",
        "marked slot rootfs.0 as good",
    ] {
        assert!(status.contains(line), "{line}: {status}");
    }
    let known = terminal.card.answer(('A', false), &["status"]);
    // mark-active is what the end of an installation does: B waits for its trial, the firmware
    // still starts A.
    assert!(
        known.contains("trial=B 0") && known.contains("committed=A") && known.contains("A=good"),
        "{known}"
    );
    assert_eq!(terminal.card.firmware(false), Some('A'));
}

#[test]
fn a_bundle_of_another_town_and_a_spoilt_one_are_refused_before_anything_is_written() {
    let terminal = Terminal::new("rauc-refuses");
    let (ours, theirs) = (terminal.bundle("ours"), terminal.bundle("theirs"));
    let known = terminal.card.answer(('A', false), &["status"]);
    let told = terminal.beside_rauc("rauc install theirs.raucb");
    assert!(told.contains("signature verification failed"), "{told}");
    let mut spoilt = fs::read(&ours).unwrap();
    let middle = spoilt.len() - 1000;
    spoilt[middle] ^= 1;
    fs::write(terminal.folder.join("spoilt.raucb"), spoilt).unwrap();
    let told = terminal.beside_rauc("rauc install spoilt.raucb");
    assert!(told.contains("failed"), "{told}");
    let told = terminal.beside_rauc("rauc --conf=system.conf info ours.raucb");
    assert!(told.contains("Verified inline signature") && told.contains("borne-rpi4"), "{told}");
    assert_eq!(terminal.card.answer(('A', false), &["status"]), known);
    assert!(theirs.exists() && fs::read(terminal.folder.join("root-b")).unwrap() == [0; 4096]);
}
