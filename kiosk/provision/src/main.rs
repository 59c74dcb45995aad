//! borne-provision: at every start, before the network, takes `borne.toml` from the card.
//!
//! Duties: writes what it says below the data directory, whole or not at all; erases the token on the card once it is kept;
//! hands the network its files; leaves one French sentence in the run directory when the file is wrong.
//! Never: the network; mounts the card's first partition; runs a program; logs a value of the file.

use borne_provision::{Place, Provision, files};
use borne_slot::{Card, SlotError};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const FILE: &str = "borne.toml";

fn main() -> ExitCode {
    let place = |name: &str, default: &str| PathBuf::from(std::env::var(name).unwrap_or_else(|_| default.to_owned()));
    let (card, data, run) =
        (place("BORNE_CARD", "/dev/borne/card"), place("BORNE_DATA", "/data"), place("BORNE_RUN", "/run"));
    let wrong = run.join("borne/provision-error");
    let _none_yet = fs::remove_file(&wrong);
    let taken = take(&card, &data);
    // A wrong file does not cost a terminal the network it had.
    let handed = hand_over(&data, &run);
    match taken.and(handed.map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("borne-provision: {error}");
            if let Err(silent) = fs::write(&wrong, error + "\n") {
                eprintln!("borne-provision: {}: {silent}", wrong.display());
            }
            ExitCode::FAILURE
        }
    }
}

fn take(card: &Path, data: &Path) -> Result<(), String> {
    let say = |error: SlotError| error.to_string();
    let card = Card::open(card).map_err(say)?;
    let Some(bytes) = card.read(FILE).map_err(say)? else { return Ok(()) };
    let text = String::from_utf8(bytes).map_err(|_| "borne.toml n’est pas un fichier texte (UTF-8)".to_owned())?;
    let provision = Provision::parse(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    for (place, text) in files(&provision) {
        let path = match place {
            Place::Config(name) => data.join("config").join(name),
            // A new token means: join again. Without its certificate the supervisor does.
            Place::Token => {
                let _there_may_be_none = fs::remove_file(data.join("terminal/terminal.crt"));
                data.join("terminal/join-token")
            }
        };
        keep(&path, &text).map_err(|error| format!("{} : {error}", path.display()))?;
    }
    let Some(token) = provision.token else { return Ok(()) };
    // Only now: the token is on the data partition. Blanks take its place wherever it stands, so the file stays a file.
    for (at, found) in text.match_indices(&token) {
        card.blank(FILE, at..at + found.len()).map_err(say)?;
    }
    Ok(())
}

/// Writes a neighbour, flushes it, renames it: the file is the old one or the new one. Everybody may read it who may enter
/// its folder: into the token's, the supervisor alone (tmpfiles.d/borne.conf).
fn keep(path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let next = path.with_extension("new");
    let mut file = File::create(&next)?;
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    File::open(folder)?.sync_all()
}

/// systemd-networkd and -timesyncd read /run; what is kept goes there at each start.
fn hand_over(data: &Path, run: &Path) -> io::Result<()> {
    let places = [
        ("config/10-borne.network", "systemd/network", "10-borne.network"),
        ("config/10-borne.timesyncd.conf", "systemd/timesyncd.conf.d", "10-borne.conf"),
    ];
    for (kept, folder, name) in places {
        let Ok(text) = fs::read(data.join(kept)) else { continue };
        let folder = run.join(folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
