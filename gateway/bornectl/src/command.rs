//! Words to requests, answers to text.

use crate::decode::{Undecodable, decode};
use crate::lines::{BadLine, Line, Row, lines};
use crate::link::{Link, LinkError};
use crate::{backup, table, updates};
use borne_gateway_api::Secret;
use borne_gateway_api::admin::{AdminAnswer, AdminRequest, Badges, Lines};
use std::io::{BufRead as _, Read as _};
use std::path::Path;
use zeroize::Zeroizing;

/// A command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Not a command.
    #[error("not a command; `bornectl help` lists them")]
    Usage,
    /// A word of it is not what it must be.
    #[error("{0}")]
    Word(&'static str),
    /// The gateway could not be asked.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The gateway said no.
    #[error("{0}")]
    Refused(String),
    /// Standard input or the file to import cannot be read.
    #[error("cannot read {what}: {source}")]
    Input { what: String, source: std::io::Error },
    /// The file to import is no text.
    #[error("{what}: {why}")]
    Encoding { what: String, why: Undecodable },
    /// A line to import is not one.
    #[error("line {}: {}; lines before it have been imported", .0.number, .0.why)]
    Line(BadLine),
    /// A line to import was refused.
    #[error("line {number}: {why}; lines before it have been imported")]
    LineRefused { number: usize, why: String },
}

/// Runs one command; the text is for standard output.
pub fn run(state: &Path, words: &[&str]) -> Result<String, CommandError> {
    let own = |text: &str| text.to_owned();
    let request = match *words {
        ["terminal", "invite", name] => AdminRequest::TerminalInvite { name: own(name) },
        ["terminal", "list"] => AdminRequest::TerminalList,
        ["terminal", "revoke", name] => AdminRequest::TerminalRevoke { name: own(name) },
        ["badge", "add", "--login", login] => AdminRequest::BadgeAdd {
            login: own(login),
            uid: line_of_input("the UID")?,
            pin: line_of_input("the PIN")?,
        },
        ["badge", "import", file] => return import(state, file),
        ["badge", "list"] => AdminRequest::BadgeList,
        ["badge", "unlock", ref which @ ..] => AdminRequest::BadgeUnlock { badges: badges(which)? },
        ["badge", "remove", ref which @ ..] => AdminRequest::BadgeRemove { badges: badges(which)? },
        ["badge", "set-pin", ref which @ ..] => {
            let badges = badges(which)?;
            AdminRequest::BadgeSetPin { badges, pin: line_of_input("the PIN")? }
        }
        ["session", "list"] => AdminRequest::SessionList,
        ["session", "end", session] => AdminRequest::SessionEnd { session: own(session) },
        ["update", "offer", version, url, ref rest @ ..] => updates::offer(version, url, rest)?,
        ["update", "withdraw", ref terminals @ ..] => {
            AdminRequest::UpdateWithdraw { terminals: updates::terminals(terminals)? }
        }
        ["update", "list"] => AdminRequest::UpdateList,
        ["backup", ref rest @ ..] => return backup::run(state, rest),
        ["audit", ref rest @ ..] => audit(rest)?,
        _ => return Err(CommandError::Usage),
    };
    match Link::open(state)?.ask(&request)? {
        AdminAnswer::Done(text) => Ok(format!("{text}\n")),
        AdminAnswer::Token(token) => Ok(format!("{}\n", token.expose())),
        AdminAnswer::Table(rows) => Ok(table::lay_out(&rows)),
        AdminAnswer::Refused(why) => Err(CommandError::Refused(why)),
        AdminAnswer::File(_) => Err(CommandError::Usage),
    }
}

/// A number is never read as a login, nor a login as a number.
fn badges(words: &[&str]) -> Result<Badges, CommandError> {
    let login = |login: &str, all| Badges::Login { login: login.to_owned(), all };
    match *words {
        ["--badge", number] => number
            .parse()
            .map(Badges::Badge)
            .map_err(|_| CommandError::Word("--badge takes a number of `bornectl badge list`")),
        ["--login", name] => Ok(login(name, false)),
        ["--login", name, "--all-badges"] => Ok(login(name, true)),
        _ => Err(CommandError::Word("say which: --badge NUMBER, or --login LOGIN [--all-badges]")),
    }
}

fn audit(words: &[&str]) -> Result<AdminRequest, CommandError> {
    let (mut last, mut lines, mut rest) = (50, Lines::Own, words);
    loop {
        rest = match *rest {
            [] => return Ok(AdminRequest::Audit { last, lines }),
            ["-n", count, ref more @ ..] => {
                last = count.parse().map_err(|_| CommandError::Usage)?;
                more
            }
            ["--refused", ref more @ ..] => {
                lines = Lines::Refused;
                more
            }
            ["--all", ref more @ ..] => {
                lines = Lines::All;
                more
            }
            _ => return Err(CommandError::Usage),
        };
    }
}

fn line_of_input(what: &str) -> Result<Secret, CommandError> {
    let mut line = Zeroizing::new(String::new());
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|source| CommandError::Input { what: what.to_owned(), source })?;
    Ok(Secret::new(line.trim().to_owned()))
}

fn import(state: &Path, file: &str) -> Result<String, CommandError> {
    let fault = |source| CommandError::Input { what: file.to_owned(), source };
    let mut bytes = Zeroizing::new(Vec::new());
    if file == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(fault)?;
    } else {
        std::fs::File::open(file)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(fault)?;
    }
    let undecodable = |why| CommandError::Encoding { what: file.to_owned(), why };
    let text = Zeroizing::new(decode(&bytes).map_err(undecodable)?);
    let mut link = Link::open(state)?;
    let (mut count, mut heading) = (0, "");
    for row in lines(&text) {
        let Line { number, login, uid, pin } = match row.map_err(CommandError::Line)? {
            Row::Badge(line) => line,
            Row::Heading(_) => {
                heading = "; the first line names the columns";
                continue;
            }
        };
        let (uid, pin) = (Secret::new(uid.to_owned()), Secret::new(pin.to_owned()));
        let answer = link.ask(&AdminRequest::BadgeAdd { login: login.into_owned(), uid, pin })?;
        if let AdminAnswer::Refused(why) = answer {
            return Err(CommandError::LineRefused { number, why });
        }
        count += 1;
    }
    Ok(format!("{count} badge(s) imported{heading}\n"))
}
