//! What stands round an agent: slots that are plain files, keys, the scripts it calls, the bus with the
//! real RAUC, and the web server that bundles come from.

use super::fixture::{BOARD, SOON};
use borne_harness::wait_for;
use borne_ipc::Role;
use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Ends with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

pub fn uptime() -> Duration {
    let text = fs::read_to_string("/proc/uptime").unwrap();
    Duration::from_secs_f64(text.split_whitespace().next().unwrap().parse().unwrap())
}

/// Two keys: the town's and somebody's. Made once.
pub fn keys() -> &'static Path {
    static KEYS: OnceLock<PathBuf> = OnceLock::new();
    KEYS.get_or_init(|| {
        let directory =
            std::env::temp_dir().join(format!("borne-update-keys-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        for name in ["town", "other", "localhost"] {
            let file = |ending: &str| directory.join(format!("{name}.{ending}"));
            let made = Command::new("openssl")
                .args([
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:prime256v1",
                    "-nodes",
                ])
                .args([
                    "-days",
                    "30",
                    "-subj",
                    &format!("/CN={name}"),
                    "-addext",
                    "subjectAltName=DNS:localhost",
                ])
                .arg("-keyout")
                .arg(file("key"))
                .arg("-out")
                .arg(file("pem"))
                .output()
                .unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        directory
    })
}

/// Two slots that are files, and RAUC's configuration of them.
pub fn slots(directory: &Path, on_b: bool) {
    for name in ["root-a", "root-b"] {
        File::create(directory.join("slots").join(name)).unwrap().set_len(4 << 20).unwrap();
    }
    fs::write(directory.join("slots/primary"), if on_b { "B" } else { "A" }).unwrap();
    fs::copy(keys().join("town.pem"), directory.join("data/keyring.pem")).unwrap();
    fs::copy(keys().join("localhost.pem"), directory.join("data/web.pem")).unwrap();
    let here = directory.display();
    let conf = format!(
        "[system]\ncompatible={BOARD}\nbootloader=custom\nmountprefix={here}/mnt\nstatusfile={here}/slots/status\n\
         [handlers]\nbootloader-custom-backend={here}/bin/bootloader\n[keyring]\npath={here}/data/keyring.pem\n\
         [slot.rootfs.0]\ndevice={here}/slots/root-a\ntype=raw\nbootname=A\n\
         [slot.rootfs.1]\ndevice={here}/slots/root-b\ntype=raw\nbootname=B\n"
    );
    fs::write(directory.join("data/system.conf"), conf).unwrap();
}

/// The far ends: a bootloader, systemd's word, and the fetching `rauc`.
pub fn scripts(directory: &Path) {
    let here = directory.display();
    let bootloader = format!(
        "#!/bin/bash\necho \"$*\" >>{here}/slots/asked\ncase $1 in\n  get-primary) cat {here}/slots/primary;;\n  \
         set-primary) echo \"$2\" >{here}/slots/primary;;\n  get-state) echo good;;\nesac\n"
    );
    let systemctl = format!(
        "#!/bin/bash\nif [[ $1 == is-active ]]; then [[ ! -e {here}/data/root-unread ]]; exit; fi\n\
         [[ ! -e {here}/data/failed-units ]] || cat {here}/data/failed-units\n"
    );
    let rauc = format!(
        "#!/bin/bash\nset -euo pipefail\necho \"$*\" >>{here}/data/rauc.log\n\
         export DBUS_SYSTEM_BUS_ADDRESS=unix:path={here}/bus\nwords=()\nfor word in \"$@\"; do\n  \
         if [[ $word == https:* ]]; then\n    rm -f {here}/data/fetched.raucb\n    curl --silent --show-error --fail --cacert {here}/data/web.pem \
         --output {here}/data/fetched.raucb \"$word\"\n    word={here}/data/fetched.raucb\n  fi\n  words+=(\"$word\")\n\
         done\nexec /usr/bin/rauc -c {here}/data/system.conf \"${{words[@]}}\"\n"
    );
    for (name, text) in [("bootloader", bootloader), ("systemctl", systemctl), ("rauc", rauc)] {
        let path = directory.join("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
}

/// A bus on which the agent's user has a name, RAUC's service, a web server.
pub fn services(directory: &Path, booted: &str) -> (u16, Vec<Running>) {
    let here = directory.display();
    let log = |name: &str| File::create(directory.join(name)).unwrap();
    fs::create_dir_all(directory.join("mnt")).unwrap();
    let both =
        |kind: &str| format!("<allow send_type=\"{kind}\"/><allow receive_type=\"{kind}\"/>");
    let kinds: String = ["method_call", "method_return", "error", "signal"].map(both).concat();
    let answers = ["method_return", "error"]
        .map(|kind| format!("<allow send_requested_reply=\"true\" send_type=\"{kind}\"/>"))
        .concat();
    let allow = format!("<allow user=\"*\"/><allow own=\"*\"/>{kinds}{answers}");
    let bus = format!(
        "<busconfig><type>system</type><listen>unix:path={here}/bus</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\">{allow}</policy></busconfig>"
    );
    fs::write(directory.join("bus.conf"), bus).unwrap();
    let uid = Role::Agent.uid();
    for (name, line) in [
        ("passwd", format!("borne-agent:x:{uid}:{uid}::/:/usr/sbin/nologin\n")),
        ("group", format!("borne-agent:x:{uid}:\n")),
    ] {
        let text = fs::read_to_string(Path::new("/etc").join(name)).unwrap() + &line;
        fs::write(directory.join(name), text).unwrap();
    }
    let script = format!(
        "mount --bind {here}/passwd /etc/passwd && mount --bind {here}/group /etc/group && \
         exec dbus-daemon --config-file={here}/bus.conf --nofork --nopidfile"
    );
    let in_own_mounts =
        ["--mount", "--", "setpriv", "--pdeathsig", "KILL", "--", "sh", "-c", script.as_str()];
    let bus = Command::new("unshare").args(in_own_mounts).stderr(log("bus.log")).spawn().unwrap();
    let mut running = vec![Running(bus)];
    wait_for("the bus", SOON, || UnixStream::connect(directory.join("bus")));
    let tied = |program: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", program]).stdin(Stdio::null());
        command
    };
    let rauc = tied("rauc")
        .arg("-c")
        .arg(directory.join("data/system.conf"))
        .args([&format!("--override-boot-slot={booted}"), "service"])
        .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={here}/bus"))
        .stdout(log("service.log"))
        .stderr(log("service.err"))
        .spawn()
        .unwrap();
    running.push(Running(rauc));
    // Bound once to learn a free port; openssl takes no socket from others.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let web = tied("openssl")
        .args(["s_server", "-quiet", "-WWW", "-accept", &port.to_string()])
        .arg("-cert")
        .arg(keys().join("localhost.pem"))
        .arg("-key")
        .arg(keys().join("localhost.key"))
        .current_dir(directory.join("web"))
        .stdout(log("web.log"))
        .stderr(log("web.err"))
        .spawn()
        .unwrap();
    running.push(Running(web));
    wait_for("RAUC's service", SOON, || {
        let asked = Command::new("rauc")
            .arg("-c")
            .arg(directory.join("data/system.conf"))
            .arg("status")
            .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={here}/bus"))
            .output()
            .unwrap();
        if asked.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&asked.stderr).into_owned())
        }
    });
    wait_for("the web server", SOON, || {
        std::net::TcpStream::connect(("127.0.0.1", port)).map(drop)
    });
    fs::write(directory.join("slots/asked"), "").unwrap();
    (port, running)
}
