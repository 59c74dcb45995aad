//! RAUC, by its command line: `info` runs as this user, everything else is asked of RAUC's service
//! over D-Bus.
//!
//! Duties: words to RAUC, its answers to types. Never: a decision; a shell.

use crate::machine::{Bundle, InstallError};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// A question that needs no bundle.
const ANSWER: Duration = Duration::from_secs(30);
/// The manifest of a bundle, over a slow line.
const INSPECT: Duration = Duration::from_secs(120);
/// A whole bundle, over a slow line.
const INSTALL: Duration = Duration::from_secs(6 * 3600);
/// What RAUC says, at most; the rest is not read into memory.
const MAX_SAID: u64 = 1024 * 1024;

/// RAUC cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum RaucError {
    /// Not started, or not ended in time.
    #[error("rauc {what}: {source}")]
    Run {
        /// Its command.
        what: &'static str,
        source: std::io::Error,
    },
    /// It said no.
    #[error("rauc {what}: {said}")]
    Said {
        /// Its command.
        what: &'static str,
        /// The last line of its standard error.
        said: String,
    },
    /// Its answer is of another shape.
    #[error("rauc {what}: its answer is not understood ({source})")]
    Shape {
        /// Its command.
        what: &'static str,
        source: serde_json::Error,
    },
}

/// `rauc info --output-format=json`, as far as it matters.
#[derive(Deserialize)]
struct Info {
    compatible: String,
    version: String,
    /// Of the manifest; RAUC 1.11 and later.
    #[serde(default)]
    hash: Option<String>,
}

/// `rauc status --detailed --output-format=json`, as far as it matters.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    /// What bundles fit.
    pub compatible: String,
    /// `bootname` of the running slot.
    pub booted: String,
    boot_primary: Option<String>,
    slots: Vec<HashMap<String, SlotLine>>,
}

#[derive(Clone, Debug, Deserialize)]
struct SlotLine {
    bootname: Option<String>,
    #[serde(default)]
    slot_status: Option<SlotStatus>,
}

#[derive(Clone, Debug, Deserialize)]
struct SlotStatus {
    #[serde(default)]
    bundle: Option<InstalledBundle>,
}

#[derive(Clone, Debug, Deserialize)]
struct InstalledBundle {
    version: Option<String>,
}

impl Status {
    fn bootable(&self) -> impl Iterator<Item = (&String, &SlotLine)> {
        self.slots.iter().flatten().filter(|(_, slot)| slot.bootname.is_some())
    }

    /// Whether the bootloader leads to another slot than the one that runs.
    pub fn other_is_next(&self) -> bool {
        let primary = self.boot_primary.as_ref();
        self.bootable().any(|(name, slot)| {
            Some(name) == primary && slot.bootname.as_ref() != Some(&self.booted)
        })
    }

    /// The version that was written to the other slot.
    pub fn written(&self) -> Option<&str> {
        let other =
            self.bootable().find(|(_, slot)| slot.bootname.as_ref() != Some(&self.booted))?.1;
        other.slot_status.as_ref()?.bundle.as_ref()?.version.as_deref()
    }
}

/// RAUC's program.
#[derive(Clone)]
pub struct Rauc {
    program: PathBuf,
    /// Through which it looks at bundles; curl's spelling.
    proxy: Option<String>,
}

impl Rauc {
    /// At this place.
    pub fn at(program: &Path, proxy: Option<&str>) -> Self {
        Self { program: program.to_owned(), proxy: proxy.map(str::to_owned) }
    }

    /// The slots.
    ///
    /// # Errors
    /// [`RaucError`].
    pub async fn status(&self) -> Result<Status, RaucError> {
        let text =
            self.ask("status", &["status", "--detailed", "--output-format=json"], ANSWER).await?;
        serde_json::from_str(&text).map_err(|source| RaucError::Shape { what: "status", source })
    }

    /// The running slot is good.
    ///
    /// # Errors
    /// [`RaucError`].
    pub async fn mark_good(&self) -> Result<(), RaucError> {
        self.ask("mark-good", &["status", "mark-good", "booted"], ANSWER).await.map(drop)
    }

    /// The running slot is bad: nobody starts it again.
    ///
    /// # Errors
    /// [`RaucError`].
    pub async fn mark_bad(&self) -> Result<(), RaucError> {
        self.ask("mark-bad", &["status", "mark-bad", "booted"], ANSWER).await.map(drop)
    }

    /// What a bundle says of itself, once its signature is found good.
    pub async fn inspect(&self, url: &str) -> Result<Bundle, InstallError> {
        let told = self.ask("info", &["info", "--output-format=json", "--", url], INSPECT).await;
        let parsed = told.and_then(|text| {
            serde_json::from_str::<Info>(&text)
                .map_err(|source| RaucError::Shape { what: "info", source })
        });
        let info = parsed.map_err(|error| sort(&error))?;
        let manifest_sha256 = info.hash.unwrap_or_default();
        Ok(Bundle { compatible: info.compatible, version: info.version, manifest_sha256 })
    }

    /// Writes the bundle to the other slot and makes it the next one to start, if it is what was
    /// inspected: between the two, the server may have put another one of the town's own bundles in
    /// its place.
    pub async fn install(
        &self,
        url: &str,
        bundle: &Bundle,
        progress: impl Fn(u8),
    ) -> Result<(), InstallError> {
        self.write(url, progress).await.map_err(|error| sort(&error))?;
        let status = self.status().await.map_err(|error| sort(&error))?;
        if status.written() == Some(bundle.version.as_str()) {
            return Ok(());
        }
        tracing::error!(
            written = status.written(),
            expected = bundle.version,
            "another bundle was written"
        );
        if let Err(error) = self.ask("mark-bad", &["status", "mark-bad", "other"], ANSWER).await {
            tracing::error!(%error, "it cannot be marked bad");
        }
        Err(InstallError::Refused)
    }

    async fn write(&self, url: &str, progress: impl Fn(u8)) -> Result<(), RaucError> {
        let failed = |source| RaucError::Run { what: "install", source };
        let mut command = self.command(&["install", "--", url]);
        let mut child = command.stderr(Stdio::null()).spawn().map_err(failed)?;
        let out = child.stdout.take();
        let mut said = "it ended without a word".to_owned();
        let reading = async {
            let Some(out) = out else { return };
            let mut lines = BufReader::new(out).lines();
            let mut told = None;
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(error) = line.trim().strip_prefix("LastError: ") {
                    error.clone_into(&mut said);
                }
                let percent =
                    line.trim_start().split_once('%').and_then(|(number, _)| number.parse().ok());
                if let Some(percent) = percent.filter(|percent| Some(*percent) != told) {
                    told = Some(percent);
                    progress(percent);
                }
            }
        };
        let ended = timeout(INSTALL, async {
            reading.await;
            child.wait().await
        });
        let late = |_| failed(std::io::ErrorKind::TimedOut.into());
        match ended.await.map_err(late)?.map_err(failed)?.success() {
            true => Ok(()),
            false => Err(RaucError::Said { what: "install", said }),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
        command.envs(self.proxy.iter().map(|proxy| ("https_proxy", proxy)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn ask(
        &self,
        what: &'static str,
        arguments: &[&str],
        patience: Duration,
    ) -> Result<String, RaucError> {
        let failed = |source| RaucError::Run { what, source };
        let mut child = self.command(arguments).spawn().map_err(failed)?;
        let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(failed(std::io::ErrorKind::BrokenPipe.into()));
        };
        let (mut said, mut complaint) = (String::new(), String::new());
        let work = async {
            let (mut out, mut err) = (out.take(MAX_SAID), err.take(MAX_SAID));
            tokio::try_join!(out.read_to_string(&mut said), err.read_to_string(&mut complaint))?;
            child.wait().await
        };
        let late = |_| failed(std::io::ErrorKind::TimedOut.into());
        match timeout(patience, work).await.map_err(late)?.map_err(failed)?.success() {
            true => Ok(said),
            false => {
                let said = complaint
                    .lines()
                    .rfind(|line| !line.trim().is_empty())
                    .unwrap_or_default()
                    .to_owned();
                Err(RaucError::Said { what, said })
            }
        }
    }
}

/// What RAUC says of a bundle that no other try can make good (its `src/bundle.c`, `src/install.c`
/// and `src/signature.c`, 1.8 to 1.13).
const FOR_GOOD: [&str; 4] = [
    "Compatible mismatch",
    "Invalid bundle format",
    "signature verification failed",
    "Failed to parse bundle manifest",
];
/// What stands in the same sentence when the fault is the moment's: the clock, the line, the card,
/// the device below.
const PASSING: [&str; 10] = [
    "not yet valid",
    "expired",
    "CRL",
    "ownload",
    "imed out",
    "imeout",
    "No space",
    "Input/output",
    "busy",
    "onnect",
];

/// Whether trying again could help, by RAUC's words, of which it has no others. In doubt it is
/// tried again, later.
fn sort(error: &RaucError) -> InstallError {
    tracing::warn!("{error}");
    let has = |said: &str, words: &[&str]| words.iter().any(|word| said.contains(word));
    match error {
        RaucError::Said { said, .. } if has(said, &FOR_GOOD) && !has(said, &PASSING) => {
            InstallError::Refused
        }
        _ => InstallError::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_bundle_itself_is_wrong_with_refuses_an_offer_for_good() {
        let sorted = |said: &str| sort(&RaucError::Said { what: "install", said: said.to_owned() });
        for said in [
            "Installation error: Compatible mismatch: Expected 'borne-rpi4' but bundle manifest has 'x'",
            "signature verification failed: Verify error: self-signed certificate",
            "Invalid bundle format 'plain' (allowed: verity)",
        ] {
            assert!(matches!(sorted(said), InstallError::Refused), "{said}");
        }
        for said in [
            "Failed mounting bundle: Failed to load dm table: Hash device is too small, verity",
            "Failed to setup dm-verity: Device or resource busy",
            "signature verification failed: Verify error: certificate is not yet valid",
            "Failed to load manifest: Input/output error",
            "Failed to download manifest: Timeout was reached",
            "No compatible slot is free",
            "it ended without a word",
        ] {
            assert!(matches!(sorted(said), InstallError::Failed), "{said}");
        }
    }

    /// As RAUC 1.8 answers.
    const STATUS: &str = r#"{"compatible":"borne-test","variant":"","booted":"A","boot_primary":"rootfs.1","slots":[
        {"rootfs.1":{"class":"rootfs","bootname":"B","state":"inactive","boot_status":"good",
         "slot_status":{"bundle":{"compatible":"borne-test","version":"20261125.1"},"status":"ok"}}},
        {"boot.0":{"class":"boot","bootname":null,"slot_status":{"bundle":{"compatible":null}}}},
        {"rootfs.0":{"class":"rootfs","bootname":"A","state":"booted","slot_status":{"bundle":{"compatible":null}}}}]}"#;

    #[test]
    fn the_other_slot_is_told_from_the_one_that_runs() {
        let status: Status = serde_json::from_str(STATUS).unwrap_or_else(|error| panic!("{error}"));
        assert!(status.other_is_next());
        assert_eq!(status.written(), Some("20261125.1"));
        let text = STATUS.replace(r#""booted":"A""#, r#""booted":"B""#);
        let status: Status = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        assert!(!status.other_is_next());
        assert_eq!(status.written(), None);
    }
}
