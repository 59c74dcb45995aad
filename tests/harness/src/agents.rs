//! The agents of the demo town, from `tests/town/agents.tsv`.

use std::path::PathBuf;

/// One line of the table.
#[derive(Clone)]
pub struct Agent {
    /// Directory login.
    pub login: String,
    /// Given name and family name, as the bar shows them.
    pub name: String,
    /// Upper-case hexadecimal.
    pub badge: String,
    /// Six digits.
    pub pin: String,
    /// `active`, `expired`, `disabled`…
    pub state: String,
}

/// The repository, as it was when this was built.
#[must_use]
pub fn repository() -> PathBuf {
    let here = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    here.canonicalize().unwrap_or(here)
}

/// Every agent of the table.
///
/// # Panics
/// When the table is not there or has a line of another shape.
#[must_use]
pub fn agents() -> Vec<Agent> {
    let path = repository().join("tests/town/agents.tsv");
    let table = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(Agent::parse)
        .collect()
}

/// The agent with this login.
///
/// # Panics
/// When there is none; the text lists who there is.
#[must_use]
pub fn agent(login: &str) -> Agent {
    let all = agents();
    let names: Vec<_> = all.iter().map(|agent| agent.login.as_str()).collect();
    let text = format!("no agent {login}; there are {}", names.join(", "));
    all.iter().find(|agent| agent.login == login).cloned().expect(&text)
}

impl Agent {
    fn parse(line: &str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [login, given, family, _job, _service, badge, pin, state] = fields[..] else {
            panic!("agents.tsv: not eight fields: {line:?}")
        };
        let name = format!("{given} {family}");
        let [login, badge, pin, state] = [login, badge, pin, state].map(str::to_owned);
        Self { login, name, badge, pin, state }
    }
}
