//! The words after `borne-gateway`.

use crate::output::say;
use crate::{check, restore, serve, setup};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Where a packaged gateway has its configuration.
pub const CONFIG: &str = "/etc/borne/gateway.toml";

const USAGE: &str = "\
borne-gateway [serve] [--config FILE]
borne-gateway setup [--answers FILE] [--config FILE] [--force]
                              asks what is needed and writes the configuration
borne-gateway check [--config FILE] [--json]
                              looks at all a login needs; exit code 0 well, 1 warnings, 2 failures
borne-gateway restore BACKUP --identity KEYFILE [--config FILE]
              [--revocations FILE | --without-revocations]
                              puts a backup back, on a stopped gateway or a new machine

FILE is /etc/borne/gateway.toml unless told. bornectl does the rest.
";

/// What `main` has read of the environment.
pub struct Surroundings {
    /// Names of the listeners that the service manager hands over.
    pub listeners: Option<String>,
    /// The socket on which the service manager waits for the word that the gateway serves.
    pub notify: Option<String>,
    /// Of the person at the keyboard, as in `LANG`.
    pub language: Option<String>,
}

/// Runs one command.
pub fn run(words: &[String], surroundings: Surroundings) -> ExitCode {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["--version" | "-V"] => say(&format!("borne-gateway {}\n", crate::gateway::VERSION)),
        ["serve", "--config", config] | ["serve" | "--config", config] => {
            serving(Path::new(config), &surroundings)
        }
        ["serve"] => serving(Path::new(CONFIG), &surroundings),
        ["help" | "--help" | "-h"] => say(USAGE),
        ["setup", ref rest @ ..] => match options(rest, &["--answers", "--config"], &["--force"]) {
            Some(found) => setup::run(
                found.path("--config"),
                found.value("--answers").map(Path::new),
                found.has("--force"),
                surroundings.language.as_deref(),
            ),
            None => wrong(),
        },
        ["check", ref rest @ ..] => match options(rest, &["--config"], &["--json"]) {
            Some(found) => check::run(found.path("--config"), found.has("--json")),
            None => wrong(),
        },
        ["restore", backup, ref rest @ ..] => {
            let values = ["--identity", "--config", "--revocations"];
            match options(rest, &values, &["--without-revocations"]) {
                Some(found) if found.has("--identity") => restore::run(&restore::Order {
                    backup: Path::new(backup),
                    identity: found.path("--identity"),
                    config: found.path("--config"),
                    revocations: found.value("--revocations").map(Path::new),
                    without_revocations: found.has("--without-revocations"),
                }),
                _ => wrong(),
            }
        }
        // Last: a file may not take a command's name.
        [config] if !config.starts_with('-') => serving(Path::new(config), &surroundings),
        _ => wrong(),
    }
}

fn wrong() -> ExitCode {
    drop(std::io::stderr().write_all(USAGE.as_bytes()));
    ExitCode::from(2)
}

/// Words such as `--name VALUE` and `--flag`.
struct Options<'a>(Vec<(&'a str, Option<&'a str>)>);

impl<'a> Options<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    fn path(&self, name: &str) -> &'a Path {
        Path::new(self.value(name).unwrap_or(CONFIG))
    }
}

fn options<'a>(words: &[&'a str], values: &[&str], flags: &[&str]) -> Option<Options<'a>> {
    let (mut found, mut rest) = (Vec::new(), words);
    loop {
        rest = match *rest {
            [] => return Some(Options(found)),
            [flag, ref more @ ..] if flags.contains(&flag) => {
                found.push((flag, None));
                more
            }
            [name, value, ref more @ ..] if values.contains(&name) => {
                found.push((name, Some(value)));
                more
            }
            _ => return None,
        };
    }
}

fn serving(config: &Path, surroundings: &Surroundings) -> ExitCode {
    match serve::start(config, surroundings.listeners.as_deref(), surroundings.notify.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
