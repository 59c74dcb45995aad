//! An update through the town's proxy, where the terminal may not reach the bundles' server itself:
//! tinyproxy in the town hall, named by `borne.toml`, and a firewall in front of the web server
//! that counts what comes past it.

use crate::figures::{booted, count, figure};
use crate::updates::{SOON, WRITTEN};
use crate::web::{self, Town};
use borne_harness::guest::card::Firmware;
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING, WITHOUT_READING, network};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::town::House;
use borne_harness::wait_for;
use borne_harness::world::say;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PORT: u16 = 3128;

/// tinyproxy in the town hall, at the gateway's address. Dropping it ends it.
struct Proxy {
    server: Child,
    log: PathBuf,
}

impl Proxy {
    fn start(hall: &Hall, directory: &Path) -> Self {
        let here = directory.join("proxy");
        fs::create_dir_all(&here).unwrap();
        let log = here.join("log");
        let text = format!(
            "Port {PORT}\nListen {address}\nAllow {guest}\nConnectPort {bundles}\nLogLevel Connect\nLogFile \"{log}\"\n\
             PidFile \"{here}/pid\"\nTimeout 600\nMaxClients 20\n",
            address = hall.town().variable("GATEWAY_ADDRESS"),
            guest = network::ADDRESS,
            bundles = web::PORT,
            log = log.display(),
            here = here.display(),
        );
        fs::write(here.join("tinyproxy.conf"), text).unwrap();
        let mut line = hall.town().enter(House::Hall);
        line.extend(["tinyproxy", "-d", "-c"].map(str::to_owned));
        line.push(here.join("tinyproxy.conf").display().to_string());
        let words = File::create(here.join("words")).unwrap();
        let server = Command::new(&line[0])
            .args(&line[1..])
            .stdin(Stdio::null())
            .stdout(words)
            .spawn()
            .unwrap();
        wait_for("the proxy", Duration::from_secs(10), || here.join("pid").exists());
        Self { server, log }
    }

    /// How often it was asked for this place.
    fn asked_for(&self, place: &str) -> usize {
        let log = fs::read_to_string(&self.log).unwrap();
        log.lines().filter(|line| line.contains(&format!("CONNECT {place} "))).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}

/// Drops what the guest sends to the web server itself, and counts it. Dropping this opens the way
/// again.
struct Wall<'a>(&'a Hall);

impl<'a> Wall<'a> {
    fn before(hall: &'a Hall) -> Self {
        let rule = format!("ip saddr {} tcp dport {} counter drop", network::ADDRESS, web::PORT);
        let table = format!(
            "table ip direct {{\nchain in {{\ntype filter hook input priority 0\n{rule}\n}}\n}}\n"
        );
        nft(hall, &["-f", "-"], &table);
        Self(hall)
    }

    fn stopped(&self) -> u64 {
        let text = nft(self.0, &["list", "table", "ip", "direct"], "");
        let count =
            text.split_once("packets ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        count.unwrap_or_else(|| panic!("no count in {text}"))
    }
}

impl Drop for Wall<'_> {
    fn drop(&mut self) {
        nft(self.0, &["delete", "table", "ip", "direct"], "");
    }
}

fn nft(hall: &Hall, arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let mut line = hall.town().enter(House::Hall);
    line.push("/usr/sbin/nft".to_owned());
    line.extend(arguments.iter().map(|&word| word.to_owned()));
    let mut command = Command::new(&line[0]);
    let mut child = command
        .args(&line[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("nft, of the package nftables");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "nft {arguments:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether somebody in the guest gets a connection to the bundles' server: the wall stands where
/// the guest would go.
fn reaches(guest: &mut Guest, host: &str) -> bool {
    let port = web::PORT;
    let tried = format!(
        "setpriv --reuid=borne-fetch --regid=borne-fetch --clear-groups timeout 20 bash -c \"exec 3<>/dev/tcp/{host}/{port}\" \
         && echo REACH''ED"
    );
    guest.run(&tried).contains("REACHED")
}

#[test]
fn an_update_comes_through_the_towns_proxy_and_not_past_it() {
    let hall = Hall::start();
    let proxy_url = format!("http://{}:{PORT}", hall.town().variable("GATEWAY_ADDRESS"));
    let settings = Settings { standby: false, ..Settings::default() };
    let options = Options {
        with: vec![WITHOUT_COPYING, WITHOUT_READING],
        by_file: true,
        tables: format!("\n[proxy]\nurl = \"{proxy_url}\"\n"),
        ..Options::default()
    };
    let mut guest = Guest::unpowered(&hall, &settings, &options);
    let proxy = Proxy::start(&hall, guest.directory());
    let town = Town::open(hall, guest.directory());
    let wall = Wall::before(&town.hall);
    guest.power_on(Firmware::Committed, None);
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot A is kept", SOON);
    assert!(!reaches(&mut guest, &town.web.host), "the wall has a hole");
    let before = wall.stopped();
    assert!(before > 0, "the wall stands elsewhere");

    count("updates");
    let begun = Instant::now();
    town.offer("20260102.1", "good.raucb");
    guest.wait_for_console("restart: into the trial", WRITTEN);
    figure("update_by_proxy_seconds", begun.elapsed().as_secs());
    assert_eq!(wall.stopped(), before, "something was sought past the proxy");
    assert!(
        proxy.asked_for(&format!("{}:{}", town.web.host, web::PORT)) > 0,
        "the proxy was not asked"
    );
    let from = town.web.asked_from("good.raucb");
    assert!(
        !from.is_empty() && !from.contains(&network::ADDRESS.to_string()),
        "asked for from {from:?}"
    );
    let (sent, length) = (town.web.sent("good.raucb"), bundle_length());
    assert!(sent > length / 10, "{sent} bytes of {length}: that is no update");
    say(&format!("{sent} bytes by the proxy for {from:?}, none past it"));
    count("updates_right");
    booted(&guest);
}

fn bundle_length() -> u64 {
    fs::metadata(borne_harness::guest::card::built().join("updates/good.raucb")).unwrap().len()
}
