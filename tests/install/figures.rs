//! What was measured, into `target/install.json`.

use borne_harness::agents::repository;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

static FILE: Mutex<()> = Mutex::new(());

/// Writes a figure down beside those that are there, and says it.
pub fn note(name: &str, figure: f64) {
    let _alone = FILE.lock().unwrap();
    let path = repository().join("target/install.json");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut figures: BTreeMap<String, f64> = serde_json::from_str(&before).unwrap_or_default();
    figures.insert(name.to_owned(), (figure * 10.0).round() / 10.0);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, serde_json::to_string_pretty(&figures).unwrap() + "\n").unwrap();
    println!("install: {name} = {figure:.1}");
}
