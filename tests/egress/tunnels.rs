//! What gets through, and how it ends.

use crate::fixture::{Egress, connect_request, echo, serve};
use std::io::{Read, Write};
use std::net::Shutdown;

#[test]
fn a_listed_place_is_reached_in_any_spelling_of_its_name() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port)]);
    for name in ["localhost", "LocalHost", "localhost."] {
        let mut tunnel = egress.tunnel(&format!("{name}:{port}"));
        tunnel.write_all(b"bonjour").unwrap();
        let mut back = [0; 7];
        tunnel.read_exact(&mut back).unwrap();
        assert_eq!(&back, b"bonjour");
    }
}

#[test]
fn a_listed_address_is_reached() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("127.0.0.1", port)]);
    egress.tunnel(&format!("127.0.0.1:{port}"));
}

#[test]
fn megabytes_go_both_ways_at_once_and_a_half_close_is_passed_on() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port)]);
    let tunnel = egress.tunnel(&format!("localhost:{port}"));
    let sent: Vec<u8> = (0..8_000_000_u32).map(|number| (number % 251) as u8).collect();
    let (mut writer, mut reader) = (tunnel.try_clone().unwrap(), tunnel);
    let to_send = sent.clone();
    let sender = std::thread::spawn(move || {
        writer.write_all(&to_send).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut back = Vec::new();
    reader.read_to_end(&mut back).unwrap();
    sender.join().unwrap();
    assert!(back == sent, "{} of {} bytes came back", back.len(), sent.len());
}

#[test]
fn what_is_sent_right_behind_the_request_belongs_to_the_tunnel() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port)]);
    let mut stream = egress.connect();
    let request = connect_request(&format!("localhost:{port}")) + "early";
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nearly"), "{answer:?}");
}

#[test]
fn a_server_that_hangs_up_ends_the_tunnel_for_the_browser() {
    let (egress, port) = (Egress::start(), serve(drop));
    egress.allow(&[("localhost", port)]);
    let mut tunnel = egress.tunnel(&format!("localhost:{port}"));
    let mut rest = Vec::new();
    // Reset or end of file: over either way.
    let _reset = tunnel.read_to_end(&mut rest);
    assert!(rest.is_empty());
}

#[test]
fn a_newer_list_ends_the_tunnels_it_does_not_hold_and_no_others() {
    let (egress, kept, dropped) = (Egress::start(), echo(), echo());
    egress.allow(&[("localhost", kept), ("localhost", dropped)]);
    let mut stays = egress.tunnel(&format!("localhost:{kept}"));
    let mut goes = egress.tunnel(&format!("localhost:{dropped}"));
    egress.allow(&[("localhost", kept)]);
    assert_eq!(goes.read(&mut [0]).unwrap(), 0);
    stays.write_all(b"x").unwrap();
    assert_eq!(stays.read(&mut [0]).unwrap(), 1);
}

#[test]
fn more_clients_than_seats_wait_their_turn() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port)]);
    let mut held: Vec<_> = (0..64).map(|_| egress.tunnel(&format!("localhost:{port}"))).collect();
    let mut waiting = egress.connect();
    waiting.write_all(connect_request(&format!("localhost:{port}")).as_bytes()).unwrap();
    waiting.set_nonblocking(true).unwrap();
    assert!(waiting.read(&mut [0]).is_err(), "served beyond the limit");
    waiting.set_nonblocking(false).unwrap();
    held.pop().unwrap().shutdown(Shutdown::Both).unwrap();
    let mut head = [0; 12];
    waiting.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
}
