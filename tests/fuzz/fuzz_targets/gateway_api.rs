//! Bodies of the terminal API, both ways, and of the admin socket; then what the gateway makes of
//! the texts in them. The first byte picks the type.
//!
//! Holds: no panic; what was taken is taken again when it is sent on; a secret does not show in
//! `Debug`.
#![no_main]

use borne_gateway_api::admin::{AdminAnswer, AdminRequest};
use borne_gateway_api::{
    ApiError, EndAnswer, EndRequest, Grant, JoinAnswer, JoinRequest, PinAnswer, PinRequest,
    PollAnswer, PollRequest, StartAnswer, StatusAnswer, StatusRequest, TapAnswer, TapRequest,
};
use borne_gateway_model::{Login, Pin, Uid, verify_proof};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fn body<T: Serialize + DeserializeOwned + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    let message: T = serde_json::from_slice(bytes).ok()?;
    let sent = serde_json::to_vec(&message).expect("what was taken can be sent");
    let again: T = serde_json::from_slice(&sent).expect("what was sent is taken");
    assert_eq!(sent, serde_json::to_vec(&again).expect("and sent again"));
    assert_eq!(format!("{message:?}"), format!("{again:?}"));
    Some(message)
}

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = data.split_first() else { return };
    match which % 18 {
        0 => drop(body::<JoinRequest>(bytes)),
        1 => drop(body::<PollRequest>(bytes)),
        2 => {
            let Some(tap) = body::<TapRequest>(bytes) else { return };
            if let Ok(uid) = Uid::parse(tap.uid.expose()) {
                let digits = tap.uid.expose().bytes().filter(u8::is_ascii_hexdigit).count();
                assert!(matches!(digits, 8 | 14 | 20), "a badge's number of another length");
                drop(uid);
            }
            assert!(format!("{:?}", tap.uid) == "Secret(…)");
        }
        3 => {
            let Some(request) = body::<PinRequest>(bytes) else { return };
            if Pin::typed(request.pin.expose()).is_ok() {
                assert!(
                    request.pin.expose().len() == 6
                        && request.pin.expose().bytes().all(|b| b.is_ascii_digit())
                );
            }
        }
        4 => drop(body::<EndRequest>(bytes)),
        5 => drop(body::<AdminRequest>(bytes)),
        6 => drop(body::<JoinAnswer>(bytes)),
        7 => drop(body::<StartAnswer>(bytes)),
        8 => drop(body::<PollAnswer>(bytes)),
        9 => drop(body::<TapAnswer>(bytes)),
        10 => drop(body::<PinAnswer>(bytes)),
        11 => drop(body::<Grant>(bytes)),
        12 => drop((body::<EndAnswer>(bytes), body::<ApiError>(bytes))),
        13 => drop(body::<AdminAnswer>(bytes)),
        16 => {
            let Some(status) = body::<StatusRequest>(bytes) else { return };
            assert_eq!(status.version.to_string().parse(), Ok(status.version));
        }
        17 => drop(body::<StatusAnswer>(bytes)),
        14 => {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            drop((Login::parse(text), Uid::parse(text), Pin::typed(text)));
        }
        _ => {
            // Key, ticket, proof: nothing the fuzzer makes up is a signature.
            let (key, rest) = bytes.split_at(bytes.len().min(65));
            let Ok(text) = std::str::from_utf8(rest) else { return };
            let (ticket, proof) = text.split_once('.').unwrap_or((text, ""));
            assert!(!verify_proof(ticket, proof, key));
        }
    }
});
