//! CONNECT requests to egress.
//!
//! Holds: no panic; an accepted place has one spelling; a browser's URL parser reads the same host
//! out of it.
#![no_main]

use kiosk_egress::{request, target::Target};
use libfuzzer_sys::fuzz_target;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fuzz_target!(|data: &[u8]| {
    let mut from = data;
    let answer = {
        let read = pin!(request::read(&mut from));
        let Poll::Ready(answer) = read.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("waits for more than there is")
        };
        answer
    };
    let Ok((target, early)) = answer else { return };
    assert!(data.ends_with(&[&early, from].concat()), "bytes of the tunnel were changed");
    let host = target.host();
    assert!(
        host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()),
        "{host:?}"
    );
    assert!(!host.ends_with('.') && !host.contains(['@', '/', '%', '[', ']']), "{host:?}");
    let authority = target.to_string();
    assert_eq!(Target::parse(&authority).as_ref(), Ok(&target), "not its own spelling");
    if let Ok(url) = url::Url::parse(&format!("https://{authority}/")) {
        let seen = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        assert_eq!(seen, host, "a browser would go elsewhere");
        assert_eq!(url.port_or_known_default(), Some(target.port()));
    }
});
