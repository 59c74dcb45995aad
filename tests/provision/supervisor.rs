//! The shipped supervisor alone, and its data directory: no screen, no reader, no browser.

use crate::directory;
use borne_harness::agents::repository;
use borne_harness::{programs, wait_for};
use borne_ipc::Role;
use rustix::process::Pid;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// A card's data and what the supervisor is told of the town.
pub struct Terminal(pub PathBuf);

impl Terminal {
    /// Of the gateway on this port, whose certificate this authority has signed.
    pub fn of(name: &str, authority: &Path, port: u16) -> Self {
        let here = directory(name);
        for name in ["run/supervisor", "data", "clock"] {
            fs::create_dir_all(here.join(name)).unwrap();
            chown(here.join(name), Some(Role::Supervisor.uid()), Some(Role::Supervisor.uid()))
                .unwrap();
        }
        for name in ["", "run"] {
            fs::set_permissions(here.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::copy(authority, here.join("ca.pem")).unwrap();
        let example = fs::read_to_string(repository().join("docs/terminal.example.toml")).unwrap();
        let text = example
            .replace("https://passerelle.mairie.example:8443", &format!("https://localhost:{port}"))
            .replace("/etc/borne/ca.pem", &here.join("ca.pem").display().to_string());
        fs::write(here.join("terminal.toml"), text).unwrap();
        programs::install(&["kiosk-supervisor"], &here.join("bin"));
        Self(here)
    }

    /// Lays a file into its data, as its own.
    pub fn lay(&self, name: &str, text: &str) {
        let path = self.0.join("data").join(name);
        fs::write(&path, text).unwrap();
        chown(path, Some(Role::Supervisor.uid()), Some(Role::Supervisor.uid())).unwrap();
    }

    /// Power, with every call that touches files or wires in `calls`.
    pub fn start(&self) -> Running {
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
            .env("BORNE_CLOCK", self.0.join("clock"))
            .env("PATH", "/usr/bin:/bin")
            .stderr(File::create(self.0.join("log")).unwrap())
            .spawn()
            .unwrap();
        Running(supervisor)
    }

    /// A file of it, or nothing.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }

    /// Waits for words in its log.
    #[track_caller]
    pub fn wait_for_log(&self, words: &str) {
        wait_for(&format!("{words} in the supervisor's log"), SOON, || {
            let log = self.read("log");
            if log.contains(words) { Ok(()) } else { Err(log) }
        });
    }

    /// Whether its data has such a file.
    pub fn has(&self, name: &str) -> bool {
        self.0.join("data").join(name).exists()
    }
}

/// The power, until it is dropped.
pub struct Running(Child);

impl Running {
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_some())
    }
}

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
