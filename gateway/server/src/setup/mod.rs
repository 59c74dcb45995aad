//! `borne-gateway setup`: what a technician knows becomes a configuration.
//!
//! Duties: judge all answers before the first file is written; the configuration 0640, secrets
//! readable by the gateway alone, the mark `configured` last. Never: write over a configuration
//! unasked; lose what was there; take a password as an argument or from the environment.

mod answers;
mod certificates;
mod questions;
mod text;
mod words;

use crate::check::wrong_pair;
use crate::config::Config;
use crate::edges::Clock;
use crate::files::{read_if_there, write, write_over};
use crate::output::say;
use answers::Answers;
use borne_gateway_model::Moment;
use std::error::Error;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::{Command, ExitCode};
use time::OffsetDateTime;
use words::Language;

const SOCKETS: [&str; 2] = ["borne-gateway-terminals.socket", "borne-gateway-web.socket"];
const SERVICE: &str = "borne-gateway.service";

/// Asks, or reads `answers`, and writes.
pub fn run(config: &Path, answers: Option<&Path>, force: bool, locale: Option<&str>) -> ExitCode {
    let language = Language::of(locale);
    let folder = config.parent().unwrap_or(Path::new("/"));
    let now = Clock::start().now();
    let mut faults = match judge(config, answers, force, language, now) {
        Ok((answers, text)) => match write_all(&answers, &text, config, now) {
            Ok(()) => return say(&next(&answers, folder, language)),
            Err(error) => vec![error.to_string()],
        },
        Err(mut faults) => {
            faults.push(language.pick(words::NOTHING).to_owned());
            faults
        }
    };
    faults.insert(0, String::new());
    let lines = faults.join("\nborne-gateway: ") + "\n";
    drop(std::io::stderr().write_all(lines.trim_start().as_bytes()));
    ExitCode::FAILURE
}

/// Good answers and the configuration they make; or everything that is wrong.
fn judge(
    config: &Path,
    file: Option<&Path>,
    force: bool,
    language: Language,
    now: Moment,
) -> Result<(Answers, String), Vec<String>> {
    let one = |fault: String| vec![fault];
    if !rustix::process::geteuid().is_root() {
        return Err(one(language.pick(words::ROOT).to_owned()));
    }
    let folder = config.parent().filter(|folder| folder.is_absolute());
    let folder = folder.ok_or_else(|| one(language.pick(words::FULL_PATH).to_owned()))?;
    let before = read_if_there(config).map_err(|e| one(e.to_string()))?.unwrap_or_default();
    let before = String::from_utf8_lossy(&before);
    if !force && before.lines().any(|line| line.trim_start().starts_with('[')) {
        return Err(one(format!("{} {}", config.display(), language.pick(words::CONFIGURED))));
    }
    let answers = match file {
        Some(file) => Answers::read(file, language)?,
        None => Answers::ask(language).map_err(|e| one(e.to_string()))?,
    };
    if let Some((certificate, key)) = answers.own()
        && let Some(found) = wrong_pair(&certificate, &key, answers.get("name"), now)
    {
        return Err(one(format!("certificate: {found}; {}", language.pick(words::PAIR))));
    }
    let text = text::configuration(&answers, folder);
    Config::parse(&text, config).map_err(|e| one(e.to_string()))?;
    Ok((answers, text))
}

fn write_all(
    answers: &Answers,
    text: &str,
    config: &Path,
    now: Moment,
) -> Result<(), Box<dyn Error>> {
    let folder = config.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)?;
    let now = OffsetDateTime::from_unix_timestamp(now.0 / 1000)?;
    certificates::write_them(answers, folder, now)?;
    let password = folder.join("directory-password");
    let line = zeroize::Zeroizing::new(format!("{}\n", answers.password.expose()));
    write_over(&password, line.as_bytes(), 0o640)?;
    write_over(config, text.as_bytes(), 0o640)?;
    // The package's folder belongs to the gateway's group; elsewhere root's own is right.
    let group = std::fs::metadata(folder)?.gid();
    for path in [config, &password, &folder.join("gateway.key")] {
        chown(path, None, Some(group))?;
    }
    Ok(write(&folder.join("configured"), b"", 0o644)?)
}

fn next(answers: &Answers, folder: &Path, language: Language) -> String {
    let mut text = String::new();
    let folder = folder.display();
    let request = answers.get("certificates") == "request";
    if request {
        let say = language.pick(words::NEXT_REQUEST);
        text += &format!("{say} {folder}/gateway.crt:\n  {folder}/gateway.csr\n");
    }
    if answers.get("certificates") == "self-made" {
        text += &format!("{}:\n  {folder}/authority.crt\n", language.pick(words::NEXT_AUTHORITY));
    }
    let mut start = format!("  systemctl enable --now {} {SERVICE}\n", SOCKETS.join(" "));
    if !request && Path::new("/run/systemd/system").is_dir() {
        let started = start_units();
        let say = if started { words::STARTED } else { words::NOT_STARTED };
        text += &format!("{}\n", language.pick(say));
        if started {
            start.clear();
        }
    }
    text + language.pick(words::NEXT)
        + &format!(":\n{start}  borne-gateway check\n  bornectl terminal invite NAME\n")
}

/// One that runs already is started anew: it has read the configuration of before.
fn start_units() -> bool {
    let [terminals, web] = SOCKETS;
    [
        ["enable", "--quiet", terminals, web, SERVICE].as_slice(),
        &["start", terminals, web],
        &["restart", SERVICE],
    ]
    .iter()
    .all(|words| Command::new("systemctl").args(*words).status().is_ok_and(|s| s.success()))
}
