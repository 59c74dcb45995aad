//! What a technician knows: asked one by one, or read from a file, and judged as a whole.

use super::words::{self, Language, Text};
use borne_gateway_api::Secret;
use serde::Deserialize;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// All answers. A file of them is TOML with these keys; the password is in a file of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    pub name: String,
    pub directory: String,
    pub profile: String,
    pub base: String,
    pub bind_dn: String,
    /// A file that holds it, when the answers come from a file.
    pub password_file: Option<PathBuf>,
    #[serde(skip)]
    pub password: Option<Secret>,
    pub groupware: String,
    pub groupware_kind: String,
    pub trust: Option<PathBuf>,
    pub certificates: String,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// The system's authorities.
pub const SYSTEM_TRUST: &str = "/etc/ssl/certs/ca-certificates.crt";

impl Answers {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|e| fault(&e))?;
        let mut answers: Self = toml::from_str(&text).map_err(|e| fault(&e))?;
        if let Some(file) = &answers.password_file {
            let text = std::fs::read_to_string(file).map(Zeroizing::new);
            let text = text.map_err(|e| format!("password_file {}: {e}", file.display()))?;
            answers.password = Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()));
        }
        Ok(answers)
    }

    /// Asks at the keyboard.
    pub fn ask(language: Language) -> io::Result<Self> {
        let ask = |text: Text, usual: &str| line(language.pick(text), usual);
        let mut answers = Self {
            name: ask(words::NAME, "")?,
            directory: ask(words::DIRECTORY, "")?,
            profile: ask(words::PROFILE, "openldap")?,
            base: ask(words::BASE, "")?,
            bind_dn: ask(words::BIND, "")?,
            password: Some(hidden(language.pick(words::PASSWORD))?),
            groupware: ask(words::GROUPWARE, "")?,
            groupware_kind: ask(words::KIND, "sogo")?,
            trust: Some(ask(words::TRUST, SYSTEM_TRUST)?.into()),
            certificates: ask(words::CERTIFICATES, "request")?,
            ..Self::default()
        };
        if answers.certificates == "own" {
            answers.certificate = Some(ask(words::CERTIFICATE, "")?.into());
            answers.key = Some(ask(words::KEY, "")?.into());
        }
        Ok(answers)
    }

    /// Every fault at once.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut demand = |good: bool, text: &str| {
            if !good {
                faults.push(text.to_owned());
            }
        };
        let plain = |text: &str| {
            !text.is_empty() && !text.chars().any(|c| c.is_control() || c == '"' || c == '\\')
        };
        let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        demand(
            plain(&self.name) && self.name.chars().all(host),
            "name: a host name such as passerelle.mairie.fr",
        );
        demand(
            self.directory.starts_with("ldaps://") && plain(&self.directory),
            "directory: ldaps://host",
        );
        demand(
            ["openldap", "active-directory"].contains(&self.profile.as_str()),
            "profile: openldap or active-directory",
        );
        demand(plain(&self.base), "base: a distinguished name");
        demand(plain(&self.bind_dn), "bind_dn: a distinguished name");
        let password = self.password.as_ref().is_some_and(|word| !word.expose().is_empty());
        demand(password, "password_file: a file that holds the service account's password");
        let path = self.groupware.strip_prefix("https://").is_some_and(|rest| rest.contains('/'));
        demand(path && plain(&self.groupware), "groupware: a full https:// address with a path");
        demand(
            ["sogo", "cas"].contains(&self.groupware_kind.as_str()),
            "groupware_kind: sogo or cas",
        );
        let trust = self.trust.as_deref().unwrap_or(Path::new(SYSTEM_TRUST));
        demand(trust.is_file(), "trust: a file of authorities, PEM");
        demand(
            ["own", "request", "self-made"].contains(&self.certificates.as_str()),
            "certificates: own, request or self-made",
        );
        let there = |file: &Option<PathBuf>| file.as_deref().is_some_and(Path::is_file);
        let own = self.certificates != "own" || (there(&self.certificate) && there(&self.key));
        demand(own, "certificate, key: the two files, PEM");
        faults
    }
}

fn line(question: &str, usual: &str) -> io::Result<String> {
    let mut out = io::stdout().lock();
    if usual.is_empty() {
        write!(out, "{question}: ")?
    } else {
        write!(out, "{question} [{usual}]: ")?
    }
    out.flush()?;
    let mut text = String::new();
    if io::stdin().lock().read_line(&mut text)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = text.trim();
    Ok(if text.is_empty() { usual.to_owned() } else { text.to_owned() })
}

/// Without an echo.
fn hidden(question: &str) -> io::Result<Secret> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return line(question, "").map(Secret::new);
    }
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &silent)?;
    let answer = line(question, "").map(Secret::new);
    tcsetattr(&stdin, OptionalActions::Flush, &before)?;
    writeln!(io::stdout())?;
    answer
}
