//! Whether a unit of the terminal has failed, by systemd's word.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

const ANSWER: Duration = Duration::from_secs(10);

/// `false` also when systemd does not say.
pub async fn good(systemctl: &Path) -> bool {
    let mut command = Command::new(systemctl);
    command.args(["list-units", "--state=failed", "--plain", "--no-legend", "--no-pager"]);
    command.env_clear().stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    match timeout(ANSWER, command.output()).await {
        Ok(Ok(output)) if output.status.success() => {
            let failed = String::from_utf8_lossy(&output.stdout);
            for line in failed.lines() {
                tracing::warn!(unit = line.split_whitespace().next().unwrap_or_default(), "a unit has failed");
            }
            failed.trim().is_empty()
        }
        Ok(Ok(output)) => {
            tracing::warn!(status = %output.status, "systemctl did not say which units have failed");
            false
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "systemctl cannot be asked");
            false
        }
        Err(_) => {
            tracing::warn!("systemctl did not answer");
            false
        }
    }
}
