//! IPC frames, each direction's enum. The first byte picks the direction, the second where the
//! stream is cut.
//!
//! Holds: no panic; where the bytes are cut does not matter; what was taken is taken again when it
//! is sent on.
#![no_main]

use borne_ipc::frame::{Decoder, encode};
use borne_ipc::{
    AgentEvent, AgentOrder, BrowserEvent, BrowserOrder, EgressEvent, EgressOrder, FilterEvent,
    ReaderEvent, ShellEvent, ShellOrder,
};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

/// What the peer is taken to have said, up to the frame that ends it.
fn heard<T: DeserializeOwned>(parts: [&[u8]; 2]) -> (Vec<T>, Option<String>) {
    let (mut decoder, mut messages) = (Decoder::default(), Vec::new());
    for part in parts {
        decoder.push(part);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error.to_string())),
            }
        }
    }
    (messages, None)
}

fn direction<T: Serialize + DeserializeOwned>(bytes: &[u8], cut: usize) {
    let (whole, end) = heard::<T>([bytes, &[]]);
    let (left, right) = bytes.split_at(cut.min(bytes.len()));
    let (in_parts, end_in_parts) = heard::<T>([left, right]);
    assert_eq!((whole.len(), &end), (in_parts.len(), &end_in_parts), "the cut matters");
    for (message, again) in whole.iter().zip(in_parts) {
        let sent = encode(message).expect("what was taken can be sent");
        assert_eq!(sent, encode(&again).expect("and sent again"));
        let (heard, end) = heard::<T>([&sent, &[]]);
        assert!(end.is_none() && heard.len() == 1, "what was sent is not taken");
    }
}

fuzz_target!(|data: &[u8]| {
    let [which, cut, bytes @ ..] = data else { return };
    let cut = usize::from(*cut);
    match which % 10 {
        0 => direction::<ReaderEvent>(bytes, cut),
        1 => direction::<ShellEvent>(bytes, cut),
        2 => direction::<BrowserEvent>(bytes, cut),
        3 => direction::<EgressEvent>(bytes, cut),
        4 => direction::<FilterEvent>(bytes, cut),
        5 => direction::<ShellOrder>(bytes, cut),
        6 => direction::<BrowserOrder>(bytes, cut),
        8 => direction::<AgentEvent>(bytes, cut),
        9 => direction::<AgentOrder>(bytes, cut),
        _ => direction::<EgressOrder>(bytes, cut),
    }
});
