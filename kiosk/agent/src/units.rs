//! Whether the terminal's units are well, by systemd's word.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

const ANSWER: Duration = Duration::from_secs(10);
/// Reads the root to its last block, once a boot.
const ROOT_READ: &str = "borne-read-root.service";

/// No unit has failed or waits to be started again, and the whole root has been read; `false` also
/// when systemd does not say.
pub async fn good(systemctl: &Path) -> bool {
    // What is started again for ever never counts as failed.
    let states = "--state=failed,auto-restart";
    let Some(failed) =
        ask(systemctl, &["list-units", states, "--plain", "--no-legend", "--no-pager"]).await
    else {
        return false;
    };
    if !failed.status.success() {
        tracing::warn!(status = %failed.status, "systemctl did not say which units have failed");
        return false;
    }
    let failed = String::from_utf8_lossy(&failed.stdout).into_owned();
    for line in failed.lines() {
        tracing::warn!(
            unit = line.split_whitespace().next().unwrap_or_default(),
            "a unit has failed"
        );
    }
    let read = ask(systemctl, &["is-active", "--quiet", ROOT_READ]).await;
    failed.trim().is_empty() && read.is_some_and(|read| read.status.success())
}

async fn ask(systemctl: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(systemctl);
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    match timeout(ANSWER, command.output()).await {
        Ok(Ok(output)) => Some(output),
        Ok(Err(error)) => {
            tracing::warn!(%error, "systemctl cannot be asked");
            None
        }
        Err(_) => {
            tracing::warn!("systemctl did not answer");
            None
        }
    }
}
