//! What every source file keeps to.

use crate::root;
use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 450;
const LONGEST_MAIN: usize = 100;

/// A file of ours, by its path in the repository.
struct Source {
    path: String,
    text: String,
}

fn sources(endings: &[&str]) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = ["gateway", "kiosk", "tests", "ui", "image", "buildroot-overlay"]
        .map(|name| root.join(name))
        .into();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_ours = endings
                .iter()
                .any(|ending| path.extension().is_some_and(|extension| extension == *ending));
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else if is_ours {
                found.push(Source {
                    path: relative(&root, &path),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    assert!(!found.is_empty());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

pub fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().display().to_string()
}

/// The lines of code: no comment, nothing after `#[cfg(test)]`.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    product.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

#[test]
fn a_file_is_a_few_screens_and_a_main_one() {
    let mut long = Vec::new();
    for source in sources(&["rs", "slint", "sh", "py"]) {
        let lines = source.text.lines().count();
        let limit = if source.path.ends_with("src/main.rs") { LONGEST_MAIN } else { LONGEST_FILE };
        if lines > limit {
            long.push(format!("{} has {lines} lines, more than {limit}", source.path));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn a_rust_file_says_what_it_is_for() {
    let bare: Vec<_> = sources(&["rs"])
        .into_iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path)
        .collect();
    assert!(bare.is_empty(), "no module doc at the top of: {}", bare.join(", "));
}

#[test]
fn each_process_says_what_it_must_never_do() {
    for source in
        sources(&["rs"]).into_iter().filter(|source| source.path.ends_with("/src/main.rs"))
    {
        let head: String = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(
            head.contains("ever"),
            "{}: head it with its duties and its prohibitions (Duties…, Never…)",
            source.path
        );
    }
}

#[test]
fn unsafe_is_where_the_architecture_says() {
    for source in sources(&["rs"]) {
        let allowed = source.path.starts_with("kiosk/nfc/src/") || source.path == "kiosk/browser/src/ffi.rs"
            // The program in place of an exploit makes calls that no safe crate offers.
            || source.path == "tests/harness/src/bin/borne-intruder/raw.rs";
        let uses = code(&source.text).any(|line| {
            line.contains("unsafe {")
                || line.contains("unsafe fn")
                || line.contains("unsafe impl")
                || line.contains("unsafe extern")
        });
        assert!(
            allowed || !uses || source.path == "tests/house/sources.rs",
            "{} has unsafe code",
            source.path
        );
    }
}

#[test]
fn the_environment_is_read_in_main_only() {
    for source in sources(&["rs"]).into_iter().filter(|source| !source.path.starts_with("tests/")) {
        // libnfc publishes the level it settled on in its variable: reading that back is asking
        // libnfc, not the caller.
        let allowed = source.path.ends_with("main.rs")
            || source.path.ends_with("build.rs")
            || source.path == "kiosk/nfc/src/reader.rs";
        let reads = code(&source.text).any(|line| line.contains("env::var"));
        assert!(
            allowed || !reads,
            "{} reads the environment: let main.rs read it and hand it on",
            source.path
        );
    }
}

#[test]
fn the_product_has_no_branch_for_tests_or_demos() {
    for source in sources(&["rs"]).into_iter().filter(|source| !source.path.starts_with("tests/")) {
        for line in code(&source.text) {
            let branch = [
                "cfg(feature",
                "cfg!(test)",
                "cfg(debug_assertions)",
                "cfg!(debug_assertions)",
                "cfg!(feature",
            ];
            assert!(!branch.iter().any(|text| line.contains(text)), "{}: {line}", source.path);
        }
    }
}
