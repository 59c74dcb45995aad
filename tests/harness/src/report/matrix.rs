//! The escape matrix: ways out of a kiosk that somebody used or asked about, numbered for good.
//!
//! Duties: the list. Never: closed; what is not listed must fail the same way.

/// Where a row can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On any machine, by this suite.
    Here,
    /// It needs the image: its kernel, its disk, its devices. The tests of `make test-image` that
    /// try it; none for what is a limit and documented as one.
    Image(&'static [&'static str]),
    /// It needs a part that is not built yet.
    Later(&'static str),
}

/// One way out.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its number; numbers are never used again.
    pub number: u8,
    /// The way.
    pub technique: &'static str,
    /// When it counts as closed.
    pub passes: &'static str,
    /// Where it can be tried.
    pub place: Place,
}

const fn here(number: u8, technique: &'static str, passes: &'static str) -> Row {
    Row { number, technique, passes, place: Place::Here }
}

const fn image(
    number: u8,
    technique: &'static str,
    passes: &'static str,
    by: &'static [&'static str],
) -> Row {
    Row { number, technique, passes, place: Place::Image(by) }
}

/// All rows, by number.
pub const ROWS: [Row; 45] = [
    here(1, "`file://`", "refused, nothing read"),
    here(
        2,
        "`about:`, `data:`, `blob:`, `javascript:`, `view-source:`, `ftp:`, `resource:`, `webkit:`, `inspector:`",
        "refused",
    ),
    here(
        3,
        "`mailto:`, `tel:`, `sms:`, `webcal:`, `ssh:`, `intent:`, unknown schemes",
        "no application chooser",
    ),
    here(
        4,
        "a host off the allow list, in any spelling",
        "refused with a word in French, and no packet leaves",
    ),
    here(5, "sub-resources off the list", "refused at the proxy too"),
    here(6, "untrusted TLS, mixed content", "no way round it is offered"),
    here(7, "file dialogs", "none"),
    here(8, "saving: page, attribute, header, blob, PDF", "nothing is written, nothing is left"),
    here(10, "printing", "no dialog, no job"),
    here(11, "context menus", "none"),
    here(12, "Web Inspector", "none, no port"),
    here(13, "GTK Inspector", "none"),
    here(14, "windows: `window.open`, targets, `close`, opener", "the same window or nothing"),
    here(15, "fullscreen, pointer lock, keyboard lock", "bar and Logout stay in reach"),
    here(17, "HTTP Basic, NTLM, client certificate", "no dialog, nothing kept"),
    here(
        18,
        "geolocation, camera, microphone, screen, notifications, devices, clipboard, storage access, DRM",
        "denied without a question",
    ),
    here(20, "drag and drop", "ignored"),
    here(21, "clipboard and primary selection from one agent to the next", "empty"),
    here(22, "form history, dictionary", "none"),
    here(23, "Back and the page cache after logout", "nothing of the one before"),
    here(24, "cookies, storage, caches, HSTS, favicons, disk", "nothing is left"),
    here(26, "the groupware's session after logout", "refused by the groupware"),
    here(27, "the browser's and the compositor's shortcuts", "none leaves the page"),
    image(29, "virtual terminals", "no VT, no getty", &["hands"]),
    image(30, "Ctrl+Alt+Del", "no reboot", &["hands"]),
    image(31, "SysRq, also by serial break", "off", &["hands"]),
    here(32, "swipes, pinch, edges, corners", "nothing"),
    image(33, "USB stick", "not mounted", &["hands"]),
    image(
        34,
        "USB keyboard, barcode reader",
        "by allow list; keys are filtered anyway",
        &["hands"],
    ),
    image(
        35,
        "USB network card, serial, Bluetooth, phone",
        "no driver, or not authorised",
        &["hands"],
    ),
    here(
        36,
        "reader unplugged or changed; random, copied badge",
        "the session ends with a clear message; a number alone is a degraded proof",
    ),
    image(37, "power cut in session, login, wipe, update", "boots to idle, no state", &["power"]),
    image(39, "boot media", "refused, or a documented limit", &[]),
    image(40, "panic, initramfs, emergency, fsck", "never a shell", &["hands", "slots"]),
    here(41, "web process killed, out of memory, page that hangs", "wiped, back to idle"),
    here(42, "compositor or shell killed", "no desktop, wiped"),
    here(
        43,
        "tap during the wipe, double tap, another badge in the countdown's last second",
        "one tested outcome each",
    ),
    here(
        45,
        "the output in another resolution (off and on needs a real one)",
        "no desktop, lock kept",
    ),
    here(46, "media, power and remote-control keys", "nothing"),
    Row {
        number: 48,
        technique: "pushed configuration: unsigned, old, foreign, torn, huge",
        passes: "refused, the one before is kept",
        place: Place::Later("signed configuration"),
    },
    here(51, "office, archive and mail attachments", "\"not available here\", no crash"),
    here(52, "the screen after logout", "idle screen only"),
    here(53, "logs and core files", "no URL, name, PIN or badge number; no core file"),
    here(54, "traces of the PIN pad", "no echo, no suggestion"),
    here(55, "a program in place of the web or the network process", "denied"),
];
