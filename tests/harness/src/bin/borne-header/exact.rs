//! Every store to the registers that set and clear pins, in its order and none lost: watchpoints of
//! the processor, by ptrace(2). On x86-64; elsewhere the pins are looked at each half millisecond,
//! which loses the first of two stores to one register between two looks.

use crate::pins::Pins;
use std::sync::Arc;

#[cfg(target_arch = "x86_64")]
pub use x86_64::watch;

/// Nothing to do.
#[cfg(not(target_arch = "x86_64"))]
pub fn watch(_: u32, _: &str, _: &Arc<Pins>) {}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::{Arc, Pins};
    use nix::sys::ptrace::{self, Options};
    use nix::sys::signal::Signal;
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    use nix::unistd::Pid;
    use std::fs;
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;

    /// Debug register 7: registers 0 and 1 on, four bytes each, told of stores (Intel SDM 3B, 18.2.4).
    const STORES: i64 = 0b1101 << 16 | 0b1101 << 20 | 0b101;

    /// Watches a program that waits in a call to us, and has mapped the registers just before.
    pub fn watch(pid: u32, memory: &str, pins: &Arc<Pins>) {
        let Some(base) = mapped_at(pid, memory) else { return };
        let pins = Arc::clone(pins);
        let (ready, wait) = mpsc::channel();
        std::thread::spawn(move || {
            let pid = Pid::from_raw(i32::try_from(pid).unwrap());
            // It stops once the call it is in was answered.
            let held = ptrace::seize(pid, Options::PTRACE_O_TRACECLONE)
                .and_then(|()| ptrace::interrupt(pid));
            if held.is_ok() {
                pins.watched.fetch_add(1, Ordering::SeqCst);
            }
            ready.send(()).unwrap();
            if held.is_ok() {
                follow(pid, base, &pins);
                pins.look();
                pins.watched.fetch_sub(1, Ordering::SeqCst);
            }
        });
        let _ended = wait.recv();
    }

    fn mapped_at(pid: u32, memory: &str) -> Option<u64> {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
        // The pages that are shared with us.
        let line = maps.lines().find(|line| line.contains("rw-s") && line.ends_with(memory))?;
        u64::from_str_radix(line.split('-').next()?, 16).ok()
    }

    /// Until the program has ended.
    fn follow(program: Pid, base: u64, pins: &Pins) {
        let mut known = Vec::new();
        let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            let status = match waitpid(None, Some(flags)) {
                Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..))
                    if pid == program =>
                {
                    return;
                }
                Ok(status) => status,
                Err(nix::errno::Errno::EINTR) => continue,
                Err(_) => return,
            };
            let Some(thread) = status.pid() else { continue };
            if matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..)) {
                continue;
            }
            if !known.contains(&thread) {
                known.push(thread);
                for (register, value) in
                    [(0, base + pins.set), (1, base + pins.clear), (7, STORES.cast_unsigned())]
                {
                    poke(thread, register, value.cast_signed());
                }
            }
            let mut pass = None;
            match status {
                WaitStatus::Stopped(_, Signal::SIGTRAP) => {
                    pins.look();
                    poke(thread, 6, 0);
                }
                WaitStatus::Stopped(_, signal) => pass = Some(signal),
                _ => {}
            }
            let _gone = ptrace::cont(thread, pass);
        }
    }

    fn poke(thread: Pid, register: usize, value: i64) {
        let at = std::mem::offset_of!(libc::user, u_debugreg) + 8 * register;
        if let Err(error) = ptrace::write_user(thread, std::ptr::without_provenance_mut(at), value)
        {
            eprintln!("borne-header: debug register {register}: {error}");
        }
    }
}
