//! English that a newcomer would stumble on, and the plain words for it. The list is short on
//! purpose: it holds what has been written here before.

use crate::root;
use crate::sources::relative;
use std::fs;
use std::path::{Path, PathBuf};

/// What is not written, and what is written instead.
const PLAIN: &[(&str, &str)] = &[
    ("the mend", "“the fix”, “how to fix it”"),
    ("to mend", "“to fix”"),
    ("be mended", "“be fixed”"),
    ("is mended", "“is fixed”"),
    ("mends it", "“fixes it”"),
    ("belong into", "“must be in”"),
    ("belongs into", "“must be in”"),
    ("toml hold", "“applies borne.toml”"),
    ("makes it hold", "“applies it”"),
    ("that is none", "say what it is: “malformed”, “not a key”, “impossible”"),
    ("that are none", "say what they are: “malformed”, “not keys”, “impossible”"),
    ("what is no ", "“anything but a …”, “something that is not a …”"),
    ("must miss it", "“some test must fail”"),
    ("is missed by a test", "“a test fails then”"),
    ("each is held,", "“what enforces each,”"),
    ("seen gone", "“confirm that it is fixed”"),
    ("Highest stand", "“scores highest”"),
    ("has come to.", "“how far it is”"),
    ("made hold", "“applied”"),
    ("is made undumpable by nobody", "“marking it undumpable would be undone”"),
];

/// “one X a Y” with one of these as Y reads as a slip: it is “one X per Y”. (“One try a minute” is
/// English.)
const PER: &str = "process peer unit line badge role machine suite session terminal page application \
                   direction ticket";
/// What X cannot be.
const SMALL: &str = "and in of for is with on at to from dead by that";

/// Single-line docs that say less than the name below them.
const EMPTY: &[&str] = &[
    "Which.",
    "Why.",
    "What.",
    "Whose.",
    "Where.",
    "When.",
    "Who.",
    "How.",
    "So.",
    "Both.",
    "This one.",
    "What came.",
    "Since when.",
    "See the module.",
];

fn texts() -> Vec<(String, String)> {
    let root = root();
    let mut open: Vec<PathBuf> =
        ["docs", "gateway", "kiosk", "tests", "ui", "image", "buildroot-overlay"]
            .map(|name| root.join(name))
            .into();
    let mut files = vec![root.join("README.md"), root.join("SECURITY.md"), root.join("Makefile")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            // A link of the overlay leads to where it does on a terminal alone.
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        let english = !name.ends_with(".fr.md") && !path.ends_with("tests/house/english.rs");
        // A link of the image's leads to nothing here.
        english
            && path.is_file()
            && (name == "Makefile"
                || [".md", ".rs", ".toml", ".slint"].iter().any(|end| name.ends_with(end)))
    };
    files.iter().filter(|path| ours(path)).map(|path| read(&root, path)).collect()
}

fn read(root: &Path, path: &Path) -> (String, String) {
    (relative(root, path), fs::read_to_string(path).unwrap())
}

/// The words in one line, without the marks of comments: a phrase may go over a line's end.
fn running(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !matches!(*word, "//" | "///" | "//!" | "#"));
    words.collect::<Vec<_>>().join(" ")
}

/// “one X a Y”.
fn per(words: &[&str]) -> bool {
    let [count, thing, "a", of] = *words else { return false };
    let counts = matches!(count, "one" | "a" | "One" | "A");
    let thing = thing.bytes().all(|byte| byte.is_ascii_lowercase())
        && SMALL.split(' ').all(|small| small != thing);
    let of = of.trim_end_matches(|c: char| !c.is_alphanumeric());
    counts && thing && PER.split(' ').any(|per| per == of)
}

#[test]
fn english_is_plain() {
    let mut odd = Vec::new();
    for (path, text) in texts() {
        let text = running(&text);
        for (phrase, plain) in PLAIN.iter().filter(|(phrase, _)| text.contains(phrase)) {
            odd.push(format!("{path}: “{phrase}”: write {plain}"));
        }
        let words: Vec<&str> = text.split(' ').collect();
        for found in words.windows(4).filter(|words| per(words)) {
            odd.push(format!("{path}: “{}”: write “per”", found.join(" ")));
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

#[test]
fn a_doc_says_more_than_the_name_below_it() {
    let mut empty = Vec::new();
    for (path, text) in texts().iter().filter(|(path, _)| path.ends_with(".rs")) {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for three in lines.windows(3) {
            let doc = three[1].strip_prefix("/// ").filter(|doc| EMPTY.contains(doc));
            let alone = !three[0].starts_with("///") && !three[2].starts_with("///");
            if let Some(doc) = doc.filter(|_| alone) {
                empty.push(format!("{path}: “{doc}” above {}", three[2]));
            }
        }
    }
    assert!(empty.is_empty(), "leave them out, or say something:\n{}", empty.join("\n"));
}
