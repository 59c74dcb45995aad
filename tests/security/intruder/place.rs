//! Where the program is started, and by whom: in the cage by the shipped chain, which finds it
//! where WebKit's would be; outside by the test.

use super::{Found, outside};
use borne_harness::town::House;
use borne_harness::world::World;
use borne_harness::{processes, programs, wait_for};
use borne_ipc::{Role, paths};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// It waits for servers that do not answer, on a machine that has other things to do.
const ALL_OF_IT: Duration = Duration::from_secs(120);

/// One of WebKit's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In our cage, behind kiosk-network-process.
    NetworkProcess,
    /// In WebKit's sandbox, in our cage.
    WebProcess,
}

impl Place {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetworkProcess => "network process",
            Self::WebProcess => "web process",
        }
    }

    const fn program(self) -> &'static str {
        match self {
            Self::NetworkProcess => "WebKitNetworkProcess",
            Self::WebProcess => "WebKitWebProcess",
        }
    }

    /// What works there and leads nowhere; the last one is a known limit: WebKit's sandbox has a
    /// root in RAM without a size, and no process of the cage has less memory than the machine
    /// until its unit says so.
    pub fn may(self, attempt: &str) -> bool {
        // Programs of /usr, confined as it is; a port of a network without any interface; WebKit
        // gives it no proxy.
        let harmless = [
            "files: execute another program",
            "network: listen on a TCP port",
            "allowed: the proxy to a place on the list",
            "exhaust: more than 64 MiB in each directory of the session",
        ];
        self == Self::WebProcess && harmless.contains(&attempt)
    }
}

/// The program with its targets behind it, executable by everybody.
fn copy(
    world: &World,
    outside: &outside::Outside,
    place: &str,
    wayland: &Path,
    egress: &Path,
) -> PathBuf {
    let (terminal, town) = (&world.terminal, world.hall.town());
    let run = terminal.run_dir();
    let host = town.variable("GROUPWARE").split('/').nth(2).expect("a host");
    let (groupware, gateway) =
        (town.variable("GROUPWARE_ADDRESS"), town.variable("GATEWAY_ADDRESS"));
    let supervisor =
        terminal.status().units.get("supervisor").and_then(|unit| unit.pid).expect("a supervisor");
    let targets = json!({
        "place": place,
        "files": [
            "/etc/shadow", "/etc/borne/terminal.toml", terminal.directory().join("etc/terminal.toml"),
            terminal.directory().join("data/terminal.key"), terminal.directory().join("log/supervisor.log"),
            format!("/proc/{supervisor}/environ"), "/root/.bashrc", "/etc/passwd",
        ],
        "sockets": [
            paths::supervisor_socket(&run), paths::cage_start(&run), paths::filter_start(&run), terminal.display(), world.hall.state_dir().join("admin.sock"),
            "/run/dbus/system_bus_socket", "/run/systemd/private", "/run/systemd/journal/socket", "/run/user/0/bus",
        ],
        "socket_directories": ["/run", "/tmp", "/var/tmp", "/home", "/dev/shm", run],
        "abstract_socket": outside::NAME,
        "tcp": [format!("{groupware}:443"), format!("{gateway}:443"), format!("{gateway}:8443"), outside.tcp.to_string()],
        "udp": [outside.udp.to_string()],
        "name": "passerelle.mairie.example",
        "listed": format!("{host}:443"),
        "unlisted": [
            format!("{groupware}:443"), format!("{gateway}:8443"), "127.0.0.1:443", "[::1]:443", "0x7f000001:443",
            format!("{host}:22"), format!("x@{host}:443"),
            "evil.example:443", "localhost:443", outside.tcp.to_string(),
        ],
        "wayland": wayland,
        "egress": egress,
        "shm_key": outside.key(),
        "shm_name": outside::NAME,
    });
    let targets = serde_json::to_vec(&targets).unwrap();
    let mut bytes = fs::read(programs::program("borne-intruder")).expect("read borne-intruder");
    bytes.extend(&targets);
    bytes.extend(u64::try_from(targets.len()).unwrap().to_le_bytes());
    let path = terminal.directory().join(format!("bin/intruder-{}", place.replace(' ', "-")));
    let _none_there = fs::remove_file(&path);
    fs::write(&path, bytes).expect("write the intruder");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("make it executable");
    path
}

/// Outside, with the rights of root; what it mounts goes with it.
pub fn of_root(world: &World, outside: &outside::Outside) -> Found {
    control(world, outside, "root", &["unshare", "--mount", "--"])
}

/// Outside, as a user who is nobody in particular and may still gain rights.
pub fn of_somebody(world: &World, outside: &outside::Outside) -> Found {
    let user = ["setpriv", "--reuid=60999", "--regid=60999", "--clear-groups", "--"];
    control(world, outside, "somebody", &user)
}

fn control(world: &World, outside: &outside::Outside, who: &str, prefix: &[&str]) -> Found {
    let egress = paths::egress_socket(&world.terminal.run_dir());
    let program = copy(world, outside, who, &world.terminal.display(), &egress);
    let mut line = world.hall.town().enter(House::Terminal);
    line.extend(prefix.iter().map(|word| (*word).to_owned()));
    let output = Command::new(&line[0])
        .args(&line[1..])
        .arg(program)
        .arg("--once")
        .stdin(Stdio::null())
        .output();
    let output = output.expect("run the intruder outside");
    parse(who, &String::from_utf8_lossy(&output.stderr))
        .unwrap_or_else(|seen| panic!("as {who}: {seen}"))
}

/// Started by WebKit, because it lies where WebKit's own program would.
pub fn in_the_cage(world: &World, outside: &outside::Outside, place: Place) -> Found {
    let (wayland, egress) = (Path::new("/run/user/wayland"), Path::new("/run/user/proxy.sock"));
    let program = copy(world, outside, place.name(), wayland, egress);
    let _bound = Bound::over(world, &program, place);
    let mark = world.terminal.log_length();
    kill_browser(world);
    wait_for(&format!("the intruder as the {}", place.name()), ALL_OF_IT, || {
        parse(place.name(), &world.terminal.log_since(mark))
    })
}

/// Every process of the cage; the supervisor starts another one.
pub fn kill_browser(world: &World) {
    world.terminal.processes_of(Role::Browser).into_iter().for_each(processes::kill);
}

/// All lines of a run that came to its end.
fn parse(place: &str, text: &str) -> Result<Found, String> {
    let lines: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix(&format!("intruder {place}"))).collect();
    if !lines.contains(&" done") {
        return Err(lines.last().map_or_else(
            || text.chars().rev().take(300).collect::<Vec<_>>().iter().rev().collect(),
            |line| (*line).to_owned(),
        ));
    }
    let mut found = Found::new();
    for line in lines {
        let parts: Vec<&str> = line.trim_start_matches(" | ").splitn(3, " | ").collect();
        if let [name, word, detail] = parts.as_slice() {
            // Of several runs the worst counts.
            let entry = found
                .entry((*name).to_owned())
                .or_insert_with(|| ((*word).to_owned(), (*detail).to_owned()));
            if *word != "refused" {
                *entry = ((*word).to_owned(), (*detail).to_owned());
            }
        }
    }
    Ok(found)
}

/// A bind mount in the terminal's house, over one of WebKit's programs.
struct Bound {
    enter: Vec<String>,
    over: PathBuf,
}

impl Bound {
    fn over(world: &World, program: &Path, place: Place) -> Self {
        let directories = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
            .map(|triplet| format!("/usr/lib/{triplet}/webkit2gtk-4.1"));
        let over = directories.iter().map(|directory| Path::new(directory).join(place.program()));
        let over = over.into_iter().find(|path| path.exists()).expect("WebKit's programs");
        let bound = Self { enter: world.hall.town().enter(House::Terminal), over };
        bound.run(&[
            "mount",
            "--bind",
            &program.display().to_string(),
            &bound.over.display().to_string(),
        ]);
        bound
    }

    fn run(&self, line: &[&str]) {
        let status = Command::new(&self.enter[0]).args(&self.enter[1..]).args(line).status();
        assert!(status.is_ok_and(|status| status.success()), "{line:?}");
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // Lazily: the browser that still shows it is killed by the next one.
        self.run(&["umount", "--lazy", &self.over.display().to_string()]);
    }
}
