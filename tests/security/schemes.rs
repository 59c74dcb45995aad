//! Rows 1 to 3: addresses that are no web pages lead nowhere, by any route.

use crate::lure::{Lured, MIDDLE, REFUSED, lured};
use borne_harness::report::attempt;
use borne_harness::trap::{Answer, HOST};
use borne_harness::visit::{INBOX, SCREEN};
use borne_harness::world::say;
use borne_harness::{try_wait_for, wait_for};
use std::time::Duration;

/// Tries an address by every route of a script; hands back what was read.
pub fn by_every_route(lured: &Lured, url: &str) -> String {
    say(&format!("every route to {url}"));
    lured.page.run(&format!("const url = {url:?};\n{}", include_str!("routes.js")))
}

/// A link the size of the page, really touched.
fn touched(lured: &Lured, url: &str) {
    lured.page.run(&format!(
        "const link = document.createElement('a'); link.href = {url:?}; link.id = 'all'; link.textContent = 'Ici';
         link.style = 'position: fixed; inset: 0; background: #ffd9a0'; document.body.append(link); return 'there'"
    ));
    lured.touch(MIDDLE);
    lured.page.run("document.getElementById('all').remove(); return 'gone'");
}

/// A server's redirect, taken by the page itself. The navigation is refused, or the engine itself
/// gives up: then Back brings the page again, if it is not still there (as after `webkit:`, of
/// which nothing more is heard).
fn redirected(lured: &mut Lured, number: usize, url: &str) {
    let (path, log) = (format!("/to-{number}"), lured.world.terminal.log_length());
    lured.trap.serve(&path, Answer::redirect(url));
    lured.page.send(&format!("setTimeout(() => location = {path:?}, 0)"));
    wait_for("positive control: the server is asked", SCREEN, || {
        !lured.trap.heard(HOST, &path).is_empty()
    });
    let end = try_wait_for("the end of the redirect", Duration::from_secs(2), || {
        let log = lured.world.terminal.log_since(log);
        [REFUSED, "a page did not load"].into_iter().find(|end| log.contains(end))
    });
    match end {
        Ok(REFUSED) => lured.dismiss_notice(),
        Ok(_) => lured.back_from_what_did_not_load(),
        Err(_) => assert!(
            lured.page.lives(),
            "the page is gone without a word, after a redirect to {url}"
        ),
    }
}

fn none_of(lured: &mut Lured, urls: &[&str], redirects: bool) {
    for (number, url) in urls.iter().enumerate() {
        let read = by_every_route(lured, url);
        assert_eq!(read, "[]", "{url} was read");
        touched(lured, url);
        if redirects {
            redirected(lured, number, url);
        }
        lured.unmoved();
    }
}

#[test]
fn files_of_the_machine_are_neither_shown_nor_read() {
    let mut lured = lured();
    let tried = attempt(
        1,
        "link, touch, script, form, frame, object, embed, refresh and request to files of the machine",
    );
    none_of(
        &mut lured,
        &[
            "file:///etc/passwd",
            "file:///proc/self/environ",
            "file://localhost/etc/",
            "FILE:/etc/fonts",
        ],
        false,
    );
    tried.held();
    lured.leave("files");
}

/// WebKit itself ends a web process that is sent to a file: nothing is read, and the session ends
/// clean.
#[test]
fn a_servers_redirect_to_a_file_ends_the_session_clean() {
    for frame in [false, true] {
        let lured = lured();
        let tried = attempt(
            1,
            if frame {
                "a server's redirect to a file, in a frame"
            } else {
                "a server's redirect to a file"
            },
        );
        lured.trap.serve("/to-file", Answer::redirect("file:///etc/passwd"));
        let log = lured.world.terminal.log_length();
        lured.page.send(if frame {
            "const frame = document.createElement('iframe'); frame.src = '/to-file'; document.body.append(frame)"
        } else {
            "setTimeout(() => location = '/to-file', 0)"
        });
        lured.world.wait_for_log(log, "session ends reason=Crash", INBOX);
        lured.world.wait_for_log(log, "sandbox wiped", SCREEN);
        lured.nothing_strayed();
        lured.world.rest();
        tried.held();
    }
}

#[test]
fn inner_addresses_of_the_engine_open_nothing() {
    let mut lured = lured();
    let tried = attempt(
        2,
        "each scheme by link, touch, script, form, frame, object, embed, refresh, request and redirect",
    );
    let urls = [
        "about:config",
        "about:gpu",
        "data:text/html,<h1>dehors</h1>",
        "view-source:https://piege.mairie.example/",
        "ftp://mal.example/",
        "resource:///org/gtk/libgtk/",
        "webkit://gpu",
        "webkit-pdfjs-viewer://pdfjs/web/viewer.html",
        "inspector://x/",
        "borne:x",
    ];
    for (number, url) in urls.iter().enumerate() {
        let read = by_every_route(&lured, url);
        // A request for a data: address is answered by the page itself.
        assert!(read == "[]" || url.starts_with("data:"), "{url} was read: {read}");
        touched(&lured, url);
        redirected(&mut lured, number, url);
        lured.unmoved();
    }
    // A page's own blob: not as a page of its own.
    lured.refuses(
        "location = URL.createObjectURL(new Blob(['<h1>dehors</h1>'], { type: 'text/html' }))",
    );
    lured.unmoved();
    // javascript: runs in the page, which could do as much without it; it opens nothing.
    lured.page.run("location = 'javascript:window.ran = 1'; return 'sent'");
    lured.unmoved();
    tried.held();
    lured.leave("inner addresses");
}

#[test]
fn addresses_of_other_programs_start_none() {
    let mut lured = lured();
    let tried = attempt(
        3,
        "each scheme by link, touch, script, form, frame, object, embed, refresh, request and redirect",
    );
    let urls = [
        "mailto:a@mal.example",
        "tel:+33102030405",
        "sms:+33102030405",
        "webcal://mal.example/x.ics",
        "ssh://mal.example",
        "intent://mal.example/#Intent;end",
        "inconnu:x",
    ];
    none_of(&mut lured, &urls, true);
    tried.held();
    lured.leave("addresses of other programs");
}
