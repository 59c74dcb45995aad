//! The loop: start, reap, start again after a pause that grows while a unit dies young, accept for
//! the units with a socket, stop everything at the end.

use super::plan::{Plan, Status, Unit, UnitStatus};
use super::sockets::{Template, connection};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};

const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(10);

/// Why the units cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The run directory cannot be made.
    #[error("make {path}: {source}")]
    Directory {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another one holds the plan's lock.
    #[error(
        "{0} is held: another terminal runs on this machine; end it first (a wipe would end its browser too)"
    )]
    Locked(PathBuf),
    /// The lock cannot be made.
    #[error("lock {path}: {source}")]
    Lock {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A unit's socket cannot be made.
    #[error("listen on {path}: {source}")]
    Listen {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The kernel refused what an init needs.
    #[error("become an init: {0}")]
    Process(#[from] io::Error),
}

struct Life {
    unit: Unit,
    status: UnitStatus,
    begun: Instant,
    pause: Duration,
    due: Option<Instant>,
    patience: Instant,
}

/// Runs the plan until SIGTERM, SIGINT or the end of standard input (the parent died); then ends
/// every descendant.
///
/// # Errors
/// [`InitError`]; no unit is left running then either.
pub async fn run(plan: Plan) -> Result<(), InitError> {
    let _held = plan.lock.as_deref().map(hold).transpose()?;
    become_init()?;
    make_directories(&plan)?;
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let mut child = signal(SignalKind::child())?;
    let mut parent = tokio::net::unix::pipe::Receiver::from_owned_fd(
        rustix::io::dup(io::stdin()).map_err(io::Error::from)?,
    )
    .ok();
    let now = Instant::now();
    let mut templates = Template::listen(&plan)?;
    let started = plan.units.iter().filter(|unit| unit.accepts.is_none());
    let mut lives: Vec<Life> = started.map(|unit| Life::new(unit.clone(), now)).collect();
    loop {
        start_due(&mut lives, &plan);
        write_status(&lives, &templates, &plan);
        let next = lives.iter().filter_map(|life| life.due).min();
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            () = end_of(&mut parent) => break,
            _ = child.recv() => {},
            () = at(next) => {},
            (at, link) = connection(&templates) => templates[at].start(link, &plan),
        }
        reap(&mut lives, &mut templates, &plan);
    }
    stop(&mut lives, &mut templates, &plan).await;
    write_status(&lives, &templates, &plan);
    Ok(())
}

impl Life {
    fn new(unit: Unit, now: Instant) -> Self {
        Self {
            unit,
            status: UnitStatus::default(),
            begun: now,
            pause: PAUSE,
            due: Some(now),
            patience: now + Duration::from_secs(5),
        }
    }

    fn ended(&mut self, how: String) {
        let now = Instant::now();
        self.pause = if self.begun.elapsed() > LONGEST_PAUSE * 2 {
            PAUSE
        } else {
            (self.pause * 2).min(LONGEST_PAUSE)
        };
        // The first restart comes after PAUSE; only what keeps dying young waits longer.
        self.due = Some(now + self.pause / 2);
        self.patience = now + Duration::from_secs(5);
        self.status.pid = None;
        self.status.last_end = Some(how);
    }
}

/// Takes a plan's lock; it lasts as long as the file stays open.
///
/// # Errors
/// [`InitError::Locked`] when another one has it.
pub fn hold(path: &Path) -> Result<File, InitError> {
    let fault = |source| InitError::Lock { path: path.to_owned(), source };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(fault)?;
    }
    let file =
        File::options().create(true).truncate(false).write(true).open(path).map_err(fault)?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(InitError::Locked(path.to_owned())),
        Err(error) => Err(fault(error.into())),
    }
}

fn become_init() -> io::Result<()> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    // No core file: a core would hold what the person typed. One byte as the most: the sandbox asks
    // for exactly that, because the kernel then also gives no core to a program that collects them.
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(1) };
    rustix::process::setrlimit(rustix::process::Resource::Core, none)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o007));
    Ok(())
}

fn make_directories(plan: &Plan) -> Result<(), InitError> {
    for directory in &plan.directories {
        let made = fs::create_dir_all(&directory.path)
            .and_then(|()| {
                std::os::unix::fs::chown(&directory.path, Some(directory.uid), Some(directory.gid))
            })
            .and_then(|()| {
                fs::set_permissions(&directory.path, Permissions::from_mode(directory.mode))
            });
        made.map_err(|source| InitError::Directory { path: directory.path.clone(), source })?;
    }
    Ok(())
}

fn start_due(lives: &mut [Life], plan: &Plan) {
    let now = Instant::now();
    for life in lives.iter_mut().filter(|life| life.due.is_some_and(|due| due <= now)) {
        if life.unit.after.as_ref().is_some_and(|path| !path.exists()) && now < life.patience {
            life.due = Some(now + LOOK);
            continue;
        }
        life.due = None;
        life.begun = now;
        life.status.starts += 1;
        match standard_input(&life.unit).and_then(|stdin| spawn(&life.unit, plan, stdin)) {
            Ok(pid) => life.status.pid = Some(pid),
            Err(error) => life.ended(format!("start: {error}")),
        }
    }
}

fn standard_input(unit: &Unit) -> io::Result<Stdio> {
    Ok(match &unit.stdin_socket {
        Some(socket) => Stdio::from(OwnedFd::from(UnixStream::connect(socket)?)),
        None => Stdio::null(),
    })
}

pub(super) fn spawn(unit: &Unit, plan: &Plan, stdin: Stdio) -> io::Result<i32> {
    let log = plan.log_dir.join(format!("{}.log", unit.log.as_ref().unwrap_or(&unit.name)));
    let log = File::options().create(true).append(true).mode(0o640).open(log)?;
    let line = unit.command_line();
    let (program, arguments) = line.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env("LANG", "C.UTF-8")
        .env("NO_COLOR", "1")
        .envs(&unit.environment)
        .current_dir("/")
        .stdin(stdin)
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    i32::try_from(child.id()).map_err(io::Error::other)
}

/// Every child that ended, units and the orphans a subreaper inherits alike.
fn reap(lives: &mut [Life], templates: &mut [Template], plan: &Plan) {
    while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
        let pid = pid.as_raw_nonzero().get();
        if let Some(life) = lives.iter_mut().find(|life| life.status.pid == Some(pid)) {
            life.ended(describe(status));
            clear_up(&life.unit, plan);
            templates
                .iter()
                .filter(|template| template.is_bound_to(&life.unit))
                .for_each(Template::kill);
        }
        templates.iter_mut().for_each(|template| template.reaped(pid, || describe(status)));
    }
}

/// What its unit calls after its end.
fn clear_up(unit: &Unit, plan: &Plan) {
    if unit.ended.is_empty() {
        return;
    }
    let mut last = unit.clone();
    last.argv.truncate(1);
    last.argv.append(&mut last.ended);
    if let Err(error) = spawn(&last, plan, Stdio::null()) {
        eprintln!("borne-init: after the end of {}: {error}", unit.name);
    }
}

fn describe(status: WaitStatus) -> String {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => format!("exit {code}"),
        (_, Some(signal)) => format!("signal {signal}"),
        _ => "?".to_owned(),
    }
}

/// SIGTERM in reverse order of start, SIGKILL after [`GRACE`]; then whatever they left, which is
/// ours by now.
async fn stop(lives: &mut [Life], templates: &mut [Template], plan: &Plan) {
    for life in lives.iter().rev() {
        kill(life.status.pid, Signal::TERM);
    }
    let deadline = Instant::now() + GRACE;
    loop {
        reap(lives, templates, plan);
        let left = children();
        if left.is_empty() {
            break;
        }
        if Instant::now() > deadline || lives.iter().all(|life| life.status.pid.is_none()) {
            left.iter().for_each(|pid| kill(Some(*pid), Signal::KILL));
        }
        sleep_until(Instant::now() + LOOK).await;
    }
}

pub(super) fn kill(pid: Option<i32>, signal: Signal) {
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        let _gone_already = rustix::process::kill_process(pid, signal);
    }
}

fn children() -> Vec<i32> {
    let me = std::process::id();
    let text = fs::read_to_string(format!("/proc/{me}/task/{me}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn write_status(lives: &[Life], templates: &[Template], plan: &Plan) {
    let lives = lives.iter().map(|life| (life.unit.name.clone(), life.status.clone()));
    let instances =
        templates.iter().map(|template| (template.name().to_owned(), template.status()));
    let status = Status { units: lives.chain(instances).collect() };
    if Status::read(&plan.status) == status {
        return;
    }
    let next = plan.status.with_extension("new");
    let written = serde_json::to_vec_pretty(&status)
        .map_err(io::Error::other)
        .and_then(|text| fs::write(&next, text));
    if let Err(error) = written.and_then(|()| fs::rename(&next, &plan.status)) {
        eprintln!("borne-init: write the status: {error}");
    }
}

/// The parent holds the other end of standard input; it writes nothing, so an end of file is its
/// death.
async fn end_of(parent: &mut Option<tokio::net::unix::pipe::Receiver>) {
    let Some(pipe) = parent else { return std::future::pending().await };
    let mut ignored = [0; 64];
    while pipe.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}
