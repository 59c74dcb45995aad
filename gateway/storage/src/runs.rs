//! The run that a terminal is in (docs/protocol/terminal-api.md, "One holder of a key").

use crate::{StorageError, Tx, during};
use borne_gateway_model::{Digest, Moment, TerminalId};

/// What is known of a terminal's run.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Run {
    /// What it was given last; `None`: it never was, or has said that it knows none.
    run: Option<Vec<u8>>,
    /// It has shown that since.
    run_shown: bool,
    /// What it showed before.
    run_before: Option<Vec<u8>>,
}

/// What a terminal shows, held against what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It was never given one; older software.
    Nothing,
    /// What it was given last.
    Last,
    /// What it had before, and the newer one was never shown: that answer was lost.
    Before,
    /// It shows none although it once had one.
    Dropped,
    /// One that another holder of its key has made old.
    Old,
}

impl Run {
    /// Judges what a terminal shows, at `/v1/start` or later.
    #[must_use]
    pub fn judge(&self, shown: Option<&Digest>, starting: bool) -> Shown {
        let is = |known: &Option<Vec<u8>>| {
            shown.is_some_and(|shown| known.as_deref().is_some_and(|known| known == shown.0))
        };
        match (&self.run, shown) {
            (None, None) => Shown::Nothing,
            // Somebody started without a run, and this one has not started since.
            (None, Some(_)) if !starting && is(&self.run_before) => Shown::Old,
            // Kept by a newer slot before it fell back to an older one, or before it joined anew.
            (None, Some(_)) => Shown::Last,
            (Some(_), None) => Shown::Dropped,
            (Some(_), Some(_)) if is(&self.run) => Shown::Last,
            (Some(_), Some(_)) if !self.run_shown && is(&self.run_before) => Shown::Before,
            (Some(_), Some(_)) => Shown::Old,
        }
    }

    /// Whether the terminal has shown what it was given last.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        self.run_shown
    }
}

impl Tx {
    /// The run of a terminal.
    ///
    /// # Errors
    /// The database failed.
    pub async fn run(&mut self, terminal: TerminalId) -> Result<Run, StorageError> {
        let row = sqlx::query_as("SELECT run, run_shown, run_before FROM terminal WHERE id = $1")
            .bind(terminal.0)
            .fetch_one(self.on())
            .await;
        during("read a terminal's run", row)
    }

    /// A run begins, or, without one given, a life without. What the terminal shows now, else what
    /// was known of it, is what it had before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_run(
        &mut self,
        terminal: TerminalId,
        shown: Option<&Digest>,
        given: Option<&Digest>,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "UPDATE terminal SET run_before = coalesce($1, run, run_before), run = $2, run_shown = 0
             WHERE id = $3",
        )
        .bind(shown.map(|digest| digest.0.clone()))
        .bind(given.map(|digest| digest.0.clone()))
        .bind(terminal.0)
        .execute(self.on())
        .await;
        during("begin a terminal's run", done.map(drop))
    }

    /// The terminal has shown what it was given: whatever it had before is old.
    ///
    /// # Errors
    /// The database failed.
    pub async fn run_shown(&mut self, terminal: TerminalId) -> Result<(), StorageError> {
        let done =
            sqlx::query("UPDATE terminal SET run_shown = 1, run_before = NULL WHERE id = $1")
                .bind(terminal.0)
                .execute(self.on())
                .await;
        during("confirm a terminal's run", done.map(drop))
    }

    /// Two holders of its key were seen: it is cut off.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cut_off_doubled(
        &mut self,
        terminal: TerminalId,
        now: Moment,
    ) -> Result<(), StorageError> {
        let done = sqlx::query(
            "UPDATE terminal SET doubled_at = $1, revoked_at = $1, next_fingerprint = NULL
             WHERE id = $2",
        )
        .bind(now.0)
        .bind(terminal.0)
        .execute(self.on())
        .await;
        during("cut a doubled terminal off", done.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(run: Option<u8>, run_shown: bool, before: Option<u8>) -> Run {
        let bytes = |byte: Option<u8>| byte.map(|byte| vec![byte; 32]);
        Run { run: bytes(run), run_shown, run_before: bytes(before) }
    }

    fn judge(known: &Run, shown: Option<u8>) -> Shown {
        known.judge(shown.map(|byte| Digest(vec![byte; 32])).as_ref(), false)
    }

    #[test]
    fn an_honest_terminal_is_never_taken_for_two() {
        assert_eq!(judge(&run(None, false, None), None), Shown::Nothing, "older software");
        assert_eq!(judge(&run(Some(1), false, None), Some(1)), Shown::Last);
        assert_eq!(judge(&run(Some(2), false, Some(1)), Some(1)), Shown::Before, "answer lost");
        assert_eq!(judge(&run(None, false, None), Some(1)), Shown::Last, "back from an older slot");
    }

    #[test]
    fn two_holders_of_a_key_show_themselves() {
        assert_eq!(judge(&run(Some(2), true, None), Some(1)), Shown::Old);
        assert_eq!(judge(&run(Some(2), true, Some(1)), Some(1)), Shown::Old);
        assert_eq!(judge(&run(Some(3), false, Some(2)), Some(1)), Shown::Old);
        assert_eq!(judge(&run(Some(2), true, None), None), Shown::Dropped);
        let dropped = run(None, false, Some(2));
        assert_eq!(judge(&dropped, Some(2)), Shown::Old, "the other one is alive");
        let starting = dropped.judge(Some(&Digest(vec![2; 32])), true);
        assert_eq!(starting, Shown::Last, "back from an older slot");
    }
}
