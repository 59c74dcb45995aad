//! The serial line: a pseudo-terminal, a link that names it, and the pace of a real one.

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How the line behaves and who may open it.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineOptions {
    /// Bits per second; a byte takes ten of them. `None`: as fast as the machine.
    pub baud: Option<u32>,
    /// The user that may open the line.
    pub owner: Option<u32>,
}

/// A plugged-in line. Dropping it unplugs: the reader sees a hang-up and the name is gone.
pub struct Line {
    master: OwnedFd,
    /// Held open, so that the host closing its side is no hang-up for the chip.
    _slave: OwnedFd,
    link: PathBuf,
    byte: Duration,
    /// When the last byte that came will have come at the line's pace.
    received_until: Instant,
    /// When the last byte sent will have left.
    sent_until: Instant,
}

impl Line {
    /// Makes the pseudo-terminal and the symbolic link to it.
    ///
    /// # Errors
    /// The system's.
    pub fn plug(link: &Path, options: LineOptions) -> io::Result<Self> {
        let master =
            rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let name = Path::new(OsStr::from_bytes(name.as_bytes()));
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(name, flags, rustix::fs::Mode::empty())?;
        let mut settings = tcgetattr(&slave)?;
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings)?;
        if options.owner.is_some() {
            std::os::unix::fs::chown(name, options.owner, None)?;
        }
        let _ = std::fs::remove_file(link);
        std::os::unix::fs::symlink(name, link)?;
        let byte =
            options.baud.map_or(Duration::ZERO, |baud| Duration::from_secs(10) / baud.max(1));
        let now = Instant::now();
        Ok(Self {
            master,
            _slave: slave,
            link: link.to_owned(),
            byte,
            received_until: now,
            sent_until: now,
        })
    }

    /// For waiting until the host writes.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }

    /// What the host wrote, and when its last byte has come at the line's pace.
    pub fn receive(&mut self) -> (Instant, Vec<u8>) {
        let mut bytes = vec![0; 1024];
        let count = rustix::io::read(&self.master, &mut bytes[..]).unwrap_or(0);
        bytes.truncate(count);
        let length = self.byte * u32::try_from(count).unwrap_or(u32::MAX);
        self.received_until = self.received_until.max(Instant::now()) + length;
        (self.received_until, bytes)
    }

    /// When a message of this length, begun at `at`, has wholly left. Messages follow each other.
    pub fn reserve(&mut self, at: Instant, length: usize) -> Instant {
        self.sent_until =
            self.sent_until.max(at) + self.byte * u32::try_from(length).unwrap_or(u32::MAX);
        self.sent_until
    }

    /// Hands bytes to the host. A host that does not read loses them, as on a real line.
    pub fn deliver(&self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.master, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.link);
    }
}
