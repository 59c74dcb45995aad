//! `borne-gateway check`: whether all is there that a login needs, seen from where the gateway runs.
//!
//! Duties: one line for each thing looked at, with how to fix it. Never: a change; a secret or a
//! person's name in a line. As root it becomes the gateway's own user first, since what that user can
//! read is what counts, and no file of root's is left in the state directory.

mod files;
mod network;
mod system;

use crate::config::Config;
use crate::edges::Clock;
use borne_gateway_model::Moment;
use serde::Serialize;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Line {
    verdict: Verdict,
    /// What was looked at.
    what: String,
    /// What was found.
    found: String,
    /// How to fix it; empty when there is nothing to fix.
    fix: String,
}

impl Line {
    fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, what: what.into(), found: found.into(), fix: String::new() }
    }

    fn bad(
        verdict: Verdict,
        what: impl Into<String>,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { verdict, what: what.into(), found: found.into(), fix: fix.into() }
    }
}

/// Looks at everything. The exit code is 0 when all is well, 1 with warnings, 2 when something fails.
pub fn run(path: &Path, json: bool) -> ExitCode {
    let lines = match Config::load(path) {
        Ok(config) => {
            become_owner(&config.state_dir);
            look(&config)
        }
        Err(error) => {
            let fix = "`borne-gateway setup` writes one; gateway.toml(5) explains each key";
            vec![Line::bad(Verdict::Fail, "configuration", error.to_string(), fix)]
        }
    };
    crate::output::say(&if json { as_json(&lines) } else { as_text(&lines) });
    let worst = lines.iter().map(|line| line.verdict).max().unwrap_or(Verdict::Ok);
    ExitCode::from(worst as u8)
}

fn look(config: &Config) -> Vec<Line> {
    let now = Clock::start().now();
    let mut lines = vec![Line::ok("configuration", config.path.display().to_string())];
    lines.extend(files::look(config, now));
    lines.extend(system::look(config, now));
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            lines.push(system::database(config).await);
            lines.extend(network::look(config, now).await);
        }),
        Err(error) => {
            lines.push(Line::bad(
                Verdict::Fail,
                "system",
                error.to_string(),
                "see the kernel's log",
            ));
        }
    }
    lines
}

/// What is wrong with a certificate for this name and its key, if anything.
pub fn wrong_pair(certificate: &Path, key: &Path, name: &str, now: Moment) -> Option<String> {
    let line = files::certificate("certificate", certificate, key, Some(name), now);
    (line.verdict == Verdict::Fail).then_some(line.found)
}

/// Where that cannot be, the check goes on as root.
fn become_owner(state: &Path) {
    let Ok(data) = std::fs::metadata(state) else { return };
    if rustix::process::geteuid().is_root() && data.uid() != 0 {
        let words = std::env::args_os().skip(1);
        let Ok(program) = std::env::current_exe() else { return };
        let error = Command::new(program).args(words).uid(data.uid()).gid(data.gid()).exec();
        tracing::warn!(%error, "cannot become the user of the state directory");
    }
}

fn as_json(lines: &[Line]) -> String {
    serde_json::to_string_pretty(lines).unwrap_or_default() + "\n"
}

fn as_text(lines: &[Line]) -> String {
    let one = |line: &Line| {
        let word = match line.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        let fix =
            if line.fix.is_empty() { String::new() } else { format!("      fix: {}\n", line.fix) };
        format!("{word}  {}: {}\n{fix}", line.what, line.found)
    };
    lines.iter().map(one).collect()
}
