//! The kernel's own doors: new namespaces and mounts, and the calls exploits of the kernel begin
//! with. Where a call would do something as root, its arguments make it fail behind the check of
//! rights.

use crate::raw::{call, clone_and_end, reached};
use crate::{Attempt, Outcome};
use std::fs::File;
use std::os::fd::AsRawFd as _;

/// In the order in which they are tried.
pub const ATTEMPTS: &[Attempt] = &[
    ("kernel: a new user namespace by unshare", |_| {
        raw(libc::SYS_unshare, [libc::CLONE_NEWUSER as usize, 0, 0, 0, 0, 0])
    }),
    ("kernel: a new user namespace by clone", |_| {
        clone_and_end(libc::CLONE_NEWUSER as usize).into()
    }),
    ("kernel: a new user namespace by clone3", |_| clone3()),
    ("kernel: enter another namespace", |_| setns()),
    ("kernel: mount a file system", |_| mount()),
    ("kernel: open a tree of mounts", |_| open_tree()),
    ("kernel: load a program into it (bpf)", |_| bpf()),
    ("kernel: load a module", |_| raw(libc::SYS_init_module, [0; 6])),
    ("kernel: remove a module", |_| {
        raw(libc::SYS_delete_module, [c"no_such_module".as_ptr() as usize, 0, 0, 0, 0, 0])
    }),
    ("kernel: load another kernel", |_| raw(libc::SYS_kexec_load, [0, 1 << 20, 0, 0, 0, 0])),
    ("kernel: performance counters", |_| perf()),
    ("kernel: userfaultfd", |_| {
        raw(libc::SYS_userfaultfd, [libc::O_CLOEXEC as usize, 0, 0, 0, 0, 0])
    }),
    ("kernel: io_uring", |_| io_uring()),
    ("kernel: keyrings", |_| raw(libc::SYS_keyctl, [0, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0, 0])),
    ("kernel: add a key", |_| add_key()),
    ("kernel: read its log", |_| raw(libc::SYS_syslog, [10, 0, 0, 0, 0, 0])),
    ("kernel: set the clock", |_| set_clock()),
    ("kernel: reboot", |_| raw(libc::SYS_reboot, [0; 6])),
    ("kernel: swap", |_| {
        raw(libc::SYS_swapoff, [c"/no/such/swap".as_ptr() as usize, 0, 0, 0, 0, 0])
    }),
    ("kernel: open a file by handle", |_| raw(libc::SYS_open_by_handle_at, [0, 0, 0, 0, 0, 0])),
    ("kernel: type into a terminal (TIOCSTI)", |_| tiocsti()),
];

const KEY_SPEC_PROCESS_KEYRING: usize = (-2_isize) as usize;

fn raw(number: i64, arguments: [usize; 6]) -> Outcome {
    reached(call(number, arguments)).into()
}

fn clone3() -> Outcome {
    // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls.
    let arguments = [libc::CLONE_NEWUSER as u64, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    let child =
        call(libc::SYS_clone3, [arguments.as_ptr() as usize, size_of_val(&arguments), 0, 0, 0, 0]);
    if matches!(child, Ok(0)) {
        std::process::exit(0);
    }
    child.into()
}

fn setns() -> Outcome {
    let own = File::open("/proc/self/ns/uts").map_err(|error| error.to_string());
    own.and_then(|own| reached(call(libc::SYS_setns, [own.as_raw_fd() as usize, 0, 0, 0, 0, 0])))
        .into()
}

fn mount() -> Outcome {
    let (kind, at) = (c"tmpfs".as_ptr() as usize, c"/tmp".as_ptr() as usize);
    let mounted = reached(call(libc::SYS_mount, [kind, at, kind, 0, 0, 0]));
    let _undone = call(libc::SYS_umount2, [at, libc::MNT_DETACH as usize, 0, 0, 0, 0]);
    mounted.into()
}

fn open_tree() -> Outcome {
    const CLONE: usize = 1;
    let arguments = [libc::AT_FDCWD as usize, c"/".as_ptr() as usize, CLONE, 0, 0, 0];
    call(libc::SYS_open_tree, arguments).map(|fd| format!("tree {fd}")).into()
}

fn bpf() -> Outcome {
    // BPF_MAP_CREATE of an array of one: type, key size, value size, entries.
    let map = [2_u32, 4, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    raw(libc::SYS_bpf, [0, map.as_ptr() as usize, size_of_val(&map), 0, 0, 0])
}

fn perf() -> Outcome {
    // struct perf_event_attr: PERF_TYPE_SOFTWARE, its size, PERF_COUNT_SW_CPU_CLOCK; of all
    // processes on processor 0.
    let mut event = [0_u32; 32];
    event[..2].copy_from_slice(&[1, 128]);
    raw(libc::SYS_perf_event_open, [event.as_ptr() as usize, usize::MAX, 0, usize::MAX, 0, 0])
}

fn io_uring() -> Outcome {
    let parameters = [0_u32; 30];
    raw(libc::SYS_io_uring_setup, [1, parameters.as_ptr() as usize, 0, 0, 0, 0])
}

fn add_key() -> Outcome {
    let (kind, name) = (c"user".as_ptr() as usize, c"borne-intruder".as_ptr() as usize);
    raw(libc::SYS_add_key, [kind, name, name, 4, KEY_SPEC_PROCESS_KEYRING, 0])
}

/// To the time that it is.
fn set_clock() -> Outcome {
    let mut now = [0_i64; 2];
    match call(libc::SYS_clock_gettime, [0, now.as_mut_ptr() as usize, 0, 0, 0, 0]) {
        Ok(_) => raw(libc::SYS_clock_settime, [0, now.as_ptr() as usize, 0, 0, 0, 0]),
        Err(error) => Outcome::Absent(error.to_string()),
    }
}

fn tiocsti() -> Outcome {
    let terminal = match File::options().read(true).write(true).open("/dev/ptmx") {
        Ok(terminal) => terminal,
        Err(error) => return Outcome::Refused(format!("no terminal: {error}")),
    };
    let letter = b"x";
    let request = libc::TIOCSTI as usize;
    call(
        libc::SYS_ioctl,
        [terminal.as_raw_fd() as usize, request, letter.as_ptr() as usize, 0, 0, 0],
    )
    .map(|_| "typed")
    .into()
}
