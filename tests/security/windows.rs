//! Rows 10, 14, 15 and 18: the page prints nothing, opens no window of its own, covers nothing,
//! asks for nothing.

use crate::lure::{Lured, MIDDLE, lured};
use borne_harness::report::attempt;
use borne_harness::trap::HOST;
use borne_harness::visit::SCREEN;
use borne_harness::wait_for;

/// The shell's bar and what is right below it, to compare.
fn bar(lured: &Lured) -> Vec<u8> {
    // The clock of the bar runs on: its ends are compared.
    let seen = lured.world.terminal.look();
    let part = |x, width| seen.cut(borne_harness::screen::Region { x, y: 0, width, height: 56 });
    [part(0, 300), part(1085, 195)].concat()
}

#[test]
fn printing_shows_no_dialog() {
    let lured = lured();
    let tried =
        attempt(10, "window.print() by script, by touch, of a frame, and beforeprint loops");
    lured.touch(MIDDLE);
    let before = lured.look();
    assert_eq!(lured.page.run("print(); return 'went on'"), "went on");
    lured.page.run(
        "const frame = document.createElement('iframe'); document.body.append(frame); frame.contentWindow.print(); frame.remove();
         addEventListener('afterprint', () => print(), { once: true }); print(); return 1",
    );
    assert_eq!(
        lured.run_touched("print(); document.execCommand('print'); return 'went on'"),
        "went on"
    );
    lured.looks_as(&before);
    lured.unmoved();
    tried.held();
    lured.leave("printing");
}

#[test]
fn dialogs_of_scripts_are_answered_without_the_person() {
    let lured = lured();
    let tried = attempt(14, "alert, confirm, prompt and beforeunload, by script and by touch");
    let answers = "return [String(alert('x')), String(confirm('x')), String(prompt('x', 'y'))]";
    assert_eq!(lured.page.run(answers), r#"["undefined","false","null"]"#);
    assert_eq!(lured.run_touched(answers), r#"["undefined","false","null"]"#);
    lured.page.run(
        "addEventListener('beforeunload', event => { event.preventDefault(); event.returnValue = 'restez' }); return 1",
    );
    lured.unmoved();
    tried.held();
    // Leaving is not held up either.
    lured.leave("a page that does not want to be left");
}

#[test]
fn no_window_but_the_documents_is_opened_and_none_has_a_handle() {
    let lured = lured();
    let tried = attempt(
        14,
        "window.open, named targets, opener, moveTo, close, with and without a touch; a window of a listed page",
    );
    let opens = "const made = []; for (const url of ['https://mal.example/', 'about:blank', 'javascript:1', 'data:text/html,x', 'file:///etc/passwd', ''])
         { try { made.push(String(open(url, 'n' + made.length, 'popup,width=1280,height=800,left=0,top=0'))) } catch (error) { made.push('null') } } return made";
    assert_eq!(lured.page.run(opens), r#"["null","null","null","null","null","null"]"#);
    assert_eq!(lured.run_touched(opens), r#"["null","null","null","null","null","null"]"#);
    assert_eq!(
        lured.page.run("window.close(); moveTo(0, 0); resizeTo(9999, 9999); focus(); return String(window.opener)"),
        "null"
    );
    lured.unmoved();
    // A listed page opens as a document above this one, without a handle either way; its strip
    // leads back.
    assert_eq!(lured.run_touched("return String(open('/window', 'x'))"), "null");
    let window = lured.trap.page_at(HOST, "/window");
    assert_eq!(
        window.run("return [String(window.opener), parent === window, top === window]"),
        r#"["null",true,true]"#
    );
    // It may close itself, as an editor does that has sent its letter, and nothing but itself.
    let closes = "setTimeout(() => window.close(), 100); return 'there'";
    assert_eq!(window.run(closes), "there");
    wait_for("the page below", SCREEN, || {
        (lured.page.run("return document.visibilityState") == "visible").then_some(())
    });
    lured.unmoved();
    tried.held();
    lured.leave("windows");
}

#[test]
fn the_bar_cannot_be_covered() {
    let lured = lured();
    let tried = attempt(
        15,
        "fullscreen of page, element and video, pointer lock, keyboard lock, picture in picture, z-index, dialog, popover",
    );
    let before = bar(&lured);
    let covers = "const root = document.documentElement; const made = [];
         for (const name of ['requestFullscreen', 'webkitRequestFullscreen', 'webkitRequestFullScreen', 'requestPointerLock']) made.push([name, typeof root[name]]);
         const video = document.createElement('video'); document.body.append(video);
         for (const name of ['webkitEnterFullscreen', 'webkitEnterFullScreen', 'requestPictureInPicture']) { try { await video[name]?.() } catch {} }
         try { await navigator.keyboard?.lock() } catch {}
         const dialog = document.createElement('dialog'); dialog.style = 'position: fixed; inset: -200px; width: 3000px; height: 3000px; background: red; max-width: none; max-height: none';
         document.body.append(dialog); dialog.showModal();
         document.body.insertAdjacentHTML('beforeend', '<div style=\"position: fixed; top: -300px; left: 0; width: 3000px; height: 3000px; z-index: 2147483647; background: red\"></div>');
         return made.filter(([, kind]) => kind !== 'undefined')";
    assert_eq!(lured.page.run(covers), "[]", "the engine has it");
    lured.page.run("for (const made of document.querySelectorAll('dialog, div, video')) made.remove(); return 1");
    assert_eq!(lured.run_touched(covers), "[]", "the engine has it");
    let red = |seen: &borne_harness::screen::Frame| {
        (seen.pixel(MIDDLE.0, MIDDLE.1) == [255, 0, 0]).then_some(())
    };
    lured.wait_for_picture("the red page (positive control)", red);
    assert!(bar(&lured) == before, "the bar was touched");
    lured.unmoved();
    tried.held();
    lured.leave("a page that covers all it can");
}

/// What would ask the person, or reach a device, if the engine had it.
const ASKS: &str = "
    const answers = {};
    const absent = { geolocation: navigator.geolocation, camera: navigator.mediaDevices, 'old camera': navigator.webkitGetUserMedia ?? navigator.getUserMedia,
        notification: window.Notification, push: window.PushManager, worker: navigator.serviceWorker, usb: navigator.usb, hid: navigator.hid, serial: navigator.serial,
        bluetooth: navigator.bluetooth, midi: navigator.requestMIDIAccess, clipboard: navigator.clipboard, DRM: navigator.requestMediaKeySystemAccess, keys: window.WebKitMediaKeys,
        share: navigator.share, wake: navigator.wakeLock, payment: window.PaymentRequest, credentials: navigator.credentials, contacts: navigator.contacts, xr: navigator.xr,
        gamepads: navigator.getGamepads, gpu: navigator.gpu, rtc: window.RTCPeerConnection, speech: window.speechSynthesis, recognition: window.webkitSpeechRecognition,
        picker: window.showOpenFilePicker, saver: window.showSaveFilePicker, directory: window.showDirectoryPicker, protocol: navigator.registerProtocolHandler,
        badge: navigator.setAppBadge, permissions: navigator.permissions, idle: window.IdleDetector, battery: navigator.getBattery, transport: window.WebTransport,
        sql: window.openDatabase, files: window.webkitRequestFileSystem, recorder: window.MediaRecorder, locks: navigator.locks, caches: window.caches, beacon: navigator.sendBeacon };
    for (const [name, thing] of Object.entries(absent)) if (typeof thing !== 'undefined' && thing !== null) answers[name] = typeof thing;
    const late = new Promise(done => setTimeout(done, 2000, 'no answer'));
    const access = await Promise.race([document.requestStorageAccess().then(() => 'granted', () => 'denied'), late]);
    if (access === 'no answer') answers.access = access;
    for (const command of ['copy', 'cut', 'paste']) if (command === 'paste' && document.execCommand(command)) answers[command] = 'done';
    return answers;";

#[test]
fn nothing_that_would_ask_the_person_is_there() {
    let lured = lured();
    let tried = attempt(
        18,
        "geolocation, camera, microphone, screen, notifications, push, MIDI, USB, HID, serial, Bluetooth, clipboard-read, storage access, DRM and thirty more; with and without a touch",
    );
    lured.touch(MIDDLE);
    let before = lured.look();
    assert_eq!(lured.page.run(ASKS), "{}");
    assert_eq!(lured.run_touched(ASKS), "{}");
    lured.looks_as(&before);
    lured.unmoved();
    tried.held();
    lured.leave("questions");
}
