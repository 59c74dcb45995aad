//! A gateway of a test's own: the shipped `borne-gateway` on loopback, a real slapd beside it, real
//! TLS everywhere.
//!
//! Duties: configure, start, kill and end them; administer by `bornectl` alone; hand out terminals
//! and browsers. Every secret that passes through here is remembered, and when the gateway ends its
//! whole log is searched for each.

mod browser;
mod database;
mod directory;
mod double;
mod pki;
mod relying_party;
mod siege;
mod terminal;

pub use browser::{Browser, Page};
pub use database::{LATER_VERSION, ONE_MIGRATION_BACK, sqlite};
pub use double::{Double, Wrong, YEAR};
pub use relying_party::{Heard, RelyingParty};
pub use siege::{Siege, connections};
pub use terminal::{JoinedTerminal, Refused};

use crate::{programs, wait_for};
use directory::Slapd;
use pki::Pki;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

static NUMBER: AtomicU32 = AtomicU32::new(0);
/// Bytes of the log that a failed test shows.
const LOG_SHOWN: usize = 20_000;
const PATIENCE: Duration = Duration::from_secs(20);

/// What a test may set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// More lines of the `[terminal_api]` table.
    pub terminal_api: &'static str,
    /// Lines of the `[session]` table.
    pub session: &'static str,
    /// Lines of the `[limits]` table.
    pub limits: &'static str,
    /// More lines of the `[directory]` table.
    pub directory: &'static str,
    /// slapd's access rules before the usual ones.
    pub access: &'static str,
    /// More lines of the relying party's `[[app]]` table.
    pub app: &'static str,
    /// A disk of its own of this size for the state directory, as mount(8) writes it; root only.
    pub disk: Option<&'static str>,
    /// What it logs, a tracing filter; all that can be, unless something is set.
    pub log: &'static str,
}

/// The secrets that passed, to search the log for.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<Vec<String>>>);

impl Secrets {
    /// Remembers one.
    pub fn add(&self, secret: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned());
    }

    /// Those found in a text (never the secret itself in the report).
    fn in_text(&self, text: &str) -> usize {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|secret| secret.len() >= 6 && text.contains(secret.as_str())).count()
    }
}

/// A running gateway.
pub struct Gateway {
    directory: PathBuf,
    pki: Pki,
    slapd: Slapd,
    party: RelyingParty,
    child: Child,
    terminals: SocketAddr,
    web: SocketAddr,
    secrets: Secrets,
    log: &'static str,
    has_disk: bool,
}

impl Gateway {
    /// Starts one with the usual settings.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Settings::default())
    }

    /// Starts one.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn with(settings: Settings) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory =
            std::env::temp_dir().join(format!("borne-gateway-{}-{number}", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("make the gateway's directory");
        let pki = Pki::make(&directory);
        let slapd = Slapd::start(&directory, settings.access);
        let party = RelyingParty::start(&pki);
        if let Some(size) = settings.disk {
            mount_disk(&directory.join("state"), size);
        }
        let log = if settings.log.is_empty() { "debug" } else { settings.log };
        write_config(&directory, &settings, slapd.port(), party.port());
        let (child, terminals, web) = launch(&directory, log);
        Self {
            directory,
            pki,
            slapd,
            party,
            child,
            terminals,
            web,
            secrets: Secrets::default(),
            log,
            has_disk: settings.disk.is_some(),
        }
    }

    /// `kill -9`, and a new start.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        (self.child, self.terminals, self.web) = launch(&self.directory, self.log);
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// The application that trusts it.
    #[must_use]
    pub fn party(&self) -> &RelyingParty {
        &self.party
    }

    /// The town's directory.
    pub fn directory_server(&mut self) -> &mut Slapd {
        &mut self.slapd
    }

    /// `bornectl ARGUMENTS` with this standard input.
    ///
    /// # Errors
    /// What it said on standard error.
    pub fn bornectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = Command::new(programs::program("bornectl"));
        command.arg("--state").arg(self.state()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        // Taken, so that it is closed. A command that does not read has gone already.
        let _unread = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    /// Registers a badge.
    ///
    /// # Panics
    /// When the gateway refuses.
    pub fn add_badge(&self, login: &str, uid: &str, pin: &str) {
        self.secrets.add(uid);
        self.secrets.add(pin);
        self.bornectl(&["badge", "add", "--login", login], &format!("{uid}\n{pin}\n"))
            .expect("register a badge");
    }

    /// A one-time token.
    ///
    /// # Panics
    /// When the gateway refuses.
    #[must_use]
    pub fn invite(&self, name: &str) -> String {
        let token = self
            .bornectl(&["terminal", "invite", name], "")
            .expect("invite a terminal")
            .trim()
            .to_owned();
        self.secrets.add(&token);
        token
    }

    /// A terminal that has not joined.
    #[must_use]
    pub fn stranger(&self) -> JoinedTerminal {
        JoinedTerminal::stranger(&self.pki, self.terminals, self.secrets.clone())
    }

    /// A terminal that has.
    ///
    /// # Panics
    /// When the gateway refuses.
    #[must_use]
    pub fn terminal(&self, name: &str) -> JoinedTerminal {
        let mut terminal = self.stranger();
        terminal.join(&self.invite(name)).expect("join");
        terminal
    }

    /// A browser with no cookie.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(&self.pki, self.web, self.secrets.clone())
    }

    /// A browser on another host of the loopback network.
    #[must_use]
    pub fn browser_on(&self, host: IpAddr) -> Browser {
        Browser::of(&self.pki, self.web, self.secrets.clone(), Some(host))
    }

    /// What passed that must be in no log.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The last lines of the audit.
    ///
    /// # Panics
    /// When the gateway refuses.
    #[must_use]
    pub fn audit(&self) -> String {
        self.bornectl(&["audit", "-n", "200", "--all"], "").expect("read the audit")
    }

    /// Waits for an event in the audit.
    #[track_caller]
    pub fn wait_for_audit(&self, event: &str) {
        wait_for(&format!("{event} in the audit"), PATIENCE, || {
            let audit = self.audit();
            if audit.split_whitespace().any(|word| word == event) { Ok(()) } else { Err(audit) }
        });
    }

    /// Its state directory.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.directory.join("state")
    }

    /// Where terminals call it.
    #[must_use]
    pub const fn terminal_api(&self) -> SocketAddr {
        self.terminals
    }

    /// Where browsers and applications call it.
    #[must_use]
    pub const fn web(&self) -> SocketAddr {
        self.web
    }

    /// Starts a `bornectl` and kills it so soon after.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn interrupt_bornectl(&self, arguments: &[&str], after: Duration) {
        let mut command = Command::new(programs::program("bornectl"));
        command.arg("--state").arg(self.state()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("start bornectl");
        let until = std::time::Instant::now() + after;
        while std::time::Instant::now() < until && child.try_wait().is_ok_and(|end| end.is_none()) {
            std::thread::yield_now();
        }
        let _killed = child.kill();
        let _reaped = child.wait();
    }

    /// The authority of its certificate, PEM.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.directory.join("ca.pem")
    }

    /// All it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    /// Its configuration file, for a run of the program that must fail.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.directory.join("gateway.toml")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
        let log = self.log();
        if std::thread::panicking() {
            let from = log.len().saturating_sub(LOG_SHOWN);
            let from = (from..=log.len()).find(|at| log.is_char_boundary(*at)).unwrap_or(from);
            eprintln!("--- the end of the gateway's log\n{}---", &log[from..]);
        } else {
            assert_eq!(self.secrets.in_text(&log), 0, "secrets in the gateway's log");
        }
        if self.has_disk {
            let _unmounted = Command::new("umount").arg(self.state()).status();
        }
        let _gone = fs::remove_dir_all(&self.directory);
    }
}

fn mount_disk(at: &Path, size: &str) {
    fs::create_dir_all(at).expect("make the state directory");
    let options = format!("size={size},mode=700");
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at);
    assert!(mount.status().expect("run mount").success(), "mount a disk");
}

fn write_config(directory: &Path, settings: &Settings, ldap_port: u16, party_port: u16) {
    let Settings { terminal_api, session, limits, directory: ldap, app, .. } = settings;
    let here = directory.display();
    let text = format!(
        r#"
state_dir = "{here}/state"
[terminal_api]
listen = "127.0.0.1:0"
certificate = "{here}/server.pem"
key = "{here}/server.key"
{terminal_api}
[web]
listen = "127.0.0.1:0"
url = "https://{host}"
certificate = "{here}/server.pem"
key = "{here}/server.key"
trust = "{here}/ca.pem"
home = "application"
[directory]
url = "ldaps://localhost:{ldap_port}"
trust = "{here}/ca.pem"
bind_dn = "cn=borne,ou=services,dc=mairie,dc=example"
password_file = "{here}/ldap-password"
base = "ou=people,dc=mairie,dc=example"
profile = "openldap"
{ldap}
[session]
{session}
[limits]
{limits}
[[app]]
name = "application"
services = ["https://localhost:{party_port}/app"]
entry = "https://localhost:{party_port}/entry"
proxy_callbacks = ["https://localhost:{party_port}/proxy"]
proxy_targets = ["imap://localhost"]
{app}
"#,
        host = pki::HOST,
    );
    fs::write(directory.join("gateway.toml"), text).expect("write the configuration");
}

/// Starts it and reads from its log where it listens.
fn launch(directory: &Path, log_filter: &str) -> (Child, SocketAddr, SocketAddr) {
    let log = directory.join("log");
    let file = File::options().create(true).append(true).open(&log).expect("open the log");
    let before = fs::read_to_string(&log).unwrap_or_default().len();
    let child = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "--"])
        .arg(programs::program("borne-gateway"))
        .arg(directory.join("gateway.toml"))
        .env("BORNE_LOG", std::env::var("BORNE_LOG").unwrap_or_else(|_| log_filter.to_owned()))
        .stdin(Stdio::null())
        .stderr(file)
        .spawn()
        .expect("start the gateway");
    let (terminals, web) = wait_for("the gateway to be ready", PATIENCE, || {
        let text = fs::read_to_string(&log).unwrap_or_default();
        let address = |name: &str| {
            let line = text.get(before..)?.lines().find(|line| line.contains(" ready "))?;
            line.split_once(name)?.1.split_whitespace().next()?.parse().ok()
        };
        address("terminal_api=")
            .zip(address("web="))
            .ok_or(text.get(before..).unwrap_or_default().to_owned())
    });
    (child, terminals, web)
}
