//! `make test-layers` can still remove each layer: its patch applies, and the test it names exists.

use crate::root;
use std::fs;
use std::process::Command;

#[test]
fn every_layer_can_be_removed_and_names_a_test() {
    let mut patches = 0;
    for entry in fs::read_dir(root().join("tests/security/layers")).unwrap().flatten() {
        let path = entry.path();
        let applies = Command::new("git")
            .current_dir(root())
            .args(["apply", "--check"])
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&applies.stderr);
        assert!(applies.status.success(), "{}: make it anew\n{said}", path.display());
        let text = fs::read_to_string(&path).unwrap();
        let test = text.lines().find_map(|line| line.strip_prefix("Test: ")).unwrap();
        let (module, name) = test.split_once("::").unwrap();
        let folder = root().join("tests/security").join(module);
        let files = [folder.with_extension("rs"), folder.join("mod.rs")];
        let there = files.iter().any(|file| {
            let source = fs::read_to_string(file).unwrap_or_default();
            source.contains(&format!("fn {name}("))
        });
        assert!(there, "{}: there is no test {test}", path.display());
        patches += 1;
    }
    assert!(patches >= 8, "{patches} layers");
}
