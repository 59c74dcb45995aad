//! borne-slot: RAUC's boot backend (`bootloader-custom-backend`), and the initramfs's question
//! which root to start.
//!
//! Duties: one command, one answer on standard output, exit 0; or one sentence on standard error,
//! exit 1. Never: mounts, writes a slot, restarts the machine; the network; runs as anybody but
//! root.

use borne_slot::{Boot, Firmware, Slot, SlotError, Switch};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const COMMANDS: &str = "begin | failed | status | arm | get-current | get-primary | set-primary SLOT | get-state SLOT | \
                        set-state SLOT good|bad";

fn main() -> ExitCode {
    let place = |name: &str, default: &str| {
        PathBuf::from(std::env::var(name).unwrap_or_else(|_| default.to_owned()))
    };
    let card = place("BORNE_CARD", "/dev/borne/card");
    let command_line = place("BORNE_CMDLINE", "/proc/cmdline");
    let bootloader = place("BORNE_BOOTLOADER", "/proc/device-tree/chosen/bootloader");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let firmware = firmware(&command_line, &bootloader);
    match Switch::open(&card, firmware).and_then(|switch| run(switch, &arguments)) {
        Ok(answer) => {
            use std::io::Write;
            // Whoever asked and is gone by now gets no answer; what was to be done is done.
            let _told = writeln!(std::io::stdout(), "{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("borne-slot: {error}");
            ExitCode::FAILURE
        }
    }
}

fn firmware(command_line: &Path, bootloader: &Path) -> Firmware {
    let line = std::fs::read_to_string(command_line).unwrap_or_default();
    let word = |name: &str| std::fs::read(bootloader.join(name)).ok();
    Firmware::read(&line, word("partition").as_deref(), word("tryboot").as_deref())
}

fn run(mut switch: Switch, arguments: &[String]) -> Result<String, SlotError> {
    let slot = |name: &str| Slot::from_name(name).ok_or(SlotError::Usage(COMMANDS));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["begin"] => switch.begin().map(next),
        ["failed"] => switch.failed().map(next),
        ["status"] => Ok(status(&switch)),
        ["arm"] => switch.arm().map(|_| "0 tryboot".to_owned()),
        ["get-current"] => Ok(switch.current().to_string()),
        ["get-primary"] => Ok(switch.primary().to_string()),
        ["set-primary", name] => switch.set_primary(slot(name)?).map(|()| String::new()),
        ["get-state", name] => Ok(rauc_state(&switch, slot(name)?).to_owned()),
        ["set-state", name, "good"] => switch.good(slot(name)?).map(|()| String::new()),
        ["set-state", name, "bad"] => switch.bad(slot(name)?).map(|()| String::new()),
        _ => Err(SlotError::Usage(COMMANDS)),
    }
}

/// For the initramfs, which is a shell.
fn next(boot: Boot) -> String {
    match boot {
        Boot::Start(slot) => format!("start {slot} {}", slot.root_partition()),
        Boot::Restart => "restart".to_owned(),
        Boot::Stuck(slot) => format!("stuck {slot}"),
    }
}

/// RAUC knows two states; an update that waits for its trial is not bad.
fn rauc_state(switch: &Switch, slot: Slot) -> &'static str {
    match switch.ledger().health(slot) {
        borne_slot::Health::Bad => "bad",
        _ => "good",
    }
}

fn status(switch: &Switch) -> String {
    let ledger = switch.ledger();
    let trial = ledger
        .trial
        .map_or_else(|| "none".to_owned(), |trial| format!("{} {}", trial.slot, trial.tries));
    format!(
        "current={}\ncommitted={}\ntrial={trial}\nunconfirmed={}\nA={}\nB={}",
        switch.current(),
        switch.committed(),
        ledger.unconfirmed,
        ledger.health(Slot::A).name(),
        ledger.health(Slot::B).name(),
    )
}
