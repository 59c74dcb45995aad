//! What the program finds of a Pi in the file system: a device tree, and a `/dev` of its own with
//! all that is in the machine's.

use crate::{Board, fuse};
use rustix::fs::{Gid, Uid, chown};
use rustix::mount::{MountFlags, mount, mount_bind, mount_bind_recursive, mount_move};
use std::ffi::CString;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// The namespace, set up.
pub struct Stage {
    /// The file that the program maps as the registers.
    pub memory: PathBuf,
    /// `gpiomem` or `gpiomem0`.
    pub memory_name: &'static str,
    /// `gpiochipN`.
    pub chip_name: String,
    /// A Pi 5.
    pub pi5: bool,
}

const TREE: &str = "/sys/firmware/devicetree/base";

impl Stage {
    /// Sets it up below `directory`; no node is in `/dev` yet.
    pub fn set(directory: &Path, board: &Board) -> Self {
        tmpfs("/sys/firmware");
        fs::create_dir_all(TREE).unwrap();
        let names: &[u8] = if board.pi5 {
            b"raspberrypi,5-model-b\0brcm,bcm2712\0"
        } else {
            b"raspberrypi,4-model-b\0brcm,bcm2711\0"
        };
        fs::write(Path::new(TREE).join("compatible"), names).unwrap();
        lay_dev_anew(&directory.join("dev"));
        let memory_name = if board.pi5 { "gpiomem0" } else { "gpiomem" };
        let memory = directory.join("registers");
        // In a file system in memory, so that what is mapped and what is read are the same pages.
        fs::write(&memory, "").unwrap();
        mount_on_memory(&memory, if board.pi5 { 0x3_0000 } else { 0x1000 });
        Self { memory, memory_name, chip_name: format!("gpiochip{}", board.chip), pi5: board.pi5 }
    }

    /// Makes the node of the registers.
    pub fn make_memory(&self) {
        let node = Path::new("/dev").join(self.memory_name);
        fs::write(&node, "").unwrap();
        mount_bind(&self.memory, &node).unwrap();
    }

    /// Makes a node whose other side is ours.
    pub fn make_device(name: &str, group: u32) -> File {
        let node = Path::new("/dev").join(name);
        fs::write(&node, "").unwrap();
        fuse::mount(&node, group).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What the image's udev rule does where the kernel counts otherwise.
    pub fn link_chip(&self) {
        symlink(&self.chip_name, "/dev/gpiochip0").unwrap();
    }
}

fn tmpfs(at: impl AsRef<Path>) {
    let mode = CString::new("mode=755").unwrap();
    mount("tmpfs", at.as_ref(), "tmpfs", MountFlags::empty(), Some(mode.as_c_str())).unwrap();
}

/// `/dev` itself is one for the whole machine: nothing is made in it.
fn lay_dev_anew(dev: &Path) {
    fs::create_dir_all(dev).unwrap();
    tmpfs(dev);
    for entry in fs::read_dir("/dev").unwrap().flatten() {
        let (from, to) = (entry.path(), dev.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            symlink(fs::read_link(&from).unwrap(), &to).unwrap();
            continue;
        }
        if kind.is_dir() {
            fs::create_dir(&to).unwrap();
        } else {
            fs::write(&to, "").unwrap();
        }
        mount_bind_recursive(&from, &to).unwrap();
    }
    mount_move(dev, "/dev").unwrap();
}

/// Replaces the empty file by one of `size` bytes in memory, which the panel's user may open.
fn mount_on_memory(file: &Path, size: u64) {
    let beside = file.with_extension("memory");
    fs::create_dir_all(&beside).unwrap();
    tmpfs(&beside);
    let inner = beside.join("registers");
    File::create_new(&inner).unwrap().set_len(size).unwrap();
    let panel = borne_ipc::Role::Panel.uid();
    chown(&inner, Some(Uid::ROOT), Some(Gid::from_raw(panel))).unwrap();
    fs::set_permissions(&inner, Permissions::from_mode(0o660)).unwrap();
    mount_bind(&inner, file).unwrap();
}
