//! Makes the security suite's record into a table, `target/security.json` and `docs/ESCAPES.md`.
//!
//! Duties: say what was tried, what was not, what escaped. Never: call a row closed that no test
//! tried.
#![allow(clippy::expect_used, clippy::print_stdout)]

use borne_harness::agents::repository;
use borne_harness::report::matrix::{Place, ROWS, Row};
use borne_harness::report::{self, Line};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

/// What is known of one row.
struct Outcome<'a> {
    row: &'a Row,
    /// What was tried and by which file; sorted, each once.
    tries: Vec<(String, String)>,
    escaped: bool,
}

impl Outcome<'_> {
    fn result(&self) -> String {
        match (self.escaped, self.tries.is_empty(), self.row.place) {
            (true, ..) => "**ESCAPED**".to_owned(),
            (false, false, _) => "held".to_owned(),
            (false, true, Place::Here) => "**not tried**".to_owned(),
            (false, true, Place::Image([])) => "a limit: docs/THREAT_MODEL.md".to_owned(),
            (false, true, Place::Image(_)) => "`make test-image`".to_owned(),
            (false, true, Place::Later(part)) => format!("with {part}"),
        }
    }
}

fn main() -> ExitCode {
    let lines = report::read();
    let outcomes: Vec<Outcome> = ROWS.iter().map(|row| outcome(row, &lines)).collect();
    let tried = outcomes.iter().filter(|outcome| !outcome.tries.is_empty()).count();
    let escapes = outcomes.iter().filter(|outcome| outcome.escaped).count();
    let missing: Vec<u8> =
        outcomes.iter().filter(|o| o.result() == "**not tried**").map(|o| o.row.number).collect();
    let (figures, (tries, again)) = (figures(&lines), counts(&lines));
    for outcome in &outcomes {
        println!("{:>3}  {:<14} {}", outcome.row.number, outcome.result(), outcome.row.technique);
    }
    println!("rows tried: {tried}   escapes: {escapes}   not tried: {missing:?}");
    println!("tries: {tries}   of them second tries: {again}");
    figures.iter().for_each(|(name, value)| println!("{name}: {value}"));
    let mut json = kept();
    json["rows"] = tried.into();
    json["escapes"] = escapes.into();
    json["tries"] = tries.into();
    json["second_tries"] = second_tries(again).into();
    figures.iter().for_each(|(name, value)| json[name] = number(*value));
    let text = serde_json::to_string_pretty(&json).expect("write JSON");
    fs::write(repository().join("target/security.json"), text + "\n")
        .expect("write target/security.json");
    if missing.is_empty() && escapes == 0 {
        fs::write(repository().join("docs/ESCAPES.md"), page(&outcomes))
            .expect("write docs/ESCAPES.md");
        return ExitCode::SUCCESS;
    }
    println!("docs/ESCAPES.md is left as it was");
    ExitCode::FAILURE
}

/// Those of the record; or as many tests as the suite has tried again by itself, whether or not
/// they record anything (`tests/run-security` says so).
fn second_tries(again: usize) -> usize {
    let said = std::env::var("BORNE_TRIED_AGAIN").ok().and_then(|number| number.parse().ok());
    again.max(said.unwrap_or(0))
}

/// What `make soak` has measured stays.
fn kept() -> serde_json::Value {
    let text = fs::read_to_string(repository().join("target/security.json")).unwrap_or_default();
    let mut before: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let soak = ["soak_sessions", "soak_drift_percent"];
    soak.into_iter().filter_map(|key| Some((key, before.get_mut(key)?.take()))).collect()
}

/// A count is written as one.
fn number(value: f64) -> serde_json::Value {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number")]
    if value.fract() == 0.0 { (value as i64).into() } else { value.into() }
}

fn outcome<'a>(row: &'a Row, lines: &[Line]) -> Outcome<'a> {
    // What was tried again counts as it ended the last time.
    let mut last = BTreeMap::new();
    for line in lines {
        if let Line::Tried { row: number, what, by, held } = line
            && *number == row.number
        {
            last.insert((by.clone(), what.clone()), *held);
        }
    }
    let escaped = last.values().any(|held| !held);
    let tries = last.into_keys().collect();
    Outcome { row, tries, escaped }
}

/// The sum of the parts; a part that was measured again in a second try counts once.
fn figures(lines: &[Line]) -> BTreeMap<String, f64> {
    let mut parts = BTreeMap::new();
    for line in lines {
        if let Line::Figure { name, value, of } = line {
            parts.insert((name.clone(), of.clone()), *value);
        }
    }
    let mut sums = BTreeMap::new();
    for ((name, _), value) in parts {
        *sums.entry(name).or_insert(0.0) += value;
    }
    sums
}

/// How many attempts were begun, and how many of those were another try at the same.
fn counts(lines: &[Line]) -> (usize, usize) {
    let tries = lines.iter().filter_map(|line| match line {
        Line::Tried { row, what, by, .. } => Some((row, what, by)),
        Line::Figure { .. } => None,
    });
    let all: Vec<_> = tries.collect();
    let different: BTreeSet<_> = all.iter().collect();
    (all.len(), all.len() - different.len())
}

fn page(outcomes: &[Outcome]) -> String {
    let mut page = String::from(
        "# Ways out, and what came of trying them\n\n\
         Written by `make test-security` from what its tests did; do not edit. The numbers are those of the matrix in\n\
         `tests/harness/src/report/matrix.rs`. The list is not closed: what is not on it must fail the same way.\n\n\
         | # | way out | it passes when | tried | by | result |\n|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        let join = |parts: Vec<&str>| parts.join("; ");
        let what = join(outcome.tries.iter().map(|(_, what)| what.as_str()).collect());
        let mut files: Vec<&str> = outcome.tries.iter().map(|(by, _)| by.as_str()).collect();
        files.dedup();
        let of_the_image = match outcome.row.place {
            Place::Image(tests) => tests,
            Place::Here | Place::Later(_) => &[],
        };
        let of_the_image: Vec<String> =
            of_the_image.iter().map(|test| format!("tests/image/{test}.rs")).collect();
        files.extend(of_the_image.iter().map(String::as_str));
        let files: Vec<String> =
            files.iter().map(|by| format!("`{}`", by.trim_start_matches("tests/"))).collect();
        let Row { number, technique, passes, .. } = outcome.row;
        writeln!(
            page,
            "| {number} | {technique} | {passes} | {what} | {} | {} |",
            files.join(", "),
            outcome.result()
        )
        .expect("write to a string");
    }
    page
}
