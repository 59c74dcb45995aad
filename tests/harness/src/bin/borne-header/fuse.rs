//! A file whose other side is a function of ours: the raw FUSE protocol (fuse(4),
//! `include/uapi/linux/fuse.h`), with one regular file as the root of the mount.

use rustix::mount::{MountFlags, mount as mount_fs};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;

/// What the program wants.
pub enum Ask<'a> {
    /// One write, whole.
    Write(&'a [u8]),
    /// So many bytes.
    Read(usize),
    /// ioctl(2): the command, its third argument as it is, the caller, and whether an answer is
    /// copied to it.
    Ioctl {
        /// `cmd`.
        command: u32,
        /// Number or address.
        argument: u64,
        /// In our pid namespace.
        pid: u32,
    },
}

/// Bytes for the program, or an errno.
pub type Answer = Result<Vec<u8>, i32>;

const GETATTR: u32 = 3;
const SETATTR: u32 = 4;
const FORGET: u32 = 2;
const OPEN: u32 = 14;
const READ: u32 = 15;
const WRITE: u32 = 16;
const RELEASE: u32 = 18;
const FSYNC: u32 = 20;
const FLUSH: u32 = 25;
const INIT: u32 = 26;
const INTERRUPT: u32 = 36;
const IOCTL: u32 = 39;
const BATCH_FORGET: u32 = 42;

/// Mounts it over the file `at`; root and `group` may open it.
pub fn mount(at: &Path, group: u32) -> io::Result<File> {
    let file = File::options().read(true).write(true).open("/dev/fuse")?;
    let data = format!(
        "fd={},rootmode=100000,user_id=0,group_id={group},allow_other,default_permissions",
        file.as_raw_fd()
    );
    let data = CString::new(data)?;
    let flags = MountFlags::NOSUID | MountFlags::NOATIME;
    mount_fs("header", at, "fuse", flags, Some(data.as_c_str()))?;
    Ok(file)
}

/// Serves until the mount is gone.
pub fn serve(mut file: &File, group: u32, mut answer: impl FnMut(Ask<'_>) -> Answer) {
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINTR | libc::ENOENT)) => {
                continue;
            }
            Err(_) => return,
        };
        let ask = &buffer[..count];
        let (operation, unique) = (u32_at(ask, 4), &ask[8..16]);
        let Some(reply) = reply(operation, u32_at(ask, 32), &ask[40..], group, &mut answer) else {
            continue;
        };
        let (error, data) = match reply {
            Ok(data) => (0, data),
            Err(errno) => (-errno, Vec::new()),
        };
        let length = u32::try_from(16 + data.len()).unwrap().to_ne_bytes();
        let out = [&length, &error.to_ne_bytes(), unique, &data].concat();
        // The program may have gone meanwhile.
        let _interrupted = file.write(&out);
    }
}

/// `None` where no answer is wanted.
fn reply(
    operation: u32,
    pid: u32,
    body: &[u8],
    group: u32,
    answer: &mut impl FnMut(Ask<'_>) -> Answer,
) -> Option<Answer> {
    Some(match operation {
        INIT => Ok(init()),
        GETATTR | SETATTR => Ok(attributes(group)),
        // Direct, without seeking.
        OPEN => Ok([7_u64.to_ne_bytes(), 5_u64.to_ne_bytes()].concat()),
        READ => answer(Ask::Read(u32_at(body, 16) as usize)),
        WRITE => {
            let size = u32_at(body, 16);
            let written = answer(Ask::Write(&body[40..40 + size as usize]));
            written.map(|_| u64::from(size).to_ne_bytes().to_vec())
        }
        IOCTL => {
            let (command, room) = (u32_at(body, 12), u32_at(body, 28) as usize);
            let argument = u64::from_ne_bytes(body[16..24].try_into().unwrap());
            answer(Ask::Ioctl { command, argument, pid }).map(|mut data| {
                data.truncate(room);
                [vec![0; 16], data].concat()
            })
        }
        RELEASE | FSYNC | FLUSH => Ok(Vec::new()),
        FORGET | BATCH_FORGET | INTERRUPT => return None,
        _ => Err(libc::ENOSYS),
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Protocol 7.31; 12 requests may wait, writes of 64 KiB.
fn init() -> Vec<u8> {
    let mut out: Vec<u8> = [7_u32, 31, 0, 0].into_iter().flat_map(u32::to_ne_bytes).collect();
    out.extend([12_u16, 9].into_iter().flat_map(u16::to_ne_bytes));
    out.extend([65_536_u32, 1].into_iter().flat_map(u32::to_ne_bytes));
    out.resize(64, 0);
    out
}

/// `fuse_attr_out` of a regular file with mode 0660.
fn attributes(group: u32) -> Vec<u8> {
    let mut out = vec![0; 16];
    out.extend([1_u64, 0, 0, 0, 0, 0].into_iter().flat_map(u64::to_ne_bytes));
    let mode = libc::S_IFREG | 0o660;
    out.extend([0_u32, 0, 0, mode, 1, 0, group, 0, 4096, 0].into_iter().flat_map(u32::to_ne_bytes));
    out
}
