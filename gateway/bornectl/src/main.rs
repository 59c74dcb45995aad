//! bornectl: IT's hand on the gateway, through the Unix socket in the gateway's state directory.
//!
//! Duties: read a command, ask the gateway, print the answer. Secrets come from standard input or a
//! file. Never: take a PIN, a UID or a token as an argument; touch the database; decide anything.
#![forbid(unsafe_code)]

mod backup;
mod command;
mod decode;
mod error;
mod harmless;
mod json;
mod lines;
mod link;
mod listing;
mod table;
mod updates;

use error::CommandError;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where a packaged gateway keeps its state.
const STATE: &str = "/var/lib/borne-gateway";

const USAGE: &str = "\
bornectl [--state DIR] COMMAND

  terminal invite NAME          print a one-time token, good for 24 hours
  terminal list [--json]
  terminal revoke NAME          cut it off, at once
  badge add --login LOGIN       asks for UID and PIN: one per line on standard input
  badge import FILE             lines of login, UID, PIN from a spreadsheet: CSV or text with tabs; - reads standard input
  badge list [--json]
  badge unlock WHICH            forgets the wrong PINs in a row
  badge remove WHICH
  badge set-pin WHICH           asks for the PIN: one line on standard input
                                WHICH is --badge NUMBER, or --login LOGIN [--all-badges]
  session list [--json]
  session end SESSION|LOGIN
  update offer VERSION URL [--hours 22:00-05:00] [--sha256 HASH] NAME...|--all
                                the next version for these terminals; HASH is the manifest's, as `rauc info` prints it
  update withdraw NAME...|--all
  update list [--json]          what is offered to whom, and how far it has come
  audit [-n COUNT] [--refused|--all] [--json]
                                the last lines, 50 unless told; --refused: what strangers tried
  backup --to FILE --recipient KEY...
                                all that must not be lost, encrypted; KEY is age1... or a file of such lines

DIR is the gateway's state_dir; without it BORNE_GATEWAY_STATE, else /var/lib/borne-gateway.
";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let state = match words.first().map(String::as_str) {
        Some("--state") if words.len() >= 2 => words.drain(..2).nth(1).map(PathBuf::from),
        _ => std::env::var_os("BORNE_GATEWAY_STATE").map(PathBuf::from),
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if matches!(words[..], [] | ["help" | "--help" | "-h"]) {
        return say(USAGE, ExitCode::SUCCESS);
    }
    match command::run(&state.unwrap_or_else(|| PathBuf::from(STATE)), &words) {
        Ok(text) => say(&text, ExitCode::SUCCESS),
        Err(error) => {
            let words = harmless::text(&error.to_string());
            drop(writeln!(std::io::stderr(), "bornectl: {words}"));
            let misused = matches!(error, CommandError::Usage | CommandError::Word(_));
            ExitCode::from(if misused { 2 } else { 1 })
        }
    }
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    // A closed pipe (`bornectl audit | head`) is no fault.
    drop(std::io::stdout().write_all(text.as_bytes()));
    code
}
