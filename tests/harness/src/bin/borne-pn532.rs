//! borne-pn532 DIR [BAUD]: a PN532 without cards on `DIR/tty`, taking orders on `DIR/control.sock`,
//! until it is killed. BAUD gives the line the pace of a real one (115200).

use borne_harness::pn532::{LineOptions, Pn532};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (dir, baud) = match args.as_slice() {
        [dir] => (PathBuf::from(dir), None),
        [dir, baud] if baud.parse::<u32>().is_ok_and(|baud| baud > 0) => {
            (PathBuf::from(dir), baud.parse().ok())
        }
        _ => {
            eprintln!("usage: borne-pn532 DIR [BAUD]");
            return ExitCode::from(2);
        }
    };
    let owner = rustix::process::geteuid().is_root().then_some(borne_ipc::Role::Reader.uid());
    match Pn532::start_with(&dir, LineOptions { baud, owner }) {
        Ok(chip) => {
            eprintln!("{}", chip.connstring());
            chip.join();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("borne-pn532: {}: {error}", dir.display());
            ExitCode::FAILURE
        }
    }
}
