//! Frames on the emulated PN532's line, as libnfc might send them. The first byte says where the
//! stream is cut.
//!
//! Holds: no panic; where the bytes are cut does not matter; the decoder comes to an end.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// Private to the harness, which needs too much else to be linked here.
#[allow(dead_code)]
#[path = "../../harness/src/pn532/frame.rs"]
mod frame;

fn heard(parts: [&[u8]; 2]) -> Vec<frame::Incoming> {
    let mut decoder = frame::Decoder::default();
    let mut seen = Vec::new();
    for part in parts {
        decoder.push(part);
        while let Some(incoming) = decoder.next_frame() {
            seen.push(incoming);
        }
    }
    seen
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else { return };
    let whole = heard([bytes, &[]]);
    assert!(whole.len() <= bytes.len());
    let (left, right) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    assert_eq!(whole, heard([left, right]), "the cut matters");
    let answer = frame::response(*cut, &bytes[..bytes.len().min(260)]);
    assert!(
        matches!(heard([&answer, &[]]).as_slice(), [frame::Incoming::Damaged]),
        "a chip's frame is no command"
    );
});
