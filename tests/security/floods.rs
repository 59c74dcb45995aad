//! Pages that do too much of something: limits hold, and the bar lives. Logout works under each
//! flood within the usual time.

use crate::lure::{Lured, lured};
use borne_harness::report::attempt;
use borne_harness::visit::INBOX;
use borne_harness::{processes, touch, wait_for};
use borne_ipc::Role;
use std::time::Duration;

/// Starts a flood and waits until it runs, by a request it makes for `/flooding` from within; then
/// logs out.
fn survives(row: u8, what: &str, script: &str) {
    let lured = lured();
    let tried = attempt(row, what);
    lured.page.send(&format!(
        "const flooding = () => fetch('/flooding', {{ keepalive: true }}).catch(() => {{}});\n{script}"
    ));
    wait_for(&format!("the flood of {what}"), INBOX, || {
        !lured.trap.heard(borne_harness::trap::HOST, "/flooding").is_empty()
    });
    lured.nothing_strayed();
    tried.held();
    lured.leave(what);
}

#[test]
fn downloads() {
    survives(
        8,
        "a flood of downloads: attribute, blob, attachment in frames",
        "let n = 0; const blob = URL.createObjectURL(new Blob([new Uint8Array(1 << 20)], { type: 'application/octet-stream' }));
         setInterval(() => { for (let i = 0; i < 20; i++) {
             const link = document.createElement('a'); link.href = i % 2 ? blob : '/file.bin'; link.download = 'x' + n++; link.click();
             const frame = document.createElement('iframe'); frame.src = blob; document.body.append(frame); if (n > 200) frame.remove(); }
             if (n === 200) flooding(); }, 1)",
    );
}

#[test]
fn windows_and_dialogs() {
    survives(
        14,
        "a flood of windows and dialogs",
        "let n = 0; setInterval(() => { for (let i = 0; i < 50; i++) { open('/popup' + n++); alert(n); confirm(n); prompt(n); print(); } if (n === 500) flooding(); }, 0)",
    );
}

#[test]
fn dialogs_without_end() {
    survives(14, "dialogs in a loop without end", "await flooding(); for (;;) alert('encore')");
}

#[test]
fn refused_navigations() {
    survives(
        4,
        "a flood of refused navigations of page and frames",
        "let n = 0; const frame = document.createElement('iframe'); document.body.append(frame);
         setInterval(() => { location = 'https://mal.example/' + n++; frame.src = 'https://mal.example/' + n; if (n === 100) flooding(); }, 1)",
    );
}

#[test]
fn history() {
    survives(
        23,
        "a flood of history entries",
        "let n = 0; setInterval(() => { for (let i = 0; i < 90; i++) try { history.pushState(n, '', '/h' + n++); } catch {} if (n === 900) flooding(); history.go(-1); }, 5)",
    );
}

#[test]
fn stores() {
    survives(
        24,
        "a flood of IndexedDB and localStorage",
        "try { for (let i = 0; ; i++) localStorage['k' + i] = 'x'.repeat(1 << 18); } catch {}
         const open = indexedDB.open('flood'); open.onupgradeneeded = () => open.result.createObjectStore('s');
         open.onsuccess = () => { let n = 0; const put = () => { try {
             const write = open.result.transaction('s', 'readwrite'); write.objectStore('s').put(new Uint8Array(4 << 20), n++);
             write.oncomplete = write.onabort = write.onerror = put; if (n === 40) flooding(); } catch { setTimeout(put, 1) } }; put(); };",
    );
}

#[test]
fn connections() {
    survives(
        5,
        "a flood of requests and sockets, of listed hosts and others",
        "let n = 0; setInterval(() => { for (let i = 0; i < 20; i++) { fetch('https://voisin.mairie.example/f' + n, { mode: 'no-cors' }).catch(() => {}); fetch('https://mal.example/' + n++, { mode: 'no-cors' }).catch(() => {});
         try { new WebSocket('wss://voisin.mairie.example/s' + n) } catch {} } if (n === 100) flooding(); }, 1)",
    );
}

#[test]
fn a_loop_without_end() {
    survives(41, "a script that never ends", "await flooding(); for (;;) {}");
}

/// All memory of the session's processes, in MiB.
fn held() -> u64 {
    let resident = |pid: i32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap_or_default()
            .to_owned();
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    processes::of_user(Role::Browser.uid()).into_iter().map(resident).sum()
}

/// Takes memory until the web process is ended; the session goes on, with words about it, and not
/// at the cost of the machine.
fn ends_the_page(what: &str, script: &str) -> u64 {
    let lured: Lured = lured();
    let tried = attempt(41, what);
    let log = lured.world.terminal.log_length();
    lured.page.send(script);
    let mut most = 0;
    wait_for("the end of the page", Duration::from_secs(60), || {
        most = most.max(held());
        lured.world.terminal.log_since(log).contains("the web process ended")
    });
    lured.wait_for_picture("words about it", touch::notice);
    assert_eq!(lured.world.terminal.state().as_deref(), Some("Active"));
    tried.held();
    lured.leave(what);
    most
}

#[test]
fn memory_taken_step_by_step() {
    let most = ends_the_page(
        "a page that takes memory step by step, up to 3 GiB",
        "const all = []; const take = () => { if (all.length < 192) all.push(new Uint8Array(16 << 20).fill(all.length + 1)); setTimeout(take, 50); }; take(); window.all = all",
    );
    assert!(most < 1400, "the session took {most} MiB");
}

#[test]
fn memory_taken_in_one_go() {
    // WebKit looks at its memory between two tasks: a script that never pauses is not stopped by
    // WebKit's own limit.
    let most = ends_the_page(
        "a page that takes 3 GiB without a pause and goes on running",
        "const all = []; for (let i = 0; ; i++) if (all.length < 192) all.push(new Uint8Array(16 << 20).fill(i + 1)); else all[i % 192][i % 4096] = i",
    );
    assert!(most < 1400, "the session took {most} MiB");
}
