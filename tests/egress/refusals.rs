//! What does not get through.

use crate::fixture::{Egress, SOON, connect_request, echo, is_refusal};
use borne_ipc::Role;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

#[test]
fn nothing_is_reached_before_the_first_list() {
    let (egress, port) = (Egress::start(), echo());
    let answer = egress.answer(&connect_request(&format!("localhost:{port}")));
    assert!(is_refusal(&answer, 403), "{answer}");
}

#[test]
fn what_is_not_listed_exactly_is_refused_without_a_connection() {
    let egress = Egress::start();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let port = server.local_addr().unwrap().port();
    egress.allow(&[("groupware.mairie.example", port), ("localhost", 1)]);
    for host in
        ["localhost", "127.0.0.1", "x.localhost", "mairie.example", "x.groupware.mairie.example"]
    {
        let answer = egress.answer(&connect_request(&format!("{host}:{port}")));
        assert!(is_refusal(&answer, 403), "{host}: {answer}");
    }
    assert!(server.accept().is_err(), "it connected all the same");
}

#[test]
fn an_unusual_spelling_is_refused_even_of_a_listed_place() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port), ("127.0.0.1", port), ("::1", port)]);
    for host in [
        "agent@localhost",
        "0x7f.0.0.1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "[0::1]",
        "localhost..",
        "ｌocalhost",
    ] {
        let answer = egress.answer(&connect_request(&format!("{host}:{port}")));
        assert!(is_refusal(&answer, 400), "{host}: {answer}");
    }
}

#[test]
fn only_connect_is_understood() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port)]);
    for line in [
        format!("GET http://localhost:{port}/ HTTP/1.1"),
        format!("CONNECT localhost:{port} HTTP/1.0"),
        format!("connect localhost:{port} HTTP/1.1"),
        "CONNECT localhost HTTP/1.1".to_owned(),
        "PRI * HTTP/2.0".to_owned(),
    ] {
        let answer = egress.answer(&format!("{line}\r\n\r\n"));
        assert!(is_refusal(&answer, 400), "{line}: {answer}");
    }
}

#[test]
fn an_endless_request_is_refused() {
    let egress = Egress::start();
    let mut stream = egress.connect();
    // It may hang up while this is still writing.
    let _broken_pipe = stream.write_all(&[b'a'; 9000]);
    let mut answer = String::new();
    let end = stream.read_to_string(&mut answer);
    assert!(is_refusal(&answer, 400), "{answer:?} {end:?}");
}

#[test]
fn a_slow_request_is_given_up_after_five_seconds() {
    let egress = Egress::start();
    let begun = Instant::now();
    let mut stream = egress.connect();
    stream.write_all(b"CONNECT ").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(is_refusal(&answer, 408), "{answer}");
    assert!((Duration::from_secs(4)..SOON).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}

#[test]
fn a_place_that_does_not_answer_is_a_bad_gateway() {
    let egress = Egress::start();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    egress.allow(&[("localhost", closed), ("nobody.invalid", 443)]);
    for place in [format!("localhost:{closed}"), "nobody.invalid:443".to_owned()] {
        let answer = egress.answer(&connect_request(&place));
        assert!(is_refusal(&answer, 502) || is_refusal(&answer, 504), "{place}: {answer}");
    }
}

#[test]
fn nobody_but_the_browser_is_served() {
    let (egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port)]);
    // Root and egress itself get past the file's mode; the credentials stop them.
    let mut as_root = std::os::unix::net::UnixStream::connect(egress.socket()).unwrap();
    as_root.set_read_timeout(Some(SOON)).unwrap();
    let as_egress = egress.connect_as(Role::Egress).unwrap();
    for stream in [&mut as_root, &mut { as_egress }] {
        let _broken_pipe =
            stream.write_all(connect_request(&format!("localhost:{port}")).as_bytes());
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    }
}

#[test]
fn the_log_names_the_place_and_nothing_else_of_the_request() {
    let egress = Egress::start();
    egress.answer("CONNECT evil.test:443 HTTP/1.1\r\nCookie: canary-cookie\r\n\r\n");
    egress.answer("GET https://evil.test/canary-path?canary-query HTTP/1.1\r\n\r\n");
    egress.answer("CONNECT canary-user@evil.test:443 HTTP/1.1\r\n\r\n");
    let log = egress.log();
    assert!(log.contains("evil.test:443 is not on the list"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}
