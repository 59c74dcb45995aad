//! The demo town, by its one command `tests/town/town`. One town serves a whole run; whoever needs
//! it brings it up.

use crate::agents::repository;
use rustix::thread::LinkNameSpaceType;
use std::collections::BTreeMap;
use std::os::fd::AsFd;
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

impl House {
    const fn name(self) -> &'static str {
        match self {
            Self::Hall => "hall",
            Self::Terminal => "terminal",
        }
    }
}

impl Town {
    /// Brings up what is not up yet; about a second when all of it is.
    ///
    /// # Panics
    /// When it cannot; its own words are on standard error.
    #[must_use]
    pub fn up() -> Self {
        run(&["up"]);
        let variables =
            Command::new(command()).arg("env").output().expect("run tests/town/town env").stdout;
        let variables = String::from_utf8_lossy(&variables);
        let pairs = variables.lines().filter_map(|line| line.split_once('='));
        Self { variables: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    /// Starts the same groupware with its own login form too, for ordinary browsers.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn open_password_login(&self) {
        run(&["up", "--password-login"]);
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
        self.variables
            .get(&format!("BORNE_TOWN_{name}"))
            .unwrap_or_else(|| panic!("the town has no {name}"))
    }

    /// Its state directory.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        PathBuf::from(self.variables.get("BORNE_TOWN").map_or("", String::as_str))
    }

    /// A command that enters a house and then executes the rest of its arguments.
    #[must_use]
    pub fn enter(&self, house: House) -> Vec<String> {
        let state = format!("BORNE_TOWN={}", self.state().display());
        ["/usr/bin/env".to_owned(), state, command().display().to_string()]
            .into_iter()
            .chain(["exec", house.name(), "--"].map(str::to_owned))
            .collect()
    }

    /// Does this with the network of a house; names are not resolved there.
    ///
    /// # Panics
    /// When the house cannot be entered, or when `work` does.
    pub fn within<T: Send>(&self, house: House, work: impl FnOnce() -> T + Send) -> T {
        let held = self.state().join("ns").join(house.name());
        let held = std::fs::read_to_string(held).expect("the process that holds the house");
        let pid = held.split_whitespace().next().unwrap_or_default();
        let network =
            std::fs::File::open(format!("/proc/{pid}/ns/net")).expect("the network of the house");
        // A thread is in a network (setns(2)): this one goes there and never comes back.
        std::thread::scope(|scope| {
            let there = scope.spawn(move || {
                rustix::thread::move_into_link_name_space(
                    network.as_fd(),
                    Some(LinkNameSpaceType::Network),
                )
                .expect("enter the house");
                work()
            });
            there.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Cuts the wire between the houses; it is whole again when the answer is dropped.
    pub fn cut(&self) -> Undo {
        run(&["cut"]);
        Undo(vec!["mend"])
    }

    /// The groupware shows this certificate (`expired`, `self-signed`, `wrong-host`) until the
    /// answer is dropped.
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
            eprintln!(
                "tests/town/town {} failed: the next test meets a broken town",
                self.0.join(" ")
            );
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
