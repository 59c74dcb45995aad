//! Lists that are read by several: sorted, complete, agreeing.

use crate::root;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn packages_are_sorted_under_their_headings_and_named_once() {
    let text = fs::read_to_string(root().join("tests/packages")).unwrap();
    let names: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        names.iter().collect::<BTreeSet<_>>().len(),
        names.len(),
        "a package is named twice"
    );
    for group in text.split("# -- ").skip(1) {
        let group: Vec<_> = group.lines().skip(1).collect();
        assert!(group.is_sorted(), "not sorted: {group:?}");
    }
}

#[test]
fn a_run_builds_every_program_that_a_terminal_executes() {
    let text = fs::read_to_string(root().join("tests/build")).unwrap();
    let words: BTreeSet<_> = text.split(|c: char| !(c.is_alphanumeric() || c == '-')).collect();
    for program in borne_harness::programs::TERMINAL {
        assert!(words.contains(program), "tests/build does not name {program}");
    }
}

#[test]
fn set_up_knows_every_group_of_packages() {
    let groups = fs::read_to_string(root().join("tests/packages")).unwrap();
    let setup = fs::read_to_string(root().join("tests/setup")).unwrap();
    for heading in groups.lines().filter_map(|line| line.strip_prefix("# -- ")) {
        let (group, _) = heading.split_once(": ").expect("a group and what it is for");
        let named = setup.lines().any(|line| {
            line.contains(") echo ") && line.split([' ', '"']).any(|word| word == group)
        });
        assert!(named, "no command of tests/setup needs {group}");
    }
}

#[test]
fn agents_are_told_apart_by_login_and_by_badge() {
    let text = fs::read_to_string(root().join("tests/town/agents.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(rows.len() >= 13, "{} agents", rows.len());
    for column in [0, 5] {
        let values: BTreeSet<_> = rows.iter().map(|row| row[column]).collect();
        assert_eq!(values.len(), rows.len(), "column {column} repeats");
    }
    for row in &rows {
        assert_eq!(row.len(), 8, "{row:?}");
        assert!(
            [8, 14].contains(&row[5].len()) && row[5].bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{row:?}"
        );
        assert!(row[6].len() == 6 && row[6].bytes().all(|byte| byte.is_ascii_digit()), "{row:?}");
    }
}

#[test]
fn every_command_of_the_makefile_is_in_the_readme() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for target in makefile.lines().filter_map(|line| {
        line.split_once(':')
            .filter(|_| line.contains("## ") && !line.starts_with('\t'))
            .map(|(name, _)| name)
    }) {
        if target != "help" {
            assert!(readme.contains(&format!("make {target}")), "make {target}");
        }
    }
}

#[test]
fn every_suite_of_the_tests_is_listed() {
    let manifest = fs::read_to_string(root().join("tests/Cargo.toml")).unwrap();
    for entry in fs::read_dir(root().join("tests")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().join("main.rs").is_file() {
            assert!(
                manifest.contains(&format!("path = \"{name}/main.rs\"")),
                "tests/{name} is never run"
            );
        }
    }
}
