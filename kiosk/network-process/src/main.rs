//! kiosk-network-process: stands where WebKit looks for its network process, gives everything up
//! that one does not need, and becomes it.
//!
//! WebKit puts its web processes into a sandbox, but not the process that speaks to servers and
//! keeps cookies, caches and databases. In the cage, this program is bound over WebKit's; WebKit's
//! own is at [`WEBKITS`].
//!
//! Duties: confine itself, execute. Never: read what WebKit passes on (the arguments and the socket
//! are not its own); start WebKit's program unconfined.

#![forbid(unsafe_code)]

use borne_harden::{Confinement, HardenError, Process, log};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Where the cage has bound WebKit's own program.
const WEBKITS: &str = "/opt/borne/WebKitNetworkProcess";
/// The loaders of the two architectures: to the kernel they are programs.
const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

fn main() -> ExitCode {
    log::start(std::env::var("BORNE_LOG").ok().as_deref());
    if let Err(error) = confine() {
        tracing::error!(%error, "the network process cannot be confined");
        return ExitCode::FAILURE;
    }
    let error = Command::new(WEBKITS).args(std::env::args_os().skip(1)).exec();
    tracing::error!(%error, "{WEBKITS} does not start");
    ExitCode::FAILURE
}

/// It reads the system's files and writes the session's; what it may execute is WebKit's own
/// program.
fn confine() -> Result<(), HardenError> {
    let process = Confinement::of(Process::NetworkProcess).executes(WEBKITS).opens("/dev");
    let process = LOADERS.into_iter().fold(process, Confinement::executes);
    let process = ["/usr", "/etc", "/proc", "/sys"].into_iter().fold(process, Confinement::reads);
    ["/home/agent", "/tmp", "/run", "/dev/shm"]
        .into_iter()
        .fold(process, Confinement::keeps)
        .enter()
}
