//! Joining, with the power gone between the gateway's answer and the card: the shipped supervisor
//! and the shipped gateway, and between them a wire that carries the question and keeps the answer
//! to itself.

use crate::directory;
use borne_harness::agents::repository;
use borne_harness::gateway::Gateway;
use borne_harness::{programs, wait_for};
use borne_ipc::Role;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// The wire to a gateway's terminal API.
struct Wire {
    port: u16,
    /// Whether answers come through.
    whole: Arc<AtomicBool>,
}

impl Wire {
    fn to(gateway: &Gateway) -> Self {
        let (listener, far) = (TcpListener::bind("127.0.0.1:0").unwrap(), gateway.terminal_api());
        let (port, whole) =
            (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let state = Arc::clone(&whole);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let (far, state) = (TcpStream::connect(far).unwrap(), Arc::clone(&state));
                // Both end with whichever side ends.
                let _carried = std::thread::spawn(move || carry(near, far, &state));
            }
        });
        Self { port, whole }
    }
}

/// What the terminal says after its greeting is its question (RFC 8446, section 2): nothing comes
/// back after that.
fn carry(mut near: TcpStream, mut far: TcpStream, whole: &AtomicBool) {
    let asked = Arc::new(AtomicBool::new(false));
    let (mut back, mut from, state) =
        (near.try_clone().unwrap(), far.try_clone().unwrap(), Arc::clone(&asked));
    let whole = whole.load(Ordering::SeqCst);
    std::thread::spawn(move || {
        let mut bytes = [0; 16384];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if (whole || !state.load(Ordering::SeqCst)) && back.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _closed = back.shutdown(Shutdown::Both);
    });
    let (mut bytes, mut pieces) = ([0; 16384], 0);
    while let Ok(read @ 1..) = near.read(&mut bytes) {
        pieces += 1;
        asked.store(pieces > 1, Ordering::SeqCst);
        if far.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _closed = far.shutdown(Shutdown::Both);
}

/// A supervisor with a token, and its data directory.
struct Terminal(PathBuf);

impl Terminal {
    fn provisioned(gateway: &Gateway, wire: &Wire, token: &str) -> Self {
        let here = directory("joining");
        for name in ["run/supervisor", "data"] {
            fs::create_dir_all(here.join(name)).unwrap();
            chown(here.join(name), Some(Role::Supervisor.uid()), Some(Role::Supervisor.uid()))
                .unwrap();
        }
        for name in ["", "run"] {
            fs::set_permissions(here.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::copy(gateway.authority(), here.join("ca.pem")).unwrap();
        let example = fs::read_to_string(repository().join("docs/terminal.example.toml")).unwrap();
        let text = example
            .replace(
                "https://passerelle.mairie.example:8443",
                &format!("https://localhost:{}", wire.port),
            )
            .replace("/etc/borne/ca.pem", &here.join("ca.pem").display().to_string());
        fs::write(here.join("terminal.toml"), text).unwrap();
        fs::write(here.join("data/join-token"), token).unwrap();
        programs::install(&["kiosk-supervisor"], &here.join("bin"));
        Self(here)
    }

    /// Power, with every call that touches files or wires in `calls`.
    fn start(&self) -> Running {
        let calls = self.0.join("calls");
        let _of_the_last_start = fs::remove_file(&calls);
        let user = Role::Supervisor.uid();
        let supervisor = Command::new("strace")
            .args([
                "-f",
                "-y",
                "-qq",
                "-D",
                "-s0",
                "-etrace=fsync,rename,renameat,renameat2,connect,unlink",
                "-o",
            ])
            .arg(calls)
            // As root: the supervisor lets nobody of its own user look into it.
            .arg("setpriv")
            .args([
                format!("--reuid={user}"),
                format!("--regid={user}"),
                "--clear-groups".to_owned(),
            ])
            .arg(self.0.join("bin/kiosk-supervisor"))
            .env_clear()
            .env("BORNE_RUN", self.0.join("run"))
            .env("BORNE_CONFIG", self.0.join("terminal.toml"))
            .env("BORNE_DATA", self.0.join("data"))
            .env("PATH", "/usr/bin:/bin")
            .stderr(File::create(self.0.join("log")).unwrap())
            .spawn()
            .unwrap();
        Running(supervisor)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        self.0.join("data").join(name).exists()
    }
}

/// The power, until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "--- the supervisor's log\n{}--- its calls\n{}---",
                self.read("log"),
                self.read("calls")
            );
        }
        let _gone = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_cut_between_the_gateways_answer_and_the_card_costs_no_token() {
    let gateway = Gateway::start();
    let (wire, token) = (Wire::to(&gateway), gateway.invite("salle-1"));
    let terminal = Terminal::provisioned(&gateway, &wire, &token);
    let running = terminal.start();
    gateway.wait_for_audit("terminal_joined");
    drop(running);
    assert!(terminal.has("join-token") && !terminal.has("terminal.crt"), "the answer came through");
    let key = terminal.read("data/terminal.key");
    assert!(key.contains("PRIVATE KEY"), "it has asked with a key that it had not kept");
    // A kill keeps what the kernel holds; a cut of the power would not. So the order of its calls
    // must show it.
    let (here, asked) =
        (terminal.0.join("data").display().to_string(), format!("sin_port=htons({})", wire.port));
    let steps =
        [format!("<{here}/terminal.new>"), format!("\"{here}/terminal.key\""), format!("<{here}>")];
    wait_for("the key to be kept before the gateway is called", SOON, || {
        let calls = terminal.read("calls");
        let before = calls.split_once(&asked).map(|(before, _)| before).ok_or("not called")?;
        let in_turn =
            |rest, step: &String| str::split_once(rest, step.as_str()).map(|(_, rest)| rest);
        steps.iter().try_fold(before, in_turn).map(drop).ok_or("not kept before")
    });

    wire.whole.store(true, Ordering::SeqCst);
    let running = terminal.start();
    wait_for("the certificate", SOON, || {
        if terminal.has("terminal.crt") && !terminal.has("join-token") {
            Ok(())
        } else {
            Err(terminal.read("log"))
        }
    });
    gateway.wait_for_audit("join_repeated");
    assert_eq!(terminal.read("data/terminal.key"), key);
    wait_for("the gateway to answer", SOON, || terminal.read("log").contains("gateway answers"));
    drop(running);

    // The card has the certificate and, by a later cut, the token again: it is no second joining,
    // and it goes.
    fs::write(terminal.0.join("data/join-token"), &token).unwrap();
    let _running = terminal.start();
    wait_for("the gateway to answer", SOON, || terminal.read("log").contains("gateway answers"));
    assert!(!terminal.has("join-token"), "a spent token stays on the card");
    assert!(!terminal.read("log").contains("joined the gateway"));
}
