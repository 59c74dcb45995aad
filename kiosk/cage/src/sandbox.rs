//! The command line of the browser's cage.
//!
//! Duties: turn what stands where on this [`Machine`] and the supervisor's order into bubblewrap's
//! exact arguments; nothing else happens here. Never: start anything, read the environment or the
//! disk, put a secret into an argument.
//!
//! User, groups, limits and capabilities are settled before bubblewrap starts (`standing`,
//! `kiosk/harden`, the unit).

use borne_ipc::{CageOrder, paths};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where things are on this machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The `kiosk-browser` program.
    pub browser: PathBuf,
    /// The `kiosk-network-process` program, which takes the place of WebKit's.
    pub network_process: PathBuf,
    /// WebKit's own network process, where WebKit looks for it.
    pub webkit_network_process: PathBuf,
    /// The run directory (`BORNE_RUN`).
    pub run: PathBuf,
    /// A tracing filter, for `BORNE_LOG`.
    pub log: String,
    /// The time zone, where it is another than the machine's (`/etc/localtime`).
    pub zone: Option<String>,
}

/// A name of the tz database, and neither a file nor a rule (environ(7), `TZ`).
#[must_use]
pub fn is_zone(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+');
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(plain)
}

/// Bytes of RAM each of `/tmp`, `/home/agent`, `/run` and `/dev/shm` may hold.
const TMPFS: u64 = 64 * 1024 * 1024;
/// Where the browser finds its program inside the cage.
const BROWSER_INSIDE: &str = "/opt/borne/kiosk-browser";
/// Where `kiosk-network-process` finds WebKit's network process inside the cage.
const NETWORK_PROCESS_INSIDE: &str = "/opt/borne/WebKitNetworkProcess";
/// File name of the filter's socket inside the cage. WebKit's own sandbox aborts on an absolute
/// `WAYLAND_DISPLAY`.
const DISPLAY_INSIDE: &str = "wayland";

/// `… -- kiosk-browser`: the browser behind the filter's socket, a file name in
/// [`paths::filter_dir`].
#[must_use]
pub fn arguments(machine: &Machine, order: &CageOrder) -> Vec<OsString> {
    let mut args = namespaces();
    args.extend(system_files(machine, &order.ca));
    args.extend(session_files(&machine.run, &order.display));
    args.extend(environment(&machine.log));
    args.extend(machine.zone.iter().flat_map(|zone| ["--setenv", "TZ", zone]).map(Into::into));
    args.push("--".into());
    args.push(BROWSER_INSIDE.into());
    args
}

/// Every namespace bwrap has but the one for control groups, of which nothing is mounted in the
/// cage, so that its unit need not allow it; and what is in them ends with the process outside of
/// them.
fn namespaces() -> Vec<OsString> {
    let flags = "--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-net \
                 --hostname borne --die-with-parent --new-session --cap-drop ALL";
    flags.split_whitespace().map(Into::into).collect()
}

/// What the browser reads of the system: programs, libraries, fonts, the time zone and the town's
/// authorities. No `/etc/passwd`: nothing in the cage needs a name for a number. `/sys` is the
/// empty directories WebKit's own sandbox insists on binding.
fn system_files(machine: &Machine, ca: &Path) -> Vec<OsString> {
    let mut args = Vec::new();
    bind(&mut args, Path::new("/usr"), "/usr");
    for (target, link) in
        [("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin"), ("usr/sbin", "/sbin")]
    {
        args.extend(["--symlink", target, link].map(Into::into));
    }
    for file in ["/etc/fonts", "/etc/ld.so.cache"] {
        bind(&mut args, Path::new(file), file);
    }
    args.extend(["--ro-bind-try", "/etc/localtime", "/etc/localtime"].map(Into::into));
    for directory in ["/sys/block", "/sys/bus", "/sys/class", "/sys/dev", "/sys/devices"] {
        args.extend(["--dir", directory].map(Into::into));
    }
    bind(&mut args, ca, "/etc/ssl/certs/ca-certificates.crt");
    bind(&mut args, &machine.browser, BROWSER_INSIDE);
    // WebKit leaves its network process without a sandbox: ours goes in between.
    bind(&mut args, &machine.webkit_network_process, NETWORK_PROCESS_INSIDE);
    let place = machine.webkit_network_process.clone().into_os_string();
    args.extend(["--ro-bind".into(), machine.network_process.clone().into_os_string(), place]);
    args.extend(["--proc", "/proc", "--dev", "/dev"].map(Into::into));
    args
}

/// What the session may write (RAM of a bounded size, gone with the mount namespace) and its two
/// sockets.
fn session_files(run: &Path, filter_socket: &str) -> Vec<OsString> {
    let mut args: Vec<OsString> = Vec::new();
    for directory in ["/tmp", "/home/agent", "/run", "/dev/shm"] {
        args.extend(["--perms", "0700", "--size"].map(Into::into));
        args.push(TMPFS.to_string().into());
        args.extend(["--tmpfs", directory].map(Into::into));
    }
    args.extend(["--perms", "0700", "--dir", "/run/user"].map(Into::into));
    let display = format!("/run/user/{DISPLAY_INSIDE}");
    bind(&mut args, &paths::filter_dir(run).join(filter_socket), &display);
    bind(&mut args, &paths::egress_socket(run), "/run/user/proxy.sock");
    // After everything was put in place: the root itself and /sys and /etc take no file.
    args.extend(["--remount-ro", "/", "--chdir", "/home/agent"].map(Into::into));
    args
}

/// The whole environment in the cage. No D-Bus address; no setting is kept; no file system but the
/// local one.
fn environment(log: &str) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["--clearenv".into()];
    let fixed = [
        ("PATH", "/usr/bin"),
        ("HOME", "/home/agent"),
        ("LANG", "C.UTF-8"),
        ("XDG_RUNTIME_DIR", "/run/user"),
        ("WAYLAND_DISPLAY", DISPLAY_INSIDE),
        ("GDK_BACKEND", "wayland"),
        ("GSETTINGS_BACKEND", "memory"),
        ("GIO_USE_VFS", "local"),
        ("NO_AT_BRIDGE", "1"),
        // Left to itself GnuTLS still speaks TLS 1.0 and 1.1 (RFC 8996 forbids both).
        ("G_TLS_GNUTLS_PRIORITY", "NORMAL:%COMPAT:-VERS-TLS1.0:-VERS-TLS1.1:-VERS-DTLS-ALL"),
        ("BORNE_LOG", log),
    ];
    for (name, value) in fixed {
        args.extend(["--setenv", name, value].map(Into::into));
    }
    args
}

fn bind(args: &mut Vec<OsString>, from: &Path, to: &str) {
    args.push("--ro-bind".into());
    args.push(from.into());
    args.push(to.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Vec<OsString> {
        let machine = Machine {
            browser: "/usr/libexec/borne/kiosk-browser".into(),
            network_process: "/usr/libexec/borne/kiosk-network-process".into(),
            webkit_network_process: "/usr/libexec/webkit2gtk-4.1/WebKitNetworkProcess".into(),
            run: "/run/borne".into(),
            log: "info".to_owned(),
            zone: Some("Europe/Paris".to_owned()),
        };
        arguments(
            &machine,
            &CageOrder { display: "wayland-7".to_owned(), ca: "/etc/borne/ca.pem".into() },
        )
    }

    fn text() -> String {
        args().iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn nothing_is_shared_but_what_is_named() {
        let text = text();
        for namespace in ["user", "pid", "ipc", "uts", "net"] {
            assert!(text.contains(&format!("--unshare-{namespace} ")), "{namespace}: {text}");
        }
        for rule in [
            "--die-with-parent",
            "--new-session",
            "--cap-drop ALL",
            "--clearenv",
            "--remount-ro / ",
        ] {
            assert!(text.contains(rule), "{rule}: {text}");
        }
        assert!(
            !text.contains(" --bind") && !text.contains("--dev-bind"),
            "something outside can be written: {text}"
        );
    }

    #[test]
    fn the_pages_clock_has_the_zone_of_the_screens() {
        assert!(text().contains("--setenv TZ Europe/Paris"), "{}", text());
        for text in
            ["", ":/etc/passwd", "/etc/localtime", "../x", "CET-1CEST,M3.5.0", &"a".repeat(65)]
        {
            assert!(!is_zone(text), "{text}");
        }
    }

    #[test]
    fn the_browser_sees_two_sockets_and_never_the_compositors() {
        let text = text();
        assert!(text.contains("--ro-bind /run/borne/filter/wayland-7 /run/user/wayland"), "{text}");
        assert!(
            text.contains("--ro-bind /run/borne/egress/proxy.sock /run/user/proxy.sock"),
            "{text}"
        );
        assert_eq!(text.matches("/run/borne").count(), 2, "{text}");
        assert!(!text.contains("DBUS") && !text.contains("/etc/passwd"), "{text}");
    }

    #[test]
    fn every_tmpfs_has_a_size() {
        let args = args();
        for at in args.iter().enumerate().filter_map(|(at, arg)| (arg == "--tmpfs").then_some(at)) {
            assert_eq!(args[at - 2], "--size", "{args:?}");
        }
    }
}
