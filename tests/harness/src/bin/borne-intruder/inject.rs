//! Makes a running process make one system call: what an exploit inside it would do, done from
//! outside by root with ptrace(2). The process is stopped in a call it waits in; it makes ours
//! instead, and goes on waiting.
//!
//! x86-64 only: registers and the instruction are the processor's.

use crate::raw::call;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

const SEIZE: usize = 0x4206;
const INTERRUPT: usize = 0x4207;
const SINGLESTEP: usize = 9;
const DETACH: usize = 17;
const GET_REGISTERS: usize = 12;
const SET_REGISTERS: usize = 13;
/// `struct user_regs_struct` of <sys/user.h>: places in it.
const RAX: usize = 10;
const ORIG_RAX: usize = 15;
const RIP: usize = 16;
const RSP: usize = 19;
/// Registers of the arguments, in order: rdi, rsi, rdx, r10, r8, r9.
const ARGUMENTS: [usize; 6] = [14, 13, 12, 7, 9, 8];
const SYSCALL: [u8; 2] = [0x0f, 0x05];
/// Room the compiler may use below the stack pointer, and our texts below that.
const BELOW: u64 = 1024;

type Registers = [u64; 27];

/// A call by its name; the ones the tests need.
pub fn number(name: &str) -> Option<i64> {
    let known = [
        ("bpf", libc::SYS_bpf),
        ("execve", libc::SYS_execve),
        ("getpid", libc::SYS_getpid),
        ("mount", libc::SYS_mount),
        ("openat", libc::SYS_openat),
        ("socket", libc::SYS_socket),
        ("unshare", libc::SYS_unshare),
    ];
    known.into_iter().find(|(known, _)| *known == name).map(|(_, number)| number)
}

/// What the kernel answered to process `pid`: a result, or minus an error's number. An argument is
/// a number or, after `@`, a text.
pub fn inject(pid: usize, number: i64, arguments: &[String]) -> io::Result<i64> {
    ptrace(SEIZE, pid, 0, 0)?;
    ptrace(INTERRUPT, pid, 0, 0)?;
    wait(pid)?;
    let memory = File::options().read(true).write(true).open(format!("/proc/{pid}/mem"))?;
    let mut before: Registers = [0; 27];
    ptrace(GET_REGISTERS, pid, 0, before.as_mut_ptr() as usize)?;
    let mut instruction = [0; 2];
    memory.read_exact_at(&mut instruction, before[RIP] - 2)?;
    if instruction != SYSCALL {
        return Err(io::Error::other("it does not wait in a system call"));
    }
    let mut ours = before;
    ours[RIP] = before[RIP] - 2;
    ours[RAX] = number.unsigned_abs();
    // No call is under way: the kernel must not restart the interrupted one with our registers.
    ours[ORIG_RAX] = u64::MAX;
    for (place, argument) in ARGUMENTS.into_iter().zip(arguments) {
        ours[place] = match argument.strip_prefix('@') {
            Some(text) => {
                memory.write_all_at(&[text.as_bytes(), &[0]].concat(), before[RSP] - BELOW)?;
                before[RSP] - BELOW
            }
            None => argument.parse::<i64>().map_err(io::Error::other)? as u64,
        };
    }
    ptrace(SET_REGISTERS, pid, 0, ours.as_ptr() as usize)?;
    ptrace(SINGLESTEP, pid, 0, 0)?;
    wait(pid)?;
    let mut after: Registers = [0; 27];
    ptrace(GET_REGISTERS, pid, 0, after.as_mut_ptr() as usize)?;
    ptrace(SET_REGISTERS, pid, 0, before.as_ptr() as usize)?;
    ptrace(DETACH, pid, 0, 0)?;
    Ok(after[RAX].cast_signed())
}

fn ptrace(request: usize, pid: usize, address: usize, data: usize) -> io::Result<usize> {
    call(libc::SYS_ptrace, [request, pid, address, data, 0, 0])
}

/// Until it stops; an error when it ended instead.
fn wait(pid: usize) -> io::Result<()> {
    let mut status = 0_i32;
    call(libc::SYS_wait4, [pid, (&raw mut status) as usize, libc::__WALL as usize, 0, 0, 0])?;
    if libc::WIFSTOPPED(status) {
        Ok(())
    } else {
        Err(io::Error::other(format!("it ended, signal {}", libc::WTERMSIG(status))))
    }
}
