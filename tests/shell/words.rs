//! Every text a person may read has its French source and its English translation.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn ui() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ui")
}

fn slint_files(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            slint_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "slint") {
            into.push(path);
        }
    }
}

/// The quoted text at the start of `text`, and what follows it. No text of the ui holds an escaped
/// quote.
fn quoted(text: &str) -> Option<(&str, &str)> {
    text.trim_start().strip_prefix('"')?.split_once('"')
}

fn sources() -> BTreeSet<String> {
    let mut files = Vec::new();
    slint_files(&ui(), &mut files);
    let mut sources = BTreeSet::new();
    for file in files {
        let code = fs::read_to_string(&file).unwrap();
        for part in code.split("@tr(").skip(1) {
            let (source, rest) = quoted(part)
                .unwrap_or_else(|| panic!("{}: a text the test cannot read", file.display()));
            sources.insert(source.to_owned());
            sources.extend(
                rest.trim_start()
                    .strip_prefix('|')
                    .and_then(quoted)
                    .map(|(plural, _)| plural.to_owned()),
            );
        }
    }
    sources
}

/// Source and translation; a plural's sources are listed apart.
fn english() -> Vec<(String, String)> {
    let po = fs::read_to_string(ui().join("translations/en/LC_MESSAGES/kiosk-shell.po")).unwrap();
    let mut out = Vec::new();
    for entry in po.split("\n\n") {
        let line = |key: &str| {
            entry
                .lines()
                .find_map(|line| line.strip_prefix(key).and_then(quoted))
                .map(|(text, _)| text.to_owned())
        };
        out.extend(line("msgid ").zip(line("msgstr ").or_else(|| line("msgstr[0] "))));
        out.extend(line("msgid_plural ").zip(line("msgstr[1] ")));
    }
    out.retain(|(source, _)| !source.is_empty());
    out
}

fn placeholders(text: &str) -> BTreeSet<String> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_text_has_a_french_and_an_english_wording() {
    let (sources, english) = (sources(), english());
    assert!(sources.len() > 60, "only {} texts found", sources.len());
    for source in &sources {
        let found: Vec<_> = english.iter().filter(|(other, _)| other == source).collect();
        assert_eq!(found.len(), 1, "{source:?} has {} English texts", found.len());
        assert!(!found[0].1.trim().is_empty(), "{source:?} has an empty English text");
        assert_eq!(placeholders(source), placeholders(&found[0].1), "{source:?}");
    }
    for (source, _) in &english {
        assert!(sources.contains(source), "{source:?} is translated but nowhere used");
    }
}

#[test]
fn no_text_is_written_into_the_screens_past_the_translations() {
    // What stays as it is in every language: a language's own name, a key's face, a warning sign, a
    // format.
    let mut files = Vec::new();
    slint_files(&ui(), &mut files);
    for file in files.iter().filter(|file| !file.ends_with("layouts.slint")) {
        for line in fs::read_to_string(file)
            .unwrap()
            .lines()
            .filter(|line| line.trim_start().starts_with("text: \""))
        {
            let (text, _) = quoted(line.trim_start().trim_start_matches("text:")).unwrap();
            assert!(text.chars().count() <= 1, "{}: {text:?}", file.display());
        }
    }
}
