//! The command lines of the browser's cage and of its wayland-filter.
//!
//! Duties: turn a [`SandboxSpec`] into exact programs, arguments and environments; nothing else happens here.
//! Never: start anything, read the environment or the disk, put a secret into an argument.
//!
//! The supervisor starts these with an *empty* environment plus [`Invocation::env`], with the inherited socket as
//! standard input, from a thread that lives as long as itself: `--die-with-parent` is `PR_SET_PDEATHSIG` (prctl(2)), and
//! the parent it means is the *thread* that forked.

use borne_ipc::{Group, Role, paths};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where things are on this machine, and how much RAM a session's files may take.
#[derive(Clone, Debug)]
pub struct SandboxSpec {
    /// The `kiosk-browser` program.
    pub browser: PathBuf,
    /// The `kiosk-network-process` program, which takes the place of WebKit's.
    pub network_process: PathBuf,
    /// WebKit's own network process, where WebKit looks for it.
    pub webkit_network_process: PathBuf,
    /// The `kiosk-wayland-filter` program.
    pub wayland_filter: PathBuf,
    /// PEM bundle of the authorities the town trusts: the only ones the browser will know.
    pub ca_bundle: PathBuf,
    /// The run directory (`BORNE_RUN`).
    pub run: PathBuf,
    /// `WAYLAND_DISPLAY` of the compositor, a file name in [`paths::wayland_dir`].
    pub wayland_display: String,
    /// Bytes of RAM each of `/tmp`, `/home/agent`, `/run` and `/dev/shm` may hold.
    pub tmpfs_bytes: u64,
    /// A tracing filter, for `BORNE_LOG`.
    pub log: String,
}

/// A program to start, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Found in `PATH=/usr/sbin:/usr/bin` by the caller, or absolute.
    pub program: PathBuf,
    /// Without the program's own name.
    pub args: Vec<OsString>,
    /// The whole environment.
    pub env: Vec<(&'static str, OsString)>,
}

/// Where the browser finds its program inside the cage.
const BROWSER_INSIDE: &str = "/opt/borne/kiosk-browser";
/// Where `kiosk-network-process` finds WebKit's network process inside the cage.
const NETWORK_PROCESS_INSIDE: &str = "/opt/borne/WebKitNetworkProcess";
/// Threads and processes of one session, all together: a page that makes more gets none (about 110 are used).
const PROCESSES: u32 = 512;
/// File name of the filter's socket inside the cage. WebKit's own sandbox aborts on an absolute `WAYLAND_DISPLAY`.
const DISPLAY_INSIDE: &str = "wayland";

/// `prlimit … setpriv … bwrap … kiosk-browser`: the browser behind the filter's socket `filter_socket` (a file name in
/// [`paths::filter_dir`]).
#[must_use]
pub fn browser(spec: &SandboxSpec, filter_socket: &str) -> Invocation {
    let mut args = vec![format!("--nproc={PROCESSES}:{PROCESSES}").into()];
    args.extend(as_role(Role::Browser));
    args.push("bwrap".into());
    args.extend(namespaces());
    args.extend(system_files(spec));
    args.extend(session_files(spec, filter_socket));
    args.extend(environment(spec));
    args.push("--".into());
    args.push(BROWSER_INSIDE.into());
    Invocation { program: "prlimit".into(), args, env: vec![("PATH", "/usr/sbin:/usr/bin".into())] }
}

/// `prlimit … setpriv … kiosk-wayland-filter`.
#[must_use]
pub fn wayland_filter(spec: &SandboxSpec) -> Invocation {
    let mut args = as_role(Role::WaylandFilter);
    args.push(spec.wayland_filter.clone().into());
    let env = vec![
        ("PATH", "/usr/sbin:/usr/bin".into()),
        ("BORNE_RUN", spec.run.clone().into()),
        ("BORNE_LOG", spec.log.clone().into()),
        ("XDG_RUNTIME_DIR", paths::wayland_dir(&spec.run).into()),
        ("WAYLAND_DISPLAY", spec.wayland_display.clone().into()),
    ];
    Invocation { program: "prlimit".into(), args, env }
}

/// Arguments of prlimit(1) and setpriv(1) up to the program: no core dump, the role's user, no capability for ever.
///
/// A core limit of 1 byte, not 0: the kernel also pipes no core to a handler then (`do_coredump` in fs/coredump.c).
/// The bounding set stays: emptying it takes CAP_SETPCAP, which the supervisor does not have; no new privileges makes it
/// idle.
fn as_role(role: Role) -> Vec<OsString> {
    let mut args: Vec<OsString> = ["--core=1:1", "--", "setpriv"].map(Into::into).into();
    args.push(format!("--reuid={}", role.uid()).into());
    args.push(format!("--regid={}", role.uid()).into());
    args.push(match role.groups() {
        [] => "--clear-groups".into(),
        groups => format!("--groups={}", comma_separated(groups)).into(),
    });
    args.extend(["--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs", "--"].map(Into::into));
    args
}

fn comma_separated(groups: &[Group]) -> String {
    groups.iter().map(|group| group.gid().to_string()).collect::<Vec<_>>().join(",")
}

/// Every namespace bwrap has, and an end with the supervisor's.
fn namespaces() -> Vec<OsString> {
    let flags = "--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-net --unshare-cgroup-try \
                 --hostname borne --die-with-parent --new-session --cap-drop ALL";
    flags.split_whitespace().map(Into::into).collect()
}

/// What the browser reads of the system: programs, libraries, fonts, the time zone and the town's authorities. No
/// `/etc/passwd`: nothing in the cage needs a name for a number. `/sys` is the empty directories WebKit's own sandbox
/// insists on binding.
fn system_files(spec: &SandboxSpec) -> Vec<OsString> {
    let mut args = Vec::new();
    bind(&mut args, Path::new("/usr"), "/usr");
    for (target, link) in [("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin"), ("usr/sbin", "/sbin")] {
        args.extend(["--symlink", target, link].map(Into::into));
    }
    for file in ["/etc/fonts", "/etc/ld.so.cache"] {
        bind(&mut args, Path::new(file), file);
    }
    args.extend(["--ro-bind-try", "/etc/localtime", "/etc/localtime"].map(Into::into));
    for directory in ["/sys/block", "/sys/bus", "/sys/class", "/sys/dev", "/sys/devices"] {
        args.extend(["--dir", directory].map(Into::into));
    }
    bind(&mut args, &spec.ca_bundle, "/etc/ssl/certs/ca-certificates.crt");
    bind(&mut args, &spec.browser, BROWSER_INSIDE);
    // WebKit leaves its network process without a sandbox: ours goes in between.
    bind(&mut args, &spec.webkit_network_process, NETWORK_PROCESS_INSIDE);
    let place = spec.webkit_network_process.clone().into_os_string();
    args.extend(["--ro-bind".into(), spec.network_process.clone().into_os_string(), place]);
    args.extend(["--proc", "/proc", "--dev", "/dev"].map(Into::into));
    args
}

/// What the session may write (RAM of a bounded size, gone with the mount namespace) and its two sockets.
fn session_files(spec: &SandboxSpec, filter_socket: &str) -> Vec<OsString> {
    let mut args: Vec<OsString> = Vec::new();
    for directory in ["/tmp", "/home/agent", "/run", "/dev/shm"] {
        args.extend(["--perms", "0700", "--size"].map(Into::into));
        args.push(spec.tmpfs_bytes.to_string().into());
        args.extend(["--tmpfs", directory].map(Into::into));
    }
    args.extend(["--perms", "0700", "--dir", "/run/user"].map(Into::into));
    let display = format!("/run/user/{DISPLAY_INSIDE}");
    bind(&mut args, &paths::filter_dir(&spec.run).join(filter_socket), &display);
    bind(&mut args, &paths::egress_socket(&spec.run), "/run/user/proxy.sock");
    // After everything was put in place: the root itself and /sys and /etc take no file.
    args.extend(["--remount-ro", "/", "--chdir", "/home/agent"].map(Into::into));
    args
}

/// The whole environment in the cage. No D-Bus address; no setting is kept; no file system but the local one.
fn environment(spec: &SandboxSpec) -> Vec<OsString> {
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
        ("BORNE_LOG", spec.log.as_str()),
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

    fn spec() -> SandboxSpec {
        SandboxSpec {
            browser: "/usr/libexec/borne/kiosk-browser".into(),
            network_process: "/usr/libexec/borne/kiosk-network-process".into(),
            webkit_network_process: "/usr/libexec/webkit2gtk-4.1/WebKitNetworkProcess".into(),
            wayland_filter: "/usr/libexec/borne/kiosk-wayland-filter".into(),
            ca_bundle: "/etc/borne/ca.pem".into(),
            run: "/run/borne".into(),
            wayland_display: "wayland-1".to_owned(),
            tmpfs_bytes: 1 << 26,
            log: "info".to_owned(),
        }
    }

    fn text(invocation: &Invocation) -> String {
        invocation.args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn both_give_up_every_right_of_the_supervisor() {
        for (invocation, role) in
            [(browser(&spec(), "wayland-7"), Role::Browser), (wayland_filter(&spec()), Role::WaylandFilter)]
        {
            let text = text(&invocation);
            for right in ["--core=1:1", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"] {
                assert!(text.contains(right), "{right} is missing: {text}");
            }
            assert!(text.contains(&format!("--reuid={0} --regid={0}", role.uid())), "{text}");
        }
    }

    #[test]
    fn the_browser_sees_two_sockets_and_never_the_compositors() {
        let text = text(&browser(&spec(), "wayland-7"));
        assert!(text.contains("--ro-bind /run/borne/filter/wayland-7 /run/user/wayland"), "{text}");
        assert!(text.contains("--ro-bind /run/borne/egress/proxy.sock /run/user/proxy.sock"), "{text}");
        assert_eq!(text.matches("/run/borne").count(), 2, "{text}");
        assert!(!text.contains("DBUS") && !text.contains("/etc/passwd"), "{text}");
    }

    #[test]
    fn every_tmpfs_has_a_size() {
        let args = browser(&spec(), "wayland-7").args;
        for at in args.iter().enumerate().filter_map(|(at, arg)| (arg == "--tmpfs").then_some(at)) {
            assert_eq!(args[at - 2], "--size", "{args:?}");
        }
    }
}
