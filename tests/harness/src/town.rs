//! The demo town, by its one command `tests/town/town`. One town serves a whole run; whoever needs it brings it up.

use crate::agents::repository;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A town that is up.
#[derive(Clone, Debug)]
pub struct Town {
    variables: BTreeMap<String, String>,
}

/// The two sides of the wire.
#[derive(Clone, Copy, Debug)]
pub enum House {
    /// Groupware and gateway.
    Hall,
    /// The terminal.
    Terminal,
}

impl Town {
    /// Brings up what is not up yet; about a second when all of it is.
    ///
    /// # Panics
    /// When it cannot; its own words are on standard error.
    #[must_use]
    pub fn up() -> Self {
        run(&["up"]);
        let variables = Command::new(command()).arg("env").output().expect("run tests/town/town env").stdout;
        let variables = String::from_utf8_lossy(&variables);
        let pairs = variables.lines().filter_map(|line| line.split_once('='));
        Self { variables: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    /// Ends all of it.
    ///
    /// # Panics
    /// When something stays.
    pub fn down(&self) {
        run(&["down"]);
    }

    /// One of the variables `town env` prints, without its `BORNE_TOWN_`.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn variable(&self, name: &str) -> &str {
        self.variables.get(&format!("BORNE_TOWN_{name}")).unwrap_or_else(|| panic!("the town has no {name}"))
    }

    /// Its state directory.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        PathBuf::from(self.variables.get("BORNE_TOWN").map_or("", String::as_str))
    }

    /// A command that enters a house and then executes the rest of its arguments.
    #[must_use]
    pub fn enter(&self, house: House) -> Vec<String> {
        let house = match house {
            House::Hall => "hall",
            House::Terminal => "terminal",
        };
        let state = format!("BORNE_TOWN={}", self.state().display());
        ["/usr/bin/env".to_owned(), state, command().display().to_string()]
            .into_iter()
            .chain(["exec", house, "--"].map(str::to_owned))
            .collect()
    }

    /// Cuts the wire between the houses; it is whole again when the answer is dropped.
    pub fn cut(&self) -> Undo {
        run(&["cut"]);
        Undo(vec!["mend"])
    }

    /// The groupware shows this certificate (`expired`, `self-signed`, `wrong-host`) until the answer is dropped.
    pub fn certificate(&self, which: &'static str) -> Undo {
        run(&["certificate", which]);
        Undo(vec!["certificate", "good"])
    }

    /// Ends one service (`sogo`, `nginx`, `slapd`…) until the answer is dropped.
    pub fn stop(&self, service: &'static str) -> Undo {
        run(&["stop", service]);
        Undo(vec!["up"])
    }
}

/// Puts the town right again when it is dropped, also when the test fails.
#[derive(Debug)]
#[must_use = "the town is put right when this is dropped"]
pub struct Undo(Vec<&'static str>);

impl Drop for Undo {
    fn drop(&mut self) {
        let status = Command::new(command()).args(&self.0).stdin(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("tests/town/town {} failed: the next test meets a broken town", self.0.join(" "));
        }
    }
}

fn command() -> PathBuf {
    repository().join("tests/town/town")
}

#[track_caller]
fn run(arguments: &[&str]) {
    let status = Command::new(command()).args(arguments).stdin(Stdio::null()).status();
    let status = status.unwrap_or_else(|error| panic!("run {}: {error}", command().display()));
    assert!(status.success(), "tests/town/town {}: {status}", arguments.join(" "));
}
