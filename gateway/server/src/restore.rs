//! `borne-gateway restore`: a backup put back, on a stopped gateway or a new machine.
//!
//! Duties: everything that was open is void, and what was revoked or removed since the backup is so
//! again. What was there before is kept beside it. Never: put back an older state of the revocations
//! in silence; write over a configuration.

use crate::backup::{ABOUT, BESIDE};
use crate::config::Config;
use crate::files::{read_if_there, write, write_private};
use crate::gateway::VERSION;
use crate::output::say;
use crate::secrets::{Secrets, belongs};
use crate::state_dir::{CA_CERTIFICATE, CA_KEY, DATABASE, PEPPER, REVOCATIONS, StateDir};
use age::{Decryptor, Identity};
use borne_gateway_api::admin::SOCKET;
use borne_gateway_model::Moment;
use borne_gateway_storage::{Reclosed, Revocation, Storage};
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use zeroize::Zeroizing;

/// The longest of a backup's parts but the database, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What is asked.
pub struct Order<'a> {
    pub backup: &'a Path,
    pub identity: &'a Path,
    pub config: &'a Path,
    pub revocations: Option<&'a Path>,
    pub without_revocations: bool,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A backup's small parts.
#[derive(Default)]
struct Parts {
    made: i64,
    log: Vec<u8>,
    beside: Vec<(String, Zeroizing<Vec<u8>>)>,
}

/// Does it, and says what it did.
pub fn run(order: &Order<'_>) -> ExitCode {
    match put_back(order) {
        Ok(text) => say(&text),
        Err(error) => {
            let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            tracing::error!("{error}{source}; nothing was put back");
            ExitCode::FAILURE
        }
    }
}

fn put_back(order: &Order<'_>) -> Result<String> {
    let identities = identities(order.identity)?;
    let parts = small_parts(order.backup, &identities)?;
    let mut said = beside(order.config, &parts)?;
    let config = Config::load(order.config)?;
    if UnixStream::connect(config.state_dir.join(SOCKET)).is_ok() {
        return Err("the gateway is running: systemctl stop borne-gateway-terminals.socket \
                    borne-gateway-web.socket borne-gateway.service"
            .into());
    }
    let state = StateDir::open(&config.state_dir)?;
    let log = newest_log(order, &state, &parts)?;
    let fresh = state.file("restore.new");
    match fs::remove_dir_all(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs::DirBuilder::new().mode(0o700).create(&fresh)?;
    unpack(order.backup, &identities, &fresh)?;
    write_private(&fresh.join(REVOCATIONS), &log)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let closed = runtime.block_on(prepare(&fresh, &log))?;
    let old = exchange(&state, &config.state_dir, &fresh, parts.made)?;
    // The package's units look for it.
    write(&order.config.with_file_name("configured"), b"", 0o644)?;
    said += &old;
    said += &report(&closed, &parts, order.without_revocations);
    Ok(said)
}

fn identities(path: &Path) -> Result<Vec<age::x25519::Identity>> {
    let text =
        Zeroizing::new(fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?);
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &str| line.parse().map_err(|e| format!("{}: {e}", path.display()));
    Ok(lines.map(read).collect::<std::result::Result<_, _>>()?)
}

fn open<'a>(
    backup: &Path,
    identities: &[age::x25519::Identity],
) -> Result<tar::Archive<Box<dyn io::Read + 'a>>> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", backup.display());
    let file = BufReader::new(File::open(backup).map_err(|e| fault(&e))?);
    let identities = identities.iter().map(|identity| identity as &dyn Identity);
    let decrypted = Decryptor::new(file).map_err(|e| fault(&e))?.decrypt(identities);
    Ok(tar::Archive::new(Box::new(decrypted.map_err(|e| fault(&e))?)))
}

/// All is read to its end, so that a backup that was cut short is noticed before anything is changed.
fn small_parts(backup: &Path, identities: &[age::x25519::Identity]) -> Result<Parts> {
    let mut parts = Parts::default();
    let mut archive = open(backup, identities)?;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        if name == DATABASE {
            io::copy(&mut entry, &mut io::sink())?;
            continue;
        }
        let mut bytes = Zeroizing::new(Vec::new());
        (&mut entry).take(LONGEST).read_to_end(&mut bytes)?;
        if name == ABOUT {
            let text = String::from_utf8_lossy(&bytes);
            parts.made = text.split_whitespace().nth(1).and_then(|at| at.parse().ok()).unwrap_or(0);
        } else if name == REVOCATIONS {
            parts.log = bytes.to_vec();
        } else if let Some(name) = name.strip_prefix(&format!("{BESIDE}/")).filter(|n| is_plain(n))
        {
            parts.beside.push((name.to_owned(), bytes));
        }
    }
    // The tar's end is not the file's: what follows is under the same seal.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    if parts.made == 0 { Err("this is no backup of a Borne gateway".into()) } else { Ok(parts) }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains('/')
}

fn unpack(backup: &Path, identities: &[age::x25519::Identity], to: &Path) -> Result<()> {
    for entry in open(backup, identities)?.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        if [DATABASE, PEPPER, CA_KEY, CA_CERTIFICATE].contains(&name.as_str()) {
            let path = to.join(&name);
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
            io::copy(&mut entry, &mut file)?;
            file.sync_all()?;
        }
    }
    Ok(())
}

/// The configuration and what lies beside it, where there is none yet.
fn beside(config: &Path, parts: &Parts) -> Result<String> {
    let folder = config.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let configured = fs::read_to_string(config)
        .is_ok_and(|text| text.lines().any(|line| line.trim_start().starts_with('[')));
    let mut said = String::new();
    let group = fs::metadata(folder)?.gid();
    for (name, bytes) in &parts.beside {
        let path = if folder.join(name) == config { config.to_owned() } else { folder.join(name) };
        if if path == config { configured } else { path.try_exists()? } {
            said += &format!("kept    {} as it is\n", path.display());
        } else {
            write(&path, bytes, 0o640)?;
            std::os::unix::fs::chown(&path, None, Some(group))?;
            said += &format!("written {}\n", path.display());
        }
    }
    Ok(said)
}

/// The longest log that goes on from the backup's.
fn newest_log(order: &Order<'_>, state: &StateDir, parts: &Parts) -> Result<Vec<u8>> {
    let here = state.file(REVOCATIONS);
    let mut known: Option<Vec<u8>> = None;
    for path in [Some(here.as_path()), order.revocations].into_iter().flatten() {
        let Some(log) = read_if_there(path)? else {
            if path == here {
                continue;
            }
            return Err(format!("{} is not there", path.display()).into());
        };
        if !log.starts_with(&parts.log) {
            let say =
                "does not go on from the log in the backup: it is older, or another gateway's";
            if path == here && (order.revocations.is_some() || order.without_revocations) {
                continue;
            }
            return Err(format!("{} {say}", path.display()).into());
        }
        if known.as_ref().is_none_or(|known| known.len() < log.len()) {
            known = Some(log);
        }
    }
    match known {
        Some(log) => Ok(log),
        None if order.without_revocations => Ok(parts.log.clone()),
        None => Err(format!(
            "there is no {REVOCATIONS} that is newer than the backup: what was revoked or removed since {} \
             would be open again. Give it (--revocations FILE), or go on without (--without-revocations)",
            Moment(parts.made).iso()
        )
        .into()),
    }
}

async fn prepare(fresh: &Path, log: &[u8]) -> Result<Reclosed> {
    let state = StateDir::open(fresh)?;
    let text = std::str::from_utf8(log)?;
    let line = |line: &str| {
        Revocation::parse(line).ok_or(format!("{REVOCATIONS}: “{line}” is no line of it"))
    };
    let lines = text.lines().map(line).collect::<std::result::Result<Vec<_>, _>>()?;
    Storage::inspect(&state.file(DATABASE)).await?;
    let db = Storage::open(&state.file(DATABASE), VERSION).await?;
    let (_, found) = Secrets::read(&state)?;
    let born = db.begin().await?.born().await?.ok_or("the backup's database knows no secrets")?;
    belongs(&state, &born, &found)?;
    let closed = db.put_back(&lines).await?;
    db.close().await;
    Ok(closed)
}

/// What was there goes aside, what was made ready takes its place, as its owner's.
fn exchange(state: &StateDir, folder: &Path, fresh: &Path, made: i64) -> Result<String> {
    let owner = fs::metadata(folder)?;
    let aside = state.file(&format!("before-restore-of-{made}"));
    let mut said = String::new();
    let names = [
        DATABASE,
        "gateway.sqlite-wal",
        "gateway.sqlite-shm",
        PEPPER,
        CA_KEY,
        CA_CERTIFICATE,
        REVOCATIONS,
    ];
    for name in names {
        let there: PathBuf = state.file(name);
        if there.try_exists()? {
            fs::DirBuilder::new().mode(0o700).recursive(true).create(&aside)?;
            fs::rename(&there, aside.join(name))?;
            said = format!("kept    what was there in {}\n", aside.display());
        }
        if fresh.join(name).try_exists()? {
            fs::rename(fresh.join(name), &there)?;
            std::os::unix::fs::chown(&there, Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    if aside.try_exists()? {
        std::os::unix::fs::chown(&aside, Some(owner.uid()), Some(owner.gid()))?;
    }
    fs::remove_dir_all(fresh)?;
    borne_harden::file::sync_directory(&state.file(DATABASE))?;
    Ok(said)
}

fn report(closed: &Reclosed, parts: &Parts, without: bool) -> String {
    let made = Moment(parts.made).iso();
    let unknown = if without {
        format!(
            "CAREFUL what was revoked or removed since {made} may be open again: look it through\n"
        )
    } else {
        String::new()
    };
    format!(
        "put back the backup of {made}, epoch {}\nvoid    every session, ticket, tap and open invitation\n\
         closed  {} terminal(s) revoked again, {} badge(s) removed again, {} badge(s) that need a new PIN\n\
         {unknown}lost    terminals, badges and audit lines that are younger than the backup\n\
         next    borne-gateway check, then systemctl enable --now borne-gateway-terminals.socket \
         borne-gateway-web.socket borne-gateway.service\n",
        closed.epoch, closed.terminals, closed.badges, closed.pins
    )
}
