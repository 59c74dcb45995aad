//! The shell's turns: what has come from compositor and supervisor is done, what is to be sent is
//! sent, and then it waits for the next of it.

use crate::app::App;
use crate::error::ShellError;
use crate::supervisor::Supervisor;
use crate::wayland::Client;
use borne_harden::{Confinement, HardenError, Process};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::time::{Duration, Instant};
use wayland_client::Connection;
use wayland_client::backend::WaylandError;
use wayland_client::globals::registry_queue_init;

/// Goes on until the supervisor or the compositor is lost.
pub fn run(run_dir: &std::path::Path) -> Result<std::convert::Infallible, ShellError> {
    confine()?;
    let supervisor = Supervisor::connect(&borne_ipc::paths::supervisor_socket(run_dir))?;
    let connection = Connection::connect_to_env()?;
    let (globals, mut queue) = registry_queue_init::<Client>(&connection)?;
    let (globals, method) = Client::bind(&globals, &queue.handle())?;
    let (mut client, mut app) = (Client::default(), App::new(globals, method, supervisor)?);
    loop {
        queue.dispatch_pending(&mut client)?;
        while let Some(event) = client.next() {
            app.hear(event)?;
        }
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
