//! `target/image.json`, or `BORNE_FIGURES` beside it: what the runs measured, each key written by
//! the test that knows it.

use borne_harness::guest::Guest;
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};

/// Keeps a figure; the last one of a name counts.
pub fn figure(name: &str, value: impl Into<Value>) {
    change(|figures| drop(figures.insert(name.to_owned(), value.into())));
}

/// Adds to a figure that several tests share.
pub fn add(name: &str, more: usize) {
    change(|figures| {
        let so_far = figures.get(name).and_then(Value::as_u64).unwrap_or_default();
        figures.insert(name.to_owned(), (so_far + more as u64).into());
    });
}

/// One more.
pub fn count(name: &str) {
    add(name, 1);
}

/// How often the machine was started.
pub fn booted(guest: &Guest) {
    add("boots", guest.starts());
}

/// Two lanes of tests share the file: whoever changes it holds it.
fn change(how: impl FnOnce(&mut Map<String, Value>)) {
    let directory = borne_harness::agents::repository().join("target");
    fs::create_dir_all(&directory).unwrap();
    let path =
        directory.join(std::env::var("BORNE_FIGURES").unwrap_or_else(|_| "image.json".to_owned()));
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    file.lock().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    let mut figures: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    how(&mut figures);
    file.set_len(0).unwrap();
    file.rewind().unwrap();
    writeln!(file, "{}", serde_json::to_string_pretty(&figures).unwrap()).unwrap();
}
