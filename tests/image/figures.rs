//! `target/image.json`: what the runs measured, each key written by the test that knows it.

use serde_json::{Map, Value};
use std::fs;

/// Keeps a figure; the last one of a name counts.
pub fn figure(name: &str, value: impl Into<Value>) {
    let directory = borne_harness::agents::repository().join("target");
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("image.json");
    let text = fs::read_to_string(&file).unwrap_or_else(|_| "{}".to_owned());
    let mut figures: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    figures.insert(name.to_owned(), value.into());
    fs::write(&file, serde_json::to_string_pretty(&figures).unwrap() + "\n").unwrap();
}
