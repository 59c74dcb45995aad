//! A machine of a town: a fresh Debian under its own systemd, in a container.
//!
//! Duties: boot it on a layer of its own above the cached root, run commands in it, cut its power.
//! Never: anything in the cached root, or on the machine the tests run on.

use borne_harness::agents::repository;
use borne_harness::{try_wait_for, wait_for};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

static NUMBER: AtomicU32 = AtomicU32::new(0);
const BOOT: Duration = Duration::from_secs(60);

/// The Debians that the package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Debian {
    Bookworm,
    Trixie,
}

impl Debian {
    /// Its suite.
    pub const fn suite(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
        }
    }

    /// The directory of its cached root.
    fn root(self) -> PathBuf {
        let mut script = Command::new(repository().join("tests/install/root"));
        let output = script.arg(self.suite()).stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "tests/install/root {}", self.suite());
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    }
}

/// What a command said, standard error included, and its exit code.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub text: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        Self { code: output.status.code(), text: text.concat() }
    }
}

/// A machine. It is gone when this is dropped.
pub struct Machine {
    place: PathBuf,
    network: Option<PathBuf>,
    running: Option<Running>,
}

struct Running {
    container: Child,
    /// Its first process, as seen from here.
    systemd: i32,
}

impl Machine {
    /// A fresh one, without a network.
    pub fn boot(debian: Debian) -> Self {
        Self::boot_on(debian, None)
    }

    /// A fresh one; `network` is the file of a network namespace.
    pub fn boot_on(debian: Debian, network: Option<PathBuf>) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let place =
            PathBuf::from(format!("/var/tmp/borne/install-{}-{number}", std::process::id()));
        for name in ["layer", "work", "root"] {
            fs::create_dir_all(place.join(name)).unwrap();
        }
        let (below, here) = (debian.root(), place.display());
        let layers =
            format!("lowerdir={},upperdir={here}/layer,workdir={here}/work", below.display());
        done(
            Command::new("mount")
                .args(["-t", "overlay", "-o", &layers, "overlay"])
                .arg(place.join("root")),
        );
        let mut machine = Self { place, network, running: None };
        machine.power_on();
        machine
    }

    /// Boots it.
    pub fn power_on(&mut self) {
        let log =
            fs::File::options().create(true).append(true).open(self.place.join("console")).unwrap();
        let mut boot = Command::new(repository().join("tests/install/boot"));
        boot.arg(self.root()).args(&self.network);
        let boot = boot.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let container = boot.spawn().unwrap();
        let systemd =
            wait_for("systemd", BOOT, || first_process(container.id()).ok_or(self.console()));
        self.running = Some(Running { container, systemd });
        wait_for("the machine to be up", BOOT, || {
            let said = self.run("systemctl is-system-running");
            let up = ["running", "degraded"].contains(&said.text.trim());
            if up { Ok(()) } else { Err(format!("{}: {}", said.text, self.console())) }
        });
    }

    /// Cuts its power: every process of it is killed at once.
    pub fn cut_power(&mut self) {
        if let Some(mut running) = self.running.take() {
            // A PID namespace ends with its first process.
            let _gone = Command::new("kill").args(["-KILL", &running.systemd.to_string()]).status();
            let ended = try_wait_for("the container's end", Duration::from_secs(10), || {
                running.container.try_wait().ok().flatten()
            });
            if ended.is_err() {
                let _killed = running.container.kill();
                let _reaped = running.container.wait();
            }
        }
    }

    /// Its root directory, seen from here: what is mounted in it while it runs is not in it.
    pub fn root(&self) -> PathBuf {
        self.place.join("root")
    }

    /// Runs a shell command in it, as root.
    pub fn run(&self, command: &str) -> Said {
        self.run_with(command, "")
    }

    /// The same, with this on its standard input.
    pub fn run_with(&self, command: &str, input: &str) -> Said {
        let mut child = self.command(command).spawn().unwrap();
        // Taken, so that it is closed. A command that does not read may have gone already.
        let _unread = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
        Said::of(&child.wait_with_output().unwrap())
    }

    /// Runs a command that asks: when what it has said ends in the next prompt, it is given that one's
    /// answer. All it said.
    pub fn talk(&self, command: &str, answers: &[(&str, &str)]) -> String {
        let mut child = self.command(command).spawn().unwrap();
        let (mut hand, mut eye) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (mut said, mut next) = (Vec::new(), answers.iter().peekable());
        let mut byte = [0];
        while eye.read(&mut byte).unwrap() == 1 {
            said.extend(byte);
            if let Some((_, answer)) = next.next_if(|(prompt, _)| said.ends_with(prompt.as_bytes()))
            {
                writeln!(hand, "{answer}").unwrap();
            }
        }
        child.wait().unwrap();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Runs a command that must succeed; what it said.
    #[track_caller]
    pub fn must(&self, command: &str) -> String {
        self.must_with(command, "")
    }

    /// The same, with this on its standard input.
    #[track_caller]
    pub fn must_with(&self, command: &str, input: &str) -> String {
        let said = self.run_with(command, input);
        assert_eq!(said.code, Some(0), "{command}: {}\n{}", said.text, self.journal());
        said.text
    }

    /// A shell command in it, to be started: pipes on all three ends.
    fn command(&self, command: &str) -> Command {
        let systemd = self.running.as_ref().expect("it is on").systemd.to_string();
        let mut enter = Command::new("nsenter");
        enter.args([
            "--target", &systemd, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
        ]);
        enter.args(["--root", "--", "env", "-i", "HOME=/root", "LANG=C.UTF-8"]);
        enter.args([
            "DEBIAN_FRONTEND=noninteractive",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]);
        enter.args(["/bin/bash", "-c", &format!("cd && {{ {command}\n}}")]);
        enter.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        enter
    }

    /// Writes a file in it, for root alone.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let at = self.root().join(path.trim_start_matches('/'));
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, content).unwrap();
        done(Command::new("chmod").arg("600").arg(&at));
    }

    /// Copies a file into it.
    pub fn copy(&self, from: &Path, to: &str) {
        self.write(to, fs::read(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())));
    }

    /// What the gateway has logged.
    pub fn journal(&self) -> String {
        self.run("journalctl --no-pager -o cat -u borne-gateway").text
    }

    fn console(&self) -> String {
        fs::read_to_string(self.place.join("console")).unwrap_or_default()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.cut_power();
        let _unmounted = Command::new("umount").arg(self.root()).status();
        let _gone = fs::remove_dir_all(&self.place);
    }
}

/// The child of the container's own process that has become its systemd.
fn first_process(container: u32) -> Option<i32> {
    let children =
        fs::read_to_string(format!("/proc/{container}/task/{container}/children")).ok()?;
    let mut children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    children.find(|pid: &i32| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "systemd")
    })
}

#[track_caller]
pub fn done(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", Said::of(&output).text);
}
