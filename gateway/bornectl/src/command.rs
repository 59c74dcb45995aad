//! Words to requests, answers to text.

use crate::decode::decode;
use crate::error::CommandError;
use crate::lines::{Line, Row, lines};
use crate::link::Link;
use crate::listing::{Listing, Shape};
use crate::{backup, harmless, updates};
use borne_gateway_api::Secret;
use borne_gateway_api::admin::{AdminAnswer, AdminRequest, Badges, Lines};
use std::io::{BufRead as _, Read as _};
use std::path::Path;
use zeroize::Zeroizing;

/// Runs one command; the text is for standard output.
pub fn run(state: &Path, words: &[&str]) -> Result<String, CommandError> {
    match *words {
        ["badge", "import", file] => import(state, file),
        ["backup", ref rest @ ..] => backup::run(state, rest),
        _ => {
            let (shape, words) = Shape::of(words)?;
            answer(Link::open(state)?.ask(&request(&words)?)?, shape)
        }
    }
}

fn request(words: &[&str]) -> Result<AdminRequest, CommandError> {
    let own = |text: &str| text.to_owned();
    Ok(match *words {
        ["terminal", "invite", name] => AdminRequest::TerminalInvite { name: own(name) },
        ["terminal", "list"] => AdminRequest::TerminalList,
        ["terminal", "revoke", name] => AdminRequest::TerminalRevoke { name: own(name) },
        ["badge", "add", "--login", login] => AdminRequest::BadgeAdd {
            login: own(login),
            uid: line_of_input("the UID")?,
            pin: line_of_input("the PIN")?,
        },
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
        ["audit", ref rest @ ..] => audit(rest)?,
        _ => return Err(CommandError::Usage),
    })
}

fn answer(answer: AdminAnswer, shape: Shape) -> Result<String, CommandError> {
    match answer {
        AdminAnswer::Done(text) => Ok(harmless::line(&text) + "\n"),
        AdminAnswer::Token(token) => Ok(format!("{}\n", token.expose())),
        AdminAnswer::Terminals(lines) => lines.show(shape),
        AdminAnswer::Badges(lines) => lines.show(shape),
        AdminAnswer::Sessions(lines) => lines.show(shape),
        AdminAnswer::Updates(lines) => lines.show(shape),
        AdminAnswer::Audit(lines) => lines.show(shape),
        AdminAnswer::Refused(why) => Err(CommandError::Refused(why)),
        AdminAnswer::File(_) => Err(CommandError::Answer),
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
        match answer {
            AdminAnswer::Done(_) => count += 1,
            AdminAnswer::Refused(why) => return Err(CommandError::LineRefused { number, why }),
            _ => return Err(CommandError::Answer),
        }
    }
    Ok(format!("{count} badge(s) imported{heading}\n"))
}
