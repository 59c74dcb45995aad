//! kiosk-shell: everything on the terminal's screen that the person may trust.
//!
//! Duties: draw the screen the supervisor orders, on surfaces no page can cover; report what is
//! pressed, and whether anybody is there; be the on-screen keyboard; say when a screen has replaced
//! the one before in every buffer. Never: decide (a press is reported, the supervisor answers with
//! a screen), use the network, keep a PIN longer than its six digits take to type, log what is
//! typed or a name, go on without supervisor or compositor.

mod app;
mod canvas;
mod drawing;
mod error;
mod input;
mod pin;
mod provision;
mod rest;
mod stage;
mod supervisor;
mod surface;
mod typing;
mod ui;
mod wayland;

use app::App;
use borne_harden::{Confinement, HardenError, Process};
use error::ShellError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use supervisor::Supervisor;
use tracing_subscriber::EnvFilter;
use wayland_client::Connection;
use wayland_client::backend::WaylandError;
use wayland_client::globals::registry_queue_init;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("BORNE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let run_dir =
        PathBuf::from(std::env::var_os("BORNE_RUN").unwrap_or_else(|| "/run/borne".into()));
    let Err(error) = run(&run_dir);
    tracing::error!(%error, "the shell ends");
    ExitCode::FAILURE
}

fn run(run_dir: &std::path::Path) -> Result<std::convert::Infallible, ShellError> {
    confine()?;
    let supervisor = Supervisor::connect(&borne_ipc::paths::supervisor_socket(run_dir))?;
    let connection = Connection::connect_to_env()?;
    let (globals, mut queue) = registry_queue_init::<App>(&connection)?;
    let mut app = App::new(&globals, &queue.handle(), supervisor)?;
    loop {
        queue.dispatch_pending(&mut app)?;
        slint::platform::update_timers_and_animations();
        app.turn()?;
        let unsent = would_block(queue.flush())?;
        let Some(reading) = queue.prepare_read() else { continue };
        let (compositor, supervisor) = wait(&reading.connection_fd(), unsent, &app)?;
        if compositor {
            would_block(reading.read())?;
        } else {
            drop(reading);
        }
        if supervisor {
            app.receive()?;
        }
    }
}

/// Before anybody speaks to it: it reads fonts and the time zone, and has no other business with
/// files.
fn confine() -> Result<(), HardenError> {
    let shell = Confinement::of(Process::Shell).reads("/usr").reads("/var/cache/fontconfig");
    shell
        .reads("/etc/fonts")
        .reads("/etc/localtime")
        .reads("/etc/timezone")
        .opens("/dev/null")
        .enter()
}

/// A compositor that is busy, with a screen that changes its size for instance, takes nothing for a
/// moment: no failure.
fn would_block<T>(done: Result<T, WaylandError>) -> Result<bool, ShellError> {
    match done {
        Ok(_) => Ok(false),
        Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Waits for the compositor (also until it takes what is `unsent`), the supervisor or the next
/// thing due; tells which of the two has something to read.
fn wait(
    compositor: &impl std::os::fd::AsFd,
    unsent: bool,
    app: &App,
) -> Result<(bool, bool), ShellError> {
    let now = Instant::now();
    let timers = slint::platform::duration_until_next_timer_update().map(|left| now + left);
    let due = timers.into_iter().chain(app.wake_at(now)).min();
    let timeout = due.map(|due| due.saturating_duration_since(now) + Duration::from_micros(100));
    let timeout = timeout.and_then(|left| Timespec::try_from(left).ok());
    let wanted = if unsent { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let mut fds = [PollFd::new(compositor, wanted), PollFd::new(app.supervisor(), PollFlags::IN)];
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {
            Ok((fds[0].revents().intersects(!PollFlags::OUT), !fds[1].revents().is_empty()))
        }
        Err(errno) => Err(ShellError::Wait(errno)),
    }
}
