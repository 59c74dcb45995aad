//! From single measurements to `target/bench.json`.

use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One line of the result.
#[derive(Serialize)]
struct Line {
    median: f64,
    p95: f64,
    n: usize,
    unit: &'static str,
    runs: Vec<f64>,
}

/// Everything measured, by key, in the order of the runs.
#[derive(Default)]
pub struct Numbers(BTreeMap<&'static str, (&'static str, Vec<f64>)>);

impl Numbers {
    /// Adds a measurement.
    pub fn add(&mut self, key: &'static str, unit: &'static str, value: f64) {
        self.0.entry(key).or_insert((unit, Vec::new())).1.push(value);
    }

    /// Adds the quotient of the last measurements of two keys: both of the same round.
    pub fn add_ratio(&mut self, key: &'static str, over: &str, under: &str) {
        let last = |key: &str| self.0.get(key).and_then(|(_, runs)| runs.last().copied());
        if let (Some(over), Some(under)) = (last(over), last(under)) {
            self.add(key, "ratio", over / under);
        }
    }

    /// The object of `bench.json`.
    pub fn json(&self, about: Value) -> Value {
        let mut object = Map::from_iter([("about".to_owned(), about)]);
        for (key, (unit, runs)) in &self.0 {
            let line = Line {
                median: rounded(quantile(runs, 0.5)),
                p95: rounded(quantile(runs, 0.95)),
                n: runs.len(),
                unit,
                runs: runs.iter().copied().map(rounded).collect(),
            };
            object.insert((*key).to_owned(), json!(line));
        }
        Value::Object(object)
    }

    /// The same for a person.
    pub fn table(&self) -> String {
        let lines = self.0.iter().map(|(key, (unit, runs))| {
            let (median, p95) = (quantile(runs, 0.5), quantile(runs, 0.95));
            format!("{key:<28} {median:>9.2} {p95:>9.2} {unit:<6} n={}\n", runs.len())
        });
        format!("{:<28} {:>9} {:>9}\n{}", "", "median", "p95", lines.collect::<String>())
    }
}

/// The smallest measurement that at least this share of all does not exceed; for the median of an
/// even number, the mean of the two in the middle.
pub fn quantile(runs: &[f64], share: f64) -> f64 {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |rank: usize| sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN);
    let n = sorted.len();
    if share == 0.5 && n.is_multiple_of(2) {
        return at(n / 2).midpoint(at(n / 2 + 1));
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks"
    )]
    let rank = (n as f64 * share).ceil() as usize;
    at(rank)
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "small whole numbers are exact")]
    fn quantiles_are_measurements() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), 2.5);
        let ten: Vec<f64> = (1..=10_u8).map(f64::from).collect();
        assert_eq!(quantile(&ten, 0.95), 10.0);
        let forty: Vec<f64> = (1..=40_u8).map(f64::from).collect();
        assert_eq!(quantile(&forty, 0.95), 38.0);
    }
}
