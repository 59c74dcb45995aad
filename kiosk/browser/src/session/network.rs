//! WebKit's network process, which holds the session's cookies. When it dies WebKit starts another
//! one without a word, and the agent sits before a page that has lost its login: so its death is
//! watched here.
//!
//! Never: a signal to it.

use gtk::glib::{self, ControlFlow, IOCondition};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};

/// Its name, of which the kernel keeps 15 bytes (proc(5), comm).
const NAME: &str = "WebKitNetworkPr";

/// Calls `died` once when the present network process has ended; false when there is none to watch.
pub fn watch(died: impl FnOnce() + 'static) -> bool {
    let Some(process) = present() else { return false };
    let mut died = Some(died);
    let raw = process.as_raw_fd();
    // A pidfd becomes readable when its process ends (pidfd_open(2)).
    glib::source::unix_fd_add_local(raw, IOCondition::IN, move |_, _| {
        let _kept_open = &process;
        if let Some(died) = died.take() {
            died();
        }
        ControlFlow::Break
    });
    true
}

/// The cage's own /proc shows the cage's processes only.
fn present() -> Option<OwnedFd> {
    let pids = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let named = |pid: &i32| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim_end() == NAME)
    };
    let pid = Pid::from_raw(pids.into_iter().find(named)?)?;
    pidfd_open(pid, PidfdFlags::empty()).ok()
}
