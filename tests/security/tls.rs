//! Rows 6 and 17: servers that cannot be trusted, and servers that ask for a password or a
//! certificate. Nobody is asked anything, nothing is sent, there is no way round.

use crate::lure::lured;
use borne_harness::report::attempt;
use borne_harness::touch;
use borne_harness::trap::{Answer, EVIL, HOST, NEIGHBOUR, faces};
use borne_harness::visit::SCREEN;

#[test]
fn a_certificate_that_is_not_to_be_trusted_is_refused_without_a_way_round() {
    let mut lured = lured();
    let tried = attempt(
        6,
        "self-signed, expired, not yet valid, of another host, of an unknown authority; TLS 1.1; as a page and as a part",
    );
    let old = format!("{}:{}", faces::OLD_TLS, faces::OLD_TLS_PORT);
    for host in faces::FACES.iter().map(|face| face.host).chain([old.as_str()]) {
        let part = lured.page.run(&format!("try {{ return (await fetch('https://{host}/part', {{ mode: 'no-cors' }})).type }} catch {{ return 'refused' }}"));
        assert_eq!(part, "refused", "{host}");
        let log = lured.world.terminal.log_length();
        lured.page.send(&format!("setTimeout(() => location = 'https://{host}/', 0)"));
        let said = if host == old { "a page did not load" } else { "a certificate was refused" };
        lured.world.wait_for_log(log, said, SCREEN);
        // A word of the shell's, with one button, that leads back.
        lured.back_from_what_did_not_load();
        lured.unmoved();
        assert!(
            lured.trap.requests().iter().all(|request| request.host != host),
            "{host} got a request"
        );
    }
    // Positive control: each was asked for a handshake, which the browser broke off.
    for face in &faces::FACES {
        assert!(
            lured.trap.handshakes().iter().any(|(name, _)| name == face.host),
            "{} was never called",
            face.host
        );
    }
    tried.held();
    lured.leave("untrusted certificates");
}

#[test]
fn what_is_not_encrypted_is_not_mixed_in() {
    let lured = lured();
    let tried = attempt(
        6,
        "mixed content: image, script, frame, request, form and socket in clear of a listed host",
    );
    let clear = lured.page.run(&format!(
        "const loads = (name, fields) => new Promise(done => {{ const made = Object.assign(document.createElement(name), fields);
             made.onload = () => done(name + ' loaded'); made.onerror = () => done('refused'); document.body.append(made) }});
         const socket = new Promise(done => {{ try {{ const made = new WebSocket('ws://{NEIGHBOUR}/socket'); made.onopen = () => done('open'); made.onerror = () => done('refused') }} catch {{ done('refused') }} }});
         const frame = document.createElement('iframe'); frame.src = 'http://{NEIGHBOUR}/'; document.body.append(frame);
         return await Promise.all([loads('script', {{ src: 'http://{NEIGHBOUR}/clear.js' }}), socket,
             fetch('http://{NEIGHBOUR}/clear', {{ mode: 'no-cors' }}).then(() => 'got', () => 'refused')])"
    ));
    assert_eq!(clear, r#"["refused","refused","refused"]"#);
    lured.refuses(&format!("location = 'http://{NEIGHBOUR}/'"));
    lured.unmoved();
    tried.held();
    lured.leave("mixed content");
}

#[test]
fn a_server_that_wants_a_password_gets_none_and_the_person_sees_no_dialog() {
    let lured = lured();
    let tried = attempt(
        17,
        "Basic, Digest, NTLM, Negotiate and a proxy's demand, for a part and for a frame; a password in the address",
    );
    let before = lured.look();
    for (number, scheme) in
        ["Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"1\", qop=\"auth\"", "NTLM", "Negotiate"]
            .into_iter()
            .enumerate()
    {
        let path = format!("/secret-{number}");
        lured.trap.serve(&path, Answer::status(401, "non").field("WWW-Authenticate", scheme));
        let status = lured.page.run(&format!(
            "try {{ return (await fetch({path:?}, {{ credentials: 'include' }})).status }} catch {{ return 401 }}"
        ));
        assert_eq!(status, "401", "{scheme}");
        lured.page.run(&format!(
            "const frame = document.createElement('iframe'); frame.src = {path:?}; document.body.append(frame);
             await Promise.race([new Promise(done => frame.onload = done), new Promise(done => setTimeout(done, 2000))]); frame.remove(); return 1"
        ));
    }
    lured.trap.serve(
        "/proxy",
        Answer::status(407, "non").field("Proxy-Authenticate", "Basic realm=\"x\""),
    );
    lured.page.run("try { await fetch('/proxy') } catch {} return 1");
    let asked: Vec<_> =
        lured.trap.requests().into_iter().filter(|request| request.host == HOST).collect();
    assert!(
        asked.iter().any(|request| request.path == "/secret-0"),
        "positive control: it was asked for"
    );
    assert!(
        asked.iter().all(|request| request.field("authorization").is_none()),
        "a password was sent"
    );
    assert!(touch::notice(&lured.world.terminal.look()).is_none());
    lured.looks_as(&before);
    lured.refuses(&format!("location = 'https://user:password@{HOST}/'"));
    lured.refuses(&format!("location = 'https://user:password@{EVIL}/'"));
    lured.unmoved();
    tried.held();
    lured.leave("demands for a password");
}
