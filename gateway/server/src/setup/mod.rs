//! `borne-gateway setup`: what a technician knows becomes a configuration.
//!
//! Duties: judge all answers before the first file is written; the configuration 0640, secrets
//! readable by the gateway alone, the mark `configured` last. Never: write over a configuration
//! unasked; take a password as an argument or from the environment.

mod answers;
mod certificates;
mod words;

use crate::config::Config;
use crate::edges::Clock;
use crate::files::{read_if_there, write};
use crate::output::say;
use answers::{Answers, SYSTEM_TRUST};
use std::error::Error;
use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::{Command, ExitCode};
use time::OffsetDateTime;
use words::Language;

/// Asks, or reads `answers`, and writes.
pub fn run(config: &Path, answers: Option<&Path>, force: bool, locale: Option<&str>) -> ExitCode {
    let language = Language::of(locale);
    match set_up(config, answers, force, language) {
        Ok(text) => say(&text),
        Err(error) => {
            tracing::error!("setup: {error}");
            ExitCode::FAILURE
        }
    }
}

fn set_up(
    config: &Path,
    file: Option<&Path>,
    force: bool,
    language: Language,
) -> Result<String, Box<dyn Error>> {
    if !rustix::process::geteuid().is_root() {
        return Err(language.pick(words::ROOT).into());
    }
    let folder =
        config.parent().filter(|folder| folder.is_absolute()).ok_or("--config: a full path")?;
    let before = read_if_there(config)?.unwrap_or_default();
    let configured = String::from_utf8_lossy(&before).lines().any(|line| line.starts_with('['));
    if configured && !force {
        return Err(format!("{} {}", config.display(), language.pick(words::CONFIGURED)).into());
    }
    let answers = file
        .map_or_else(|| Answers::ask(language).map_err(|error| error.to_string()), Answers::read)?;
    let faults = answers.faults();
    if !faults.is_empty() {
        return Err(faults.join("\n  ").into());
    }
    std::fs::create_dir_all(folder)?;
    if configured {
        write(&config.with_extension("toml.before"), &before, 0o640)?;
    }
    write_all(&answers, config, folder)?;
    Config::load(config)?;
    Ok(next(&answers, folder, language))
}

fn write_all(answers: &Answers, config: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let now = OffsetDateTime::from_unix_timestamp(Clock::start().now().0 / 1000)?;
    certificates::write_them(answers, folder, now)?;
    let password =
        answers.password.as_ref().map(borne_gateway_api::Secret::expose).unwrap_or_default();
    let line = zeroize::Zeroizing::new(format!("{password}\n"));
    write(&folder.join("directory-password"), line.as_bytes(), 0o640)?;
    write(config, text(answers, folder).as_bytes(), 0o640)?;
    // The package's folder belongs to the gateway's group; elsewhere root's own is right.
    let group = std::fs::metadata(folder)?.gid();
    for path in [config.to_owned(), folder.join("directory-password"), folder.join("gateway.key")] {
        chown(&path, None, Some(group))?;
    }
    Ok(write(&folder.join("configured"), b"", 0o644)?)
}

fn text(answers: &Answers, folder: &Path) -> String {
    let Answers { name, directory, profile, base, bind_dn, groupware, .. } = answers;
    let trust = answers.trust.as_deref().unwrap_or(Path::new(SYSTEM_TRUST)).display();
    let folder = folder.display();
    let mut text = format!(
        r#"# Written by `borne-gateway setup`. gateway.toml(5) explains each key, and those that may be added.
state_dir = "/var/lib/borne-gateway"

[terminal_api]
listen = "[::]:8443"
certificate = "{folder}/gateway.crt"
key = "{folder}/gateway.key"

[web]
listen = "[::]:443"
url = "https://{name}"
certificate = "{folder}/gateway.crt"
key = "{folder}/gateway.key"
trust = "{trust}"
home = "groupware"

[directory]
url = "{directory}"
trust = "{trust}"
bind_dn = "{bind_dn}"
password_file = "{folder}/directory-password"
base = "{base}"
profile = "{profile}"

[[app]]
name = "groupware"
entry = "{groupware}"
"#
    );
    let root = groupware.trim_end_matches('/');
    let host =
        groupware.trim_start_matches("https://").split(['/', ':']).next().unwrap_or_default();
    let more = if answers.groupware_kind == "sogo" {
        writeln!(
            text,
            "services = [\"{root}/so/index\"]\nshortcut = true\n\
             proxy_callbacks = [\"{root}/casProxy\", \"{root}/so/casProxy\"]\n\
             proxy_targets = [\"imap://{host}\"]"
        )
    } else {
        writeln!(text, "services = [\"{groupware}\"]")
    };
    // A String takes all that is written to it.
    let _always_fits = more;
    text
}

fn next(answers: &Answers, folder: &Path, language: Language) -> String {
    let start = "systemctl enable --now borne-gateway-terminals.socket borne-gateway-web.socket borne-gateway.service";
    let mut text = String::new();
    let folder = folder.display();
    let request = answers.certificates == "request";
    if request {
        let say = language.pick(words::NEXT_REQUEST);
        text += &format!("{say} {folder}/gateway.crt:\n  {folder}/gateway.csr\n");
    }
    if answers.certificates == "self-made" {
        text += &format!("{}:\n  {folder}/authority.crt\n", language.pick(words::NEXT_AUTHORITY));
    }
    let systemd = Path::new("/run/systemd/system").is_dir();
    let started = !request
        && systemd
        && Command::new("systemctl")
            .args(start.split(' ').skip(1))
            .status()
            .is_ok_and(|s| s.success());
    let first = if started { String::new() } else { format!("  {start}\n") };
    text + language.pick(words::NEXT)
        + &format!(":\n{first}  borne-gateway check\n  bornectl terminal invite NAME\n")
}
