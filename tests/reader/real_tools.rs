//! libnfc's own programs take the emulator for a PN532.

use crate::fixture::{Directory, SOON};
use borne_harness::pn532::{Kind, Pn532};
use std::io::Read;
use std::process::{Command, Stdio};

fn tool(name: &str, chip: &Pn532) -> Command {
    let mut command = Command::new(name);
    command.env("LIBNFC_DEVICE", chip.connstring()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Without the spaces that libnfc puts between bytes.
fn squeezed(output: &[u8]) -> String {
    String::from_utf8_lossy(output).split_whitespace().collect::<String>().to_uppercase()
}

#[test]
fn nfc_list_sees_each_kind_of_card_and_two_at_once() {
    let directory = Directory::new();
    let chip = directory.chip(None);
    let list = || {
        squeezed(
            &tool("nfc-list", &chip).output().expect("run nfc-list (package libnfc-bin)").stdout,
        )
    };
    for (kind, uid) in [
        (Kind::Classic1k, "7C3FA219"),
        (Kind::Classic4k, "A13E77D4"),
        (Kind::Ntag, "04B71E52CE6681"),
        (Kind::Desfire(3), "04A2396B5C1290"),
    ] {
        chip.lay(kind, uid);
        assert!(list().contains(&format!("UID(NFCID1):{uid}")), "{kind:?}");
        chip.lift();
    }
    assert!(!list().contains("UID"));
    chip.lay(Kind::Classic1k, "7C3FA219");
    chip.lay(Kind::Ntag, "04B71E52CE6681");
    let seen = list();
    assert!(seen.contains("7C3FA219") && seen.contains("04B71E52CE6681"), "{seen}");
}

#[test]
fn nfc_poll_sees_a_card_come_and_go() {
    let directory = Directory::new();
    let chip = directory.chip(None);
    let mut poll = tool("nfc-poll", &chip).spawn().expect("run nfc-poll (package libnfc-examples)");
    chip.wait_for_commands(10);
    chip.lay(Kind::Ntag, "04B71E52CE6681");
    chip.wait_for_commands(2);
    chip.lift();
    let status = borne_harness::wait_for("nfc-poll to end", SOON, || {
        poll.try_wait().expect("wait for nfc-poll")
    });
    let mut output = Vec::new();
    poll.stdout.take().expect("its output").read_to_end(&mut output).expect("read its output");
    let output = squeezed(&output);
    assert!(
        status.success() && output.contains("04B71E52CE6681") && output.contains("DONE"),
        "{output}"
    );
}
