//! What every process starts with: its log, and what it gives up before it reads a stranger's first
//! byte; and how it keeps a file.
//!
//! Duties: no new privileges, no dump, limits, the files and sockets it may name (Landlock), and
//! the system calls it may make (seccomp; the lists are in `syscalls/`). In that order, because
//! each step needs calls the next one takes away. Besides, memory that is freed is zeroised
//! (`memory`). Never: give anything back; carry on without a filter. A process that cannot be
//! confined must not start.
//!
//! Call [`Confinement::enter`] while there is one thread: both mechanisms bind the calling thread
//! and what it starts later. Why it is done so: docs/adr/0008-confinement.md.

#![forbid(unsafe_code)]

mod calls;
pub mod file;
mod files;
mod limits;
pub mod log;
mod memory;
mod process;

pub use process::Process;

use std::path::PathBuf;

/// Why a process cannot be confined.
#[derive(Debug, thiserror::Error)]
pub enum HardenError {
    /// A limit or a flag was refused.
    #[error("{operation}: {source}")]
    Process {
        /// What was tried.
        operation: &'static str,
        /// The system's reason.
        source: rustix::io::Errno,
    },
    /// A list of system calls does not say what this machine understands.
    #[error("system calls of {list}, line {line}: {problem}")]
    List {
        /// File in `syscalls/`.
        list: String,
        /// Counted from one.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The filter could not be made or installed.
    #[error("system call filter: {0}")]
    Filter(String),
    /// The files could not be closed off, although the kernel can do it.
    #[error("landlock: {0}")]
    Files(#[from] landlock::RulesetError),
}

/// Everything one process gives up: what its [`Process`] says, and the files it names here.
#[must_use = "nothing is given up before enter()"]
pub struct Confinement {
    process: Process,
    files: Option<files::Files>,
}

impl Confinement {
    /// Limits and system calls of `process`; every file stays reachable until one is named.
    pub fn of(process: Process) -> Self {
        Self { process, files: None }
    }

    /// This file, or all below this directory, may be read. Nothing happens when it does not exist.
    pub fn reads(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.get_or_insert_default().read.push(path.into());
        self
    }

    /// This program, or all below this directory, may be read and executed.
    pub fn executes(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.get_or_insert_default().execute.push(path.into());
        self
    }

    /// This device, or all below this directory, may be opened for reading and writing; nothing is
    /// made there.
    pub fn opens(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.get_or_insert_default().open.push(path.into());
        self
    }

    /// Files, directories and sockets below this directory may be made, written and removed.
    pub fn keeps(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.get_or_insert_default().keep.push(path.into());
        self
    }

    /// Gives it all up.
    ///
    /// # Errors
    /// [`HardenError`]: the process must end.
    pub fn enter(self) -> Result<(), HardenError> {
        limits::set(self.process)?;
        let landlock = match &self.files {
            Some(files) => files::close(self.process, files)?,
            None => "not used",
        };
        calls::filter(self.process)?;
        tracing::info!(process = self.process.name(), landlock, "confined");
        Ok(())
    }
}
