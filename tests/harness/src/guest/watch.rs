//! What the guest says of itself: its console, and the answers of the watch (`watch.service`) that
//! systemd was handed.
//!
//! Never: a look at the screen or the memory, which need nobody inside.

use super::Guest;
use crate::wait_for;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

/// Longest answer of the watch.
const PATIENCE: Duration = Duration::from_secs(900);

impl Guest {
    /// Everything the guest's console has said: the kernel, and the log of every unit by the watch.
    #[must_use]
    pub fn console(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.console_file()).unwrap_or_default())
            .replace('\r', "")
    }

    /// The supervisor's state, by the last `state=` of its log.
    #[must_use]
    pub fn state(&self) -> Option<String> {
        let log = self.console();
        let after = log.rsplit_once("state=")?.1.trim_start_matches('"');
        Some(
            after
                .split(|letter: char| !letter.is_alphanumeric())
                .next()
                .unwrap_or_default()
                .to_owned(),
        )
    }

    /// Waits until the supervisor is in this state.
    #[track_caller]
    pub fn wait_for_state(&mut self, state: &str, deadline: Duration) {
        wait_for(&format!("state {state} in the guest"), deadline, || {
            if let Some(status) = self.ended() {
                panic!("QEMU ended ({status}); {}", self.last_words());
            }
            match self.state() {
                Some(now) if now == state => Ok(()),
                other => Err(format!("{other:?}; {}", self.last_words())),
            }
        });
    }

    /// Waits until the console has said this.
    #[track_caller]
    pub fn wait_for_console(&self, text: &str, deadline: Duration) {
        wait_for(&format!("{text:?} on the console"), deadline, || {
            if self.console().contains(text) { Ok(()) } else { Err(self.last_words()) }
        });
    }

    /// How much slower its clock goes than ours, on the whole since its start; by the last time on
    /// its console.
    #[must_use]
    pub fn slowness(&self) -> f64 {
        let console = self.console();
        let stamps = console
            .lines()
            .rev()
            .filter_map(|line| line.strip_prefix('[')?.split(']').next()?.trim().parse().ok());
        let seconds: f64 = stamps.into_iter().find(|seconds| *seconds > 1.0).unwrap_or(1.0);
        (self.begun.elapsed().as_secs_f64() / seconds).max(1.0)
    }

    pub(super) fn last_words(&self) -> String {
        let console = self.console();
        let from = console.len().saturating_sub(1500);
        format!("console: …{}", console.get(from..).unwrap_or(&console))
    }

    /// Asks the watch for its report: `name: value` lines, by name.
    #[track_caller]
    pub fn report(&mut self) -> BTreeMap<String, String> {
        let text = self.ask("report");
        let fields = text.lines().filter_map(|line| line.split_once(": "));
        fields.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
    }

    /// Bytes of its memory in use, without what the kernel would give back at once (`free`).
    ///
    /// # Panics
    /// When the watch does not say.
    #[track_caller]
    pub fn memory_used(&mut self) -> u64 {
        let report = self.report();
        let used = report
            .get("memory")
            .and_then(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok());
        used.expect("memory in the report") * 1024
    }

    /// Has the watch execute a command line as root, and says what came of it; lines of the log may
    /// stand in between.
    #[track_caller]
    pub fn run(&mut self, command: &str) -> String {
        self.ask(&format!("run {command}"))
    }

    /// As [`Self::run`], without waiting for an end: it may be the machine's.
    pub fn begin(&mut self, command: &str) {
        self.say(&format!("run {command}"));
    }

    pub(super) fn say(&mut self, line: &str) {
        let line = format!("{line}\n");
        // Of a machine that is ending itself the line may be gone.
        let _said = self.power.as_mut().map(|power| power.keyboard.write_all(line.as_bytes()));
    }

    #[track_caller]
    fn ask(&mut self, question: &str) -> String {
        let before = self.console().len();
        self.say(question);
        wait_for(&format!("an answer to {question:?}"), PATIENCE, || {
            let console = self.console();
            let text = console.get(before..).unwrap_or_default();
            let begin = text.find("REPORT BEGIN").ok_or("nothing")?;
            let end = text.find("REPORT END").ok_or("no end")?;
            text.get(begin..end).map(str::to_owned).ok_or("torn")
        })
    }
}
