//! An update from the gateway's offer to its confirmation, and those that are not taken or do not stay: real bundles
//! (`tests/image/update`), streamed over HTTPS from a server of the town by the guest's own RAUC, on the order of the
//! guest's own agent.

use crate::figures::{booted, count, figure};
use crate::slots::{chosen, status};
use borne_harness::guest::card::{self, Firmware};
use borne_harness::guest::{Guest, Options, START, WITHOUT_COPYING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::town::House;
use borne_harness::wait_for;
use borne_harness::world::say;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The agent reports once a minute; the emulator is about ten times slower than a board.
const SOON: Duration = Duration::from_secs(240);
/// Streaming, hashing and writing 300 MB on it.
const WRITTEN: Duration = Duration::from_secs(900);
const TRIAL: Duration = Duration::from_secs(600);
const PORT: u16 = 8444;
/// As whom `Guest` joins.
const TERMINAL: &str = "image";

/// nginx in the town hall, with the groupware's certificate. Dropping it ends it.
struct Web {
    server: Child,
    log: PathBuf,
    host: String,
}

impl Web {
    fn start(hall: &Hall, directory: &Path) -> Self {
        let (here, pki) = (directory.join("web"), hall.town().state().join("pki"));
        fs::create_dir_all(&here).unwrap();
        let (log, bundles) = (here.join("access.log"), card::built().join("updates"));
        let page = hall.town().variable("GROUPWARE");
        let host = page.trim_start_matches("https://").split('/').next().unwrap_or_default().to_owned();
        let text = format!(
            "daemon off; user root; pid {h}/pid; error_log {h}/error.log; events {{}}\n\
             http {{ log_format bytes '$uri $status $bytes_sent'; access_log {h}/access.log bytes; client_body_temp_path {h}/body;\n\
             proxy_temp_path {h}/proxy; fastcgi_temp_path {h}/fastcgi; uwsgi_temp_path {h}/uwsgi; scgi_temp_path {h}/scgi;\n\
             server {{ listen {address}:{PORT} ssl; ssl_certificate {p}/groupware.crt; ssl_certificate_key {p}/groupware.key;\n\
             root {b}; }} }}\n",
            h = here.display(),
            address = hall.town().variable("GROUPWARE_ADDRESS"),
            p = pki.display(),
            b = bundles.display(),
        );
        fs::write(here.join("nginx.conf"), text).unwrap();
        let mut line = hall.town().enter(House::Hall);
        line.extend(["nginx".to_owned(), "-c".to_owned(), here.join("nginx.conf").display().to_string()]);
        let words = File::create(here.join("words")).unwrap();
        let server = Command::new(&line[0]).args(&line[1..]).stdin(Stdio::null()).stderr(words).spawn().unwrap();
        wait_for("the web server", Duration::from_secs(10), || here.join("pid").exists());
        Self { server, log, host }
    }

    /// Bytes it has sent of a bundle.
    fn sent(&self, name: &str) -> u64 {
        let log = fs::read_to_string(&self.log).unwrap();
        let of = log.lines().filter(|line| line.starts_with(&format!("/{name} ")));
        of.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}

struct Town {
    hall: Hall,
    web: Web,
}

impl Town {
    /// As an administrator does.
    fn offer(&self, version: &str, bundle: &str) {
        let url = format!("https://{}:{PORT}/{bundle}", self.web.host);
        self.hall.bornectl(&["update", "offer", version, &url, TERMINAL], "").unwrap();
    }

    /// Waits until the terminal has told the gateway this of what it was offered.
    #[track_caller]
    fn wait_for_outcome(&self, guest: &Guest, outcome: &str, deadline: Duration) {
        wait_for(&format!("{outcome} in the gateway's list"), deadline, || {
            let list = self.hall.bornectl(&["update", "list"], "").unwrap();
            let line = list.lines().find(|line| line.starts_with(TERMINAL)).unwrap_or_default().to_owned();
            let console = guest.console();
            let agent = console.lines().rev().find(|line| line.contains("kiosk-agent")).unwrap_or_default();
            if line.split_whitespace().any(|word| word == outcome) { Ok(()) } else { Err(format!("{line}; {agent}")) }
        });
    }
}

#[test]
fn an_update_is_fetched_tried_and_kept_and_no_other_one_is() {
    let hall = Hall::start();
    let settings = Settings { standby: false, ..Settings::default() };
    let mut guest = Guest::start(&hall, &settings, &Options { with: vec![WITHOUT_COPYING], ..Options::default() });
    let town = Town { web: Web::start(&hall, guest.directory()), hall };
    guest.wait_for_state("Idle", START);
    guest.wait_for_console("slot A is kept", SOON);

    // Refused by what RAUC and the agent see before a byte is written; the control follows.
    for (version, bundle) in
        [("20260104.1", "other.raucb"), ("20260105.1", "unsigned.raucb"), ("20260106.1", "older.raucb")]
    {
        count("updates");
        town.offer(version, bundle);
        town.wait_for_outcome(&guest, "refused", SOON);
        assert_eq!([status(&mut guest, "trial"), status(&mut guest, "B")], ["none", "untried"], "{bundle}");
        say(&format!("{bundle} was refused"));
        count("updates_right");
    }

    count("updates");
    let begun = Instant::now();
    town.offer("20260102.1", "good.raucb");
    guest.wait_for_console("restart: into the trial", WRITTEN);
    figure("update_seconds", begun.elapsed().as_secs());
    figure("update_bytes", town.web.sent("good.raucb"));
    figure("update_bundle_bytes", fs::metadata(card::built().join("updates/good.raucb")).unwrap().len());
    assert_eq!(guest.follow_reset(SOON, None), Firmware::Tryboot, "the restart carried no flag");
    assert_eq!(chosen(&guest), 'A', "committed before it was tried");
    guest.wait_for_console("in slot B (trial: yes)", START);
    guest.wait_for_console("slot B is kept", START);
    assert_eq!(chosen(&guest), 'B');
    town.wait_for_outcome(&guest, "confirmed", SOON);
    assert!(guest.run("cat /etc/os-release").contains("IMAGE_VERSION=20260102.1"));
    say("the update is kept");
    count("updates_right");

    // Signed by the town and newer, and it does not start.
    count("updates");
    town.offer("20260103.1", "spoilt.raucb");
    guest.wait_for_console("restart: into the trial", WRITTEN);
    assert_eq!(guest.follow_reset(SOON, None), Firmware::Tryboot);
    // Its initramfs finds that its root does not verify, and restarts at once.
    assert_eq!(guest.follow_reset(TRIAL, None), Firmware::Committed);
    guest.wait_for_console("in slot B (trial: no)", START);
    town.wait_for_outcome(&guest, "returned", SOON);
    assert_eq!([status(&mut guest, "current"), status(&mut guest, "A")], ["B", "bad"]);
    assert_eq!(chosen(&guest), 'B');
    say("the spoilt update came back by itself");
    count("updates_right");
    booted(&guest);
}
