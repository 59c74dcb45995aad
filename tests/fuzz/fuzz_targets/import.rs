//! A file of badges for `bornectl badge import`.
//!
//! Holds: no panic; lines come in order, each once; no field reaches over a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../../gateway/bornectl/src/decode.rs"]
mod decode;
#[allow(dead_code)]
#[path = "../../../gateway/bornectl/src/lines.rs"]
mod lines;

use lines::Row;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = decode::decode(data) else { return };
    let mut last = 0;
    for row in lines::lines(&text) {
        let number = match row {
            Ok(Row::Badge(line)) => {
                for field in [&*line.login, line.uid, line.pin] {
                    assert!(!field.contains('\n'), "{field:?}");
                }
                assert!(line.uid.trim() == line.uid && line.pin.trim() == line.pin);
                line.number
            }
            Ok(Row::Heading(number)) => number,
            Err(bad) => bad.number,
        };
        assert!(number > last && number <= text.split(['\n', '\r']).count());
        last = number;
    }
});
