//! Joining, with the power gone between the gateway's answer and the card: the shipped supervisor
//! and the shipped gateway, and between them a wire that carries the question and keeps the answer
//! to itself.

use crate::supervisor::Terminal;
use borne_harness::gateway::Gateway;
use borne_harness::wait_for;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// The wire to a gateway's terminal API.
struct Wire {
    port: u16,
    /// Whether answers come through.
    whole: Arc<AtomicBool>,
}

impl Wire {
    fn to(gateway: &Gateway) -> Self {
        let (listener, far) = (TcpListener::bind("127.0.0.1:0").unwrap(), gateway.terminal_api());
        let (port, whole) =
            (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let state = Arc::clone(&whole);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let (far, state) = (TcpStream::connect(far).unwrap(), Arc::clone(&state));
                // Both end with whichever side ends.
                let _carried = std::thread::spawn(move || carry(near, far, &state));
            }
        });
        Self { port, whole }
    }
}

/// What the terminal says after its greeting is its question (RFC 8446, section 2): nothing comes
/// back after that.
fn carry(mut near: TcpStream, mut far: TcpStream, whole: &AtomicBool) {
    let asked = Arc::new(AtomicBool::new(false));
    let (mut back, mut from, state) =
        (near.try_clone().unwrap(), far.try_clone().unwrap(), Arc::clone(&asked));
    let whole = whole.load(Ordering::SeqCst);
    std::thread::spawn(move || {
        let mut bytes = [0; 16384];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if (whole || !state.load(Ordering::SeqCst)) && back.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _closed = back.shutdown(Shutdown::Both);
    });
    let (mut bytes, mut pieces) = ([0; 16384], 0);
    while let Ok(read @ 1..) = near.read(&mut bytes) {
        pieces += 1;
        asked.store(pieces > 1, Ordering::SeqCst);
        if far.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _closed = far.shutdown(Shutdown::Both);
}

#[test]
fn a_cut_between_the_gateways_answer_and_the_card_costs_no_token() {
    let gateway = Gateway::start();
    let (wire, token) = (Wire::to(&gateway), gateway.invite("salle-1"));
    let terminal = Terminal::of("joining", &gateway.authority(), wire.port);
    terminal.lay("join-token", &token);
    let running = terminal.start();
    gateway.wait_for_audit("terminal_joined");
    drop(running);
    assert!(terminal.has("join-token") && !terminal.has("terminal.crt"), "the answer came through");
    let key = terminal.read("data/terminal.key");
    assert!(key.contains("PRIVATE KEY"), "it has asked with a key that it had not kept");
    // A kill keeps what the kernel holds; a cut of the power would not. So the order of its calls
    // must show it.
    let (here, asked) =
        (terminal.0.join("data").display().to_string(), format!("sin_port=htons({})", wire.port));
    let steps = [
        format!("<{here}/terminal.key.new>"),
        format!("\"{here}/terminal.key\""),
        format!("<{here}>"),
    ];
    wait_for("the key to be kept before the gateway is called", SOON, || {
        let calls = terminal.read("calls");
        let before = calls.split_once(&asked).map(|(before, _)| before).ok_or("not called")?;
        let in_turn =
            |rest, step: &String| str::split_once(rest, step.as_str()).map(|(_, rest)| rest);
        steps.iter().try_fold(before, in_turn).map(drop).ok_or("not kept before")
    });

    wire.whole.store(true, Ordering::SeqCst);
    let running = terminal.start();
    wait_for("the certificate", SOON, || {
        if terminal.has("terminal.crt") && !terminal.has("join-token") {
            Ok(())
        } else {
            Err(terminal.read("log"))
        }
    });
    gateway.wait_for_audit("join_repeated");
    assert_eq!(terminal.read("data/terminal.key"), key);
    wait_for("the gateway to answer", SOON, || terminal.read("log").contains("gateway answers"));
    drop(running);

    // The card has the certificate and, by a later cut, the token again: it is no second joining,
    // and it goes.
    fs::write(terminal.0.join("data/join-token"), &token).unwrap();
    let _running = terminal.start();
    wait_for("the gateway to answer", SOON, || terminal.read("log").contains("gateway answers"));
    assert!(!terminal.has("join-token"), "a spent token stays on the card");
    assert!(!terminal.read("log").contains("joined the gateway"));
}
