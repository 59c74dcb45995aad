//! What a technician knows: asked one by one, or read from a file. Every fault of a file is said at
//! once, with its line.
//!
//! Never: a password on the screen, in a fault or in the file of answers itself.

use super::questions::{CERTIFICATE, KEY, PASSWORD, QUESTIONS, Question, is_put};
use super::words::{self, Language, Text};
use borne_gateway_api::Secret;
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use toml::Spanned;
use zeroize::Zeroizing;

/// Good answers to every question that is put.
pub struct Answers {
    values: BTreeMap<&'static str, String>,
    pub password: Secret,
}

impl Answers {
    /// The answer, or nothing to a question that was not put.
    pub fn get(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    /// The certificate that is there, and its key.
    pub fn own(&self) -> Option<(PathBuf, PathBuf)> {
        let own = self.get("certificates") == "own";
        own.then(|| (self.get(CERTIFICATE).into(), self.get(KEY).into()))
    }

    /// Asks at the keyboard. A bad answer is asked again.
    pub fn ask(language: Language) -> io::Result<Self> {
        let mut answers = Self { values: BTreeMap::new(), password: Secret::new(String::new()) };
        for question in &QUESTIONS {
            if !is_put(question.key, answers.values.get("certificates").map(String::as_str)) {
                continue;
            }
            let answer = loop {
                let answer = ask(question, language)?;
                if (question.good)(&answer) {
                    break answer;
                }
                let (wanted, words) =
                    (language.pick(question.wanted), language.pick(words::WANTED));
                writeln!(io::stdout(), "  {words} {wanted}")?;
            };
            answers.put(question.key, answer);
        }
        Ok(answers)
    }

    /// Reads a file. Each fault is a line: file, line, key, and what a good answer is.
    pub fn read(path: &Path, language: Language) -> Result<Self, Vec<String>> {
        let file = path.display();
        let text = std::fs::read_to_string(path).map_err(|e| vec![format!("{file}: {e}")])?;
        let found =
            entries(&text).map_err(|(line, what)| vec![format!("{file}:{line}: {what}")])?;
        let mut faults: Vec<(usize, String)> = Vec::new();
        let mut fault = |line: usize, key: &str, what: Text| {
            let place = if line == 0 { file.to_string() } else { format!("{file}:{line}") };
            faults.push((line, format!("{place}: {key}: {}", language.pick(what))));
        };
        for (key, (line, _)) in &found {
            if QUESTIONS.iter().all(|question| question.key != key) {
                fault(*line, key, words::UNKNOWN);
            }
        }
        let mut answers = Self { values: BTreeMap::new(), password: Secret::new(String::new()) };
        for question in &QUESTIONS {
            if !is_put(question.key, answers.values.get("certificates").map(String::as_str)) {
                continue;
            }
            let (line, given) = found
                .get(question.key)
                .map_or((0, Some("")), |(line, value)| (*line, value.as_deref()));
            match given.and_then(|given| good(question, given)) {
                Some(answer) => answers.put(question.key, answer),
                None => fault(line, question.key, question.wanted),
            }
        }
        faults.sort();
        let faults: Vec<_> = faults.into_iter().map(|(_, text)| text).collect();
        if faults.is_empty() { Ok(answers) } else { Err(faults) }
    }

    fn put(&mut self, key: &'static str, answer: String) {
        if key == PASSWORD {
            self.password = Secret::new(answer);
        } else {
            self.values.insert(key, answer);
        }
    }
}

/// The answer, when it is a good one; the password is read from the file that is named.
fn good(question: &Question, given: &str) -> Option<String> {
    let answer = if given.is_empty() { question.usual } else { given };
    if question.key != PASSWORD {
        return (question.good)(answer).then(|| answer.to_owned());
    }
    let text = Zeroizing::new(std::fs::read_to_string(answer).ok()?);
    let word = text.trim_end_matches(['\r', '\n']);
    (question.good)(word).then(|| word.to_owned())
}

/// Key, line and text (none, when it is no text) of each entry; or the line where it is not TOML.
type Entries = BTreeMap<String, (usize, Option<String>)>;

fn entries(text: &str) -> Result<Entries, (usize, String)> {
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let table: BTreeMap<String, Spanned<toml::Value>> = toml::from_str(text).map_err(|error| {
        (line(error.span().map_or(0, |span| span.start)), error.message().to_owned())
    })?;
    let entry = |(key, value): (String, Spanned<toml::Value>)| {
        let line = line(value.span().start);
        (key, (line, value.into_inner().as_str().map(str::to_owned)))
    };
    Ok(table.into_iter().map(entry).collect())
}

fn ask(question: &Question, language: Language) -> io::Result<String> {
    let text = language.pick(question.ask);
    if question.key == PASSWORD { hidden(text) } else { line(text, question.usual) }
}

fn line(question: &str, usual: &str) -> io::Result<String> {
    let mut out = io::stdout().lock();
    if usual.is_empty() {
        write!(out, "{question}: ")?;
    } else {
        write!(out, "{question} [{usual}]: ")?;
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
fn hidden(question: &str) -> io::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return line(question, "");
    }
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Drain, &silent)?;
    let answer = line(question, "");
    tcsetattr(&stdin, OptionalActions::Drain, &before)?;
    writeln!(io::stdout())?;
    answer
}
