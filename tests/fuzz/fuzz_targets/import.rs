//! A file of badges for `bornectl badge import`.
//!
//! Holds: no panic; lines come in order, each once; no field reaches over a tab or a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../../gateway/bornectl/src/lines.rs"]
mod lines;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut last = 0;
    for line in lines::lines(text) {
        let number = match line {
            Ok(line) => {
                for field in [line.login, line.uid, line.pin] {
                    assert!(!field.contains(['\t', '\n']) && field.trim() == field, "{field:?}");
                }
                line.number
            }
            Err(number) => number,
        };
        assert!(number > last && number <= text.lines().count(), "line {number} after {last}");
        last = number;
    }
});
