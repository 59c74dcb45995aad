//! The town hall's side: the demo town with the shipped gateway in it, holding every agent's badge.
//!
//! Duties: configure, start and end the gateway as its own user, administer it by `bornectl` alone.
//! Never: its database.

use crate::agents::{agents, repository};
use crate::gateway::JoinedTerminal;
use crate::init::{Plan, Status, Unit, calls_directory};
use crate::settings::Lure;
use crate::town::{House, Town};
use crate::trap;
use crate::{processes, programs, wait_for};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The gateway's user in the hall; on a real machine its package makes one.
const GATEWAY_USER: u32 = 60930;

/// A town with its gateway. Dropping it ends the gateway; the town stays for the next one.
pub struct Hall {
    town: Town,
    directory: PathBuf,
    init: Child,
}

impl Hall {
    /// Brings the town up and a fresh gateway in it. There can be one in a town at a time: it has
    /// the town's address.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(Lure::Absent)
    }

    /// The same; with [`Lure::Home`] every login leads to the trap, whose server is not started
    /// here.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start_with(trap: Lure) -> Self {
        let town = Town::up();
        let directory = PathBuf::from(format!("/var/tmp/borne/hall-{}", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("log")).expect("make the hall's directory");
        programs::install(&["borne-gateway"], &directory.join("bin"));
        configure(&town, &directory, trap);
        let file = directory.join("plan.json");
        fs::write(
            &file,
            serde_json::to_vec_pretty(&plan(&town, &directory)).expect("write a plan"),
        )
        .expect("write the plan");
        let mut init = Command::new(programs::program("borne-init"));
        let init = init.arg(&file).stdin(Stdio::piped()).spawn().expect("start borne-init");
        let hall = Self { town, directory, init };
        wait_for("the gateway", Duration::from_secs(15), || {
            hall.bornectl(&["terminal", "list"], "")
        });
        hall.register_all();
        hall
    }

    /// The town around it.
    #[must_use]
    pub fn town(&self) -> &Town {
        &self.town
    }

    /// Its state directory, where the admin socket is.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.directory.join("state")
    }

    /// `bornectl ARGUMENTS` with this standard input; its output.
    ///
    /// # Errors
    /// What it said on standard error.
    pub fn bornectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = Command::new(programs::program("bornectl"));
        command.env("BORNE_GATEWAY_STATE", self.state_dir()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        // Taken, so that it is closed: bornectl reads to the end.
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match (output.status.success(), written) {
            (true, _) => Ok(text(output.stdout)),
            _ => Err(text(output.stderr)),
        }
    }

    /// A one-time token for a new terminal.
    ///
    /// # Panics
    /// When the gateway refuses.
    #[must_use]
    pub fn invite(&self, name: &str) -> String {
        let answer = self.bornectl(&["terminal", "invite", name], "").expect("invite a terminal");
        answer.split_whitespace().next().expect("a token").to_owned()
    }

    /// The last lines of the audit trail.
    ///
    /// # Panics
    /// When the gateway refuses.
    #[must_use]
    pub fn audit(&self) -> String {
        self.bornectl(&["audit", "-n", "100"], "").expect("read the audit")
    }

    /// What the audit trail has grown by since it had so many lines: time, event, login and
    /// terminal of each.
    ///
    /// # Panics
    /// When the gateway refuses.
    #[must_use]
    pub fn audit_since(&self, lines: usize) -> Vec<String> {
        let all = self.bornectl(&["audit", "-n", "100000"], "").expect("read the audit");
        all.lines().skip(1 + lines).map(str::to_owned).collect()
    }

    /// How many lines the audit trail has.
    #[must_use]
    pub fn audit_length(&self) -> usize {
        self.audit_since(0).len()
    }

    /// The open sessions, as `bornectl session list` shows them; an error while the gateway does
    /// not answer.
    ///
    /// # Errors
    /// What bornectl said.
    pub fn sessions(&self) -> Result<Vec<String>, String> {
        let table = self.bornectl(&["session", "list"], "")?;
        Ok(table.lines().skip(1).map(str::to_owned).collect())
    }

    /// The gateway's process.
    #[must_use]
    pub fn gateway(&self) -> Option<i32> {
        Status::read(&self.directory.join("status.json")).units.get("gateway")?.pid
    }

    /// Another terminal, which needs no screen: the terminal API's other end. Use it within the
    /// terminal's house.
    ///
    /// # Panics
    /// When the town has lost its authority.
    #[must_use]
    pub fn other_terminal(&self) -> JoinedTerminal {
        let authority =
            fs::read_to_string(self.town.variable("CA")).expect("read the town's authority");
        let address =
            format!("{}:8443", self.town.variable("GATEWAY_ADDRESS")).parse().expect("an address");
        JoinedTerminal::far_away(&authority, "passerelle.mairie.example", address)
    }

    /// All the gateway has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log/gateway.log")).unwrap_or_default()
    }

    /// `kill -9` of the gateway; it is started again.
    pub fn kill_gateway(&self) {
        self.gateway().into_iter().for_each(processes::kill);
    }

    fn register_all(&self) {
        let rows = agents()
            .into_iter()
            .map(|agent| format!("{}\t{}\t{}\n", agent.login, agent.badge, agent.pin));
        self.bornectl(&["badge", "import", "-"], &rows.collect::<String>())
            .expect("import the town's badges");
    }
}

impl Drop for Hall {
    fn drop(&mut self) {
        drop(self.init.stdin.take());
        let _ended = crate::try_wait_for("the end of the gateway", Duration::from_secs(10), || {
            self.init.try_wait().ok().flatten()
        });
        if std::thread::panicking() {
            eprintln!("the gateway's log stays in {}", self.directory.join("log").display());
        } else {
            let _not_there = fs::remove_dir_all(&self.directory);
        }
    }
}

fn plan(town: &Town, directory: &Path) -> Plan {
    let gateway = Unit {
        name: "gateway".to_owned(),
        uid: GATEWAY_USER,
        calls: calls_directory(),
        capabilities: vec!["net_bind_service".to_owned()],
        enter: town.enter(House::Hall),
        argv: ["bin/borne-gateway", "gateway.toml"]
            .map(|name| directory.join(name).display().to_string())
            .to_vec(),
        ..Unit::default()
    };
    let mut gateway =
        gateway.env("BORNE_LOG", std::env::var("BORNE_LOG").unwrap_or_else(|_| "info".to_owned()));
    gateway.environment.extend(crate::terminal::memory_environment());
    Plan {
        lock: None,
        directories: Vec::new(),
        log_dir: directory.join("log"),
        status: directory.join("status.json"),
        units: vec![gateway],
    }
}

/// Its configuration, and copies of the files it names that it may read.
fn configure(town: &Town, directory: &Path, trap: Lure) {
    let pki = town.state().join("pki");
    for (from, name) in [
        (pki.join("ca.pem"), "ca.pem"),
        (pki.join("passerelle.crt"), "gateway.crt"),
        (pki.join("passerelle.key"), "gateway.key"),
        (PathBuf::from(town.variable("LDAP_PASSWORD_FILE")), "ldap-password"),
    ] {
        let content =
            fs::read(&from).unwrap_or_else(|error| panic!("read {}: {error}", from.display()));
        put(&directory.join(name), &content, GATEWAY_USER);
    }
    fs::create_dir_all(directory.join("state")).expect("make the gateway's state directory");
    chown(directory.join("state"), Some(GATEWAY_USER), Some(GATEWAY_USER))
        .expect("give the state directory away");
    let template = repository().join("tests/town/gateway.toml.in");
    let text = fs::read_to_string(&template)
        .unwrap_or_else(|error| panic!("read {}: {error}", template.display()));
    let text = text.replace("@DIRECTORY@", &directory.display().to_string());
    let text = text.replace("@BUILD@", town.variable("GROUPWARE_BUILD"));
    let text = if trap == Lure::Home {
        text.replace("home = \"sogo\"", "home = \"piege\"") + &trap_app()
    } else {
        text
    };
    // One terminal makes the visits of a whole morning in minutes.
    let text = format!(
        "{text}\n[limits]\ntaps_per_minute = 1000\npins_per_minute = 1000\nstrange_badges = 1000\n"
    );
    put(&directory.join("gateway.toml"), text.as_bytes(), GATEWAY_USER);
}

/// An application of the town's that turned against it.
fn trap_app() -> String {
    let host = trap::HOST;
    format!(
        "\n[[app]]\nname = \"piege\"\nservices = [\"https://{host}/cas\"]\nentry = \"https://{host}/\"\nwarm_assets = []\n"
    )
}

fn put(path: &Path, content: &[u8], owner: u32) {
    fs::write(path, content).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
    chown(path, Some(owner), Some(owner)).expect("give the file away");
    fs::set_permissions(path, Permissions::from_mode(0o400)).expect("set the file's mode");
}
