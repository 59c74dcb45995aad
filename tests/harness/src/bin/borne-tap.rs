//! borne-tap AGENT: lays the agent's badge on the reader of a running terminal for a second and
//! lifts it. The agents are those of `tests/town/agents.tsv`; `BORNE_PN532` names the emulator's
//! directory (default: that of `make run`).

#![allow(clippy::print_stdout)]

use borne_harness::header;
use borne_harness::pn532::{Control, Kind, control};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long a person holds a badge to a reader.
const HOLD: Duration = Duration::from_secs(1);
const AGENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../town/agents.tsv");
const DEFAULT_DIR: &str = "/var/tmp/borne/terminal/reader";

fn main() -> ExitCode {
    let login = std::env::args().nth(1).unwrap_or_default();
    let dir =
        std::env::var_os("BORNE_PN532").map_or_else(|| PathBuf::from(DEFAULT_DIR), PathBuf::from);
    match tap(&login, &dir.join("control.sock")) {
        Ok(name) => {
            println!("Badge présenté : {name}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn tap(login: &str, socket: &std::path::Path) -> Result<String, String> {
    let table = std::fs::read_to_string(AGENTS).map_err(|error| format!("{AGENTS} : {error}"))?;
    let agents: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    let Some([_, given, family, _, _, uid, ..]) =
        agents.iter().find(|row| row.first() == Some(&login)).map(Vec::as_slice)
    else {
        return Err(format!(
            "Aucun agent « {login} ». make tap CARD=<agent>, avec :\n{}",
            list(&agents)
        ));
    };
    let bytes = control::unhex(uid).map_err(|problem| format!("{AGENTS}, {login} : {problem}"))?;
    let order = match Kind::usual_for(&bytes) {
        Kind::RandomUid => "lay random".to_owned(),
        Kind::Classic1k => format!("lay classic1k {uid}"),
        _ => format!("lay desfire2 {uid}"),
    };
    let lost = |error| format!("Le lecteur n'a pas obéi ({}) : {error}", socket.display());
    let mut hand = Control::connect(socket).map_err(|error| {
        format!(
            "Aucune borne en marche ({} : {error}). Lancez d'abord : make run",
            socket.display()
        )
    })?;
    let mut panel = Control::connect(&socket.with_file_name("../header/header.sock")).ok();
    let laid = header::now();
    hand.order(&order).map_err(lost)?;
    let held = hand.hold(HOLD);
    hand.order("lift").and(held).map_err(lost)?;
    let answered = panel.as_mut().map_or_else(String::new, |panel| heard(panel, laid));
    Ok(format!("{given} {family}{answered}"))
}

/// What the panel has answered to the badge.
fn heard(panel: &mut Control, laid: Duration) -> String {
    let edges = panel.order("edges 0").map(|answer| header::edges(&answer)).unwrap_or_default();
    let beep = edges.iter().find(|edge| edge.pin == header::BUZZER && edge.high && edge.at >= laid);
    match beep {
        Some(beep) => format!(" (bip après {} ms)", (beep.at - laid).as_millis()),
        None => " (pas de bip)".to_owned(),
    }
}

fn list(agents: &[Vec<&str>]) -> String {
    let row = |agent: &Vec<&str>| match agent.as_slice() {
        [login, given, family, job, ..] => Some(format!("  {login:<14} {given} {family}, {job}")),
        _ => None,
    };
    agents.iter().filter_map(row).collect::<Vec<_>>().join("\n")
}
