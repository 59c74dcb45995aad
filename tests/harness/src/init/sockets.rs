//! Units that a connection starts, as systemd does with `Accept=yes`: an instance each, with the
//! connection as its standard input, killed with the unit it is bound to.
//!
//! Never: start an instance again; look at what is said on a connection.

use super::plan::{Plan, Socket, Unit, UnitStatus};
use super::units::{InitError, kill, spawn};
use rustix::process::Signal;
use std::fs::{self, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Stdio;
use std::task::Poll;
use tokio::net::{UnixListener, UnixStream};

/// A unit with a socket, and its instances.
pub struct Template {
    unit: Unit,
    listener: UnixListener,
    instances: Vec<i32>,
    starts: u32,
    last_end: Option<String>,
}

impl Template {
    /// The sockets of the plan, all of them listening.
    pub fn listen(plan: &Plan) -> Result<Vec<Self>, InitError> {
        let with_socket = plan.units.iter().filter_map(|unit| Some((unit, unit.accepts.as_ref()?)));
        let listening = with_socket.map(|(unit, socket)| {
            let listener = bind(socket)
                .map_err(|source| InitError::Listen { path: socket.path.clone(), source })?;
            Ok(Self {
                unit: unit.clone(),
                listener,
                instances: Vec::new(),
                starts: 0,
                last_end: None,
            })
        });
        listening.collect()
    }

    /// An instance for this connection.
    pub fn start(&mut self, link: UnixStream, plan: &Plan) {
        self.starts += 1;
        // A program does not expect its standard input to be non-blocking.
        let link = link.into_std().and_then(|link| link.set_nonblocking(false).map(|()| link));
        match link.and_then(|link| spawn(&self.unit, plan, Stdio::from(OwnedFd::from(link)))) {
            Ok(pid) => self.instances.push(pid),
            Err(error) => self.last_end = Some(format!("start: {error}")),
        }
    }

    /// This process is gone; nothing happens when it was no instance.
    pub fn reaped(&mut self, pid: i32, how: impl FnOnce() -> String) {
        if let Some(at) = self.instances.iter().position(|instance| *instance == pid) {
            self.instances.swap_remove(at);
            self.last_end = Some(how());
        }
    }

    /// Whether its instances end with this unit.
    pub fn is_bound_to(&self, unit: &Unit) -> bool {
        self.unit.bound_to.as_ref() == Some(&unit.name)
    }

    /// Every instance.
    pub fn kill(&self) {
        self.instances.iter().for_each(|pid| kill(Some(*pid), Signal::KILL));
    }

    /// Of the unit.
    pub fn name(&self) -> &str {
        &self.unit.name
    }

    /// The youngest instance, and how many there were.
    pub fn status(&self) -> UnitStatus {
        UnitStatus {
            pid: self.instances.last().copied(),
            starts: self.starts,
            last_end: self.last_end.clone(),
        }
    }
}

fn bind(socket: &Socket) -> io::Result<UnixListener> {
    let _none_there = fs::remove_file(&socket.path);
    let listener = UnixListener::bind(&socket.path)?;
    chown(&socket.path, Some(socket.uid), Some(socket.uid))?;
    fs::set_permissions(&socket.path, Permissions::from_mode(socket.mode))?;
    Ok(listener)
}

/// The next connection to any of them; never, when there are none.
pub async fn connection(templates: &[Template]) -> (usize, UnixStream) {
    std::future::poll_fn(|context| {
        for (at, template) in templates.iter().enumerate() {
            match template.listener.poll_accept(context) {
                Poll::Ready(Ok((link, _))) => return Poll::Ready((at, link)),
                Poll::Ready(Err(error)) => {
                    eprintln!("borne-init: accept for {}: {error}", template.unit.name);
                    context.waker().wake_by_ref();
                }
                Poll::Pending => {}
            }
        }
        Poll::Pending
    })
    .await
}
