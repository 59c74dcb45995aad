//! A backup: a tar of what must not be lost, encrypted with age for the public keys of who may put it
//! back. docs/protocol/backup.md says what is in it.
//!
//! Never: a byte of it in clear outside the state directory.

use crate::config::Config;
use crate::error::StartError;
use crate::files::read_if_there;
use crate::gateway::VERSION;
use crate::state_dir::{
    CA_CERTIFICATE, CA_KEY, DATABASE, PEPPER, REVOCATIONS, StateDir, StateError,
};
use age::Encryptor;
use age::x25519::Recipient;
use borne_gateway_model::Moment;
use borne_gateway_storage::Storage;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// First in the tar: `VERSION MILLISECONDS`.
pub const ABOUT: &str = "about";
/// Folder in the tar of what lay beside the configuration.
pub const BESIDE: &str = "etc";

/// Reads public keys.
pub fn recipients(texts: &[String]) -> Result<Vec<Recipient>, String> {
    let read = |text: &String| {
        text.parse()
            .map_err(|_| format!("{text} is not a public key of age (age1…, of `age-keygen`)"))
    };
    let found: Vec<Recipient> = texts.iter().map(read).collect::<Result<_, _>>()?;
    if found.is_empty() { Err("name at least one public key".to_owned()) } else { Ok(found) }
}

/// Makes one of a running gateway. The file has no name any more; so many bytes are in it.
pub async fn make(
    config: &Config,
    db: &Storage,
    recipients: Vec<Recipient>,
    now: Moment,
) -> Result<(File, u64), StartError> {
    let state = StateDir::open(&config.state_dir)?;
    let copy = state.file("backup.sqlite");
    let _left = fs::remove_file(&copy);
    db.copy_to(&copy).await?;
    let parts = parts(config, &state, &copy);
    let out = state.file("backup.age");
    let written = tokio::task::spawn_blocking(move || write(&out, &parts, &recipients, now)).await;
    let _gone = fs::remove_file(&copy);
    written.map_err(io::Error::other).and_then(|written| written).map_err(StartError::Runtime)
}

/// Name in the tar, and where it is.
fn parts(config: &Config, state: &StateDir, copy: &Path) -> Vec<(String, PathBuf)> {
    let mut parts = vec![(DATABASE.to_owned(), copy.to_owned())];
    for name in [PEPPER, CA_KEY, CA_CERTIFICATE, REVOCATIONS] {
        parts.push((name.to_owned(), state.file(name)));
    }
    let folder = config.path.parent();
    let beside = config.files().into_iter().filter(|path| path.parent() == folder);
    for path in std::iter::once(config.path.as_path()).chain(beside) {
        let name = format!("{BESIDE}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if parts.iter().all(|(known, _)| *known != name) {
            parts.push((name, path.to_owned()));
        }
    }
    parts
}

fn write(
    out: &Path,
    parts: &[(String, PathBuf)],
    recipients: &[Recipient],
    now: Moment,
) -> io::Result<(File, u64)> {
    let _left = fs::remove_file(out);
    let mut file = File::options().read(true).write(true).create_new(true).mode(0o600).open(out)?;
    fs::remove_file(out)?;
    let dynamic = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(dynamic).map_err(io::Error::other)?;
    let mut tar = tar::Builder::new(encryptor.wrap_output(&mut file)?);
    append(&mut tar, ABOUT, format!("{VERSION} {}\n", now.0).as_bytes(), now)?;
    for (name, path) in parts {
        if name == DATABASE {
            let mut database = File::open(path)?;
            let length = database.metadata()?.len();
            tar.append_data(&mut header(length, now), name, &mut database)?;
        } else if let Some(bytes) = read(path)? {
            append(&mut tar, name, &bytes, now)?;
        }
    }
    tar.into_inner()?.finish()?;
    file.sync_all()?;
    let bytes = file.stream_position()?;
    file.rewind()?;
    Ok((file, bytes))
}

fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match read_if_there(path) {
        Ok(found) => Ok(found.map(Zeroizing::new)),
        Err(StateError::File { source, .. }) => Err(source),
        Err(error) => Err(io::Error::other(error)),
    }
}

fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    name: &str,
    bytes: &[u8],
    now: Moment,
) -> io::Result<()> {
    tar.append_data(&mut header(bytes.len() as u64, now), name, bytes)
}

fn header(bytes: u64, now: Moment) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.0 / 1000).unwrap_or_default());
    header
}
