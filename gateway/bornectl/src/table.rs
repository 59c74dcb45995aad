//! Listings as tables: what each line shows, in columns as wide as their widest cell.

use crate::harmless;
use borne_gateway_api::admin::{
    AuditLine, BadgeLine, BadgeState, ReportLine, SessionLine, TerminalLine, TerminalState,
    UpdateLine,
};
use borne_gateway_api::update::{Health, Outcome};

/// A session's name: enough to end it by.
const SHORT: usize = 8;
/// Where there is nothing to say.
const NOTHING: &str = "-";

/// What is shown of one line.
pub trait Row {
    /// The head.
    const HEAD: &[&str];
    /// As many cells as the head has.
    fn cells(&self) -> Vec<String>;
}

/// Lays a listing out.
pub fn lay_out<R: Row>(lines: &[R]) -> String {
    let head = R::HEAD.iter().map(|name| (*name).to_owned()).collect();
    let cells = |line: &R| line.cells().iter().map(|cell| harmless::line(cell)).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(lines.iter().map(cells)).collect();
    let length =
        |row: &Vec<String>, column| row.get(column).map_or(0, |c: &String| c.chars().count());
    let widest = |column| rows.iter().map(|row| length(row, column)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..R::HEAD.len()).map(widest).collect();
    let mut out = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

impl Row for TerminalLine {
    const HEAD: &[&str] = &[
        "TERMINAL",
        "JOINED",
        "STATE",
        "CERTIFICATE",
        "BOARD",
        "VERSION",
        "SLOT",
        "HEALTH",
        "SEEN",
    ];

    fn cells(&self) -> Vec<String> {
        let cut_off = || or_nothing(self.cut_off.as_ref());
        let state = match self.state {
            TerminalState::Invited => "invited".to_owned(),
            TerminalState::Ok => "ok".to_owned(),
            TerminalState::Revoked => format!("revoked {}", cut_off()),
            TerminalState::Cloned => format!("CLONED, cut off {}", cut_off()),
        };
        let (joined, ends) = (self.joined.as_ref(), self.certificate_ends.as_ref());
        let own = [self.terminal.clone(), or_nothing(joined), state, or_nothing(ends)];
        let report = self.report.as_ref().map_or_else(|| [NOTHING; 5].map(str::to_owned), said);
        own.into_iter().chain(report).collect()
    }
}

fn said(report: &ReportLine) -> [String; 5] {
    let trial = if report.confirmed { "" } else { " (on trial)" };
    let slot = format!("{}{trial}", report.slot);
    let (version, health) = (report.version.to_string(), ailing(report.health.as_ref()));
    [report.board.clone(), version, slot, health, report.seen.clone()]
}

/// What is not right, or `ok`.
fn ailing(health: Option<&Health>) -> String {
    let Some(Health { units, screen, reader, browser, panel }) = health else {
        return "?".to_owned();
    };
    let parts = [
        ("units", units),
        ("screen", screen),
        ("reader", reader),
        ("browser", browser),
        ("panel", panel),
    ];
    let bad: Vec<_> =
        parts.into_iter().filter(|(_, right)| !**right).map(|(name, _)| name).collect();
    if bad.is_empty() { "ok".to_owned() } else { format!("not {}", bad.join(", ")) }
}

impl Row for BadgeLine {
    const HEAD: &[&str] = &["BADGE", "LOGIN", "UID", "STATE", "SINCE"];

    fn cells(&self) -> Vec<String> {
        let (wrong, allowed) = (self.wrong_since_set, self.wrong_allowed);
        let state = match (self.state, self.wait_seconds, self.wrong_in_row) {
            (BadgeState::Locked, ..) => {
                format!("locked: {wrong} of {allowed} wrong PINs, set a new one")
            }
            (BadgeState::Waiting, seconds, _) => {
                format!("waits {} s after wrong PINs", seconds.unwrap_or(0))
            }
            (BadgeState::Ok, _, 0) => "ok".to_owned(),
            (BadgeState::Ok, _, in_row) => format!("{in_row} wrong PIN(s) in a row"),
        };
        let (badge, hint) = (self.badge.to_string(), format!("…{}", self.uid_hint));
        vec![badge, self.login.clone(), hint, state, self.added.clone()]
    }
}

impl Row for SessionLine {
    const HEAD: &[&str] = &["SESSION", "LOGIN", "BADGE", "TERMINAL", "SINCE", "ENDS"];

    fn cells(&self) -> Vec<String> {
        vec![
            short(&self.session.0),
            self.login.clone(),
            or_nothing(self.badge.as_ref()),
            or_nothing(self.terminal.as_ref()),
            self.since.clone(),
            self.ends.clone(),
        ]
    }
}

impl Row for UpdateLine {
    const HEAD: &[&str] = &["TERMINAL", "OFFERED", "HOURS", "SINCE", "RUNS", "OUTCOME", "URL"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.terminal.clone(),
            self.version.to_string(),
            self.hours.map_or_else(|| "any".to_owned(), |hours| hours.to_string()),
            self.offered.clone(),
            or_nothing(self.runs.as_ref()),
            self.outcome.map_or("waiting", Outcome::word).to_owned(),
            self.url.clone(),
        ]
    }
}

impl Row for AuditLine {
    const HEAD: &[&str] = &[
        "AT",
        "EVENT",
        "TIMES",
        "LOGIN",
        "BADGE",
        "TERMINAL",
        "SESSION",
        "APPLICATION",
        "ADDRESS",
        "BY",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.at.clone(),
            self.event.clone(),
            self.times.to_string(),
            or_nothing(self.login.as_ref()),
            or_nothing(self.badge.as_ref()),
            or_nothing(self.terminal.as_ref()),
            self.session.as_ref().map_or_else(|| NOTHING.to_owned(), |session| short(&session.0)),
            or_nothing(self.application.as_ref()),
            or_nothing(self.address.as_ref()),
            or_nothing(self.by.as_ref()),
        ]
    }
}

fn or_nothing(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), ToString::to_string)
}

fn short(session: &str) -> String {
    session.chars().take(SHORT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two(&'static str);

    impl Row for Two {
        const HEAD: &[&str] = &["A", "B"];

        fn cells(&self) -> Vec<String> {
            vec![self.0.to_owned(), "x".to_owned()]
        }
    }

    #[test]
    fn columns_line_up_by_characters_not_bytes() {
        assert_eq!(lay_out(&[Two("école")]), "A      B\nécole  x\n");
    }

    #[test]
    fn a_cell_is_one_line_of_what_can_be_seen() {
        let shown = "a\\u{a}\\u{202e}b";
        let head = format!("{:<width$}  B", "A", width = shown.len());
        assert_eq!(lay_out(&[Two("a\n\u{202e}b")]), format!("{head}\n{shown}  x\n"));
    }
}
