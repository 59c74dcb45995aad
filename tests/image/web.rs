//! What a terminal is offered and where it lies: a web server in the town hall with the bundles
//! that `tests/image/update` made, and the gateway's list of what came of an offer.

use borne_harness::guest::Guest;
use borne_harness::guest::card;
use borne_harness::hall::Hall;
use borne_harness::town::House;
use borne_harness::wait_for;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const PORT: u16 = 8444;
/// As whom `Guest` joins.
const TERMINAL: &str = "image";

/// nginx in the town hall, with the groupware's certificate. Dropping it ends it: it is one
/// process, workers would outlive it.
pub struct Web {
    server: Child,
    log: PathBuf,
    pub host: String,
}

impl Web {
    fn start(hall: &Hall, directory: &Path) -> Self {
        let (here, pki) = (directory.join("web"), hall.town().state().join("pki"));
        fs::create_dir_all(&here).unwrap();
        let (log, bundles) = (here.join("access.log"), card::built().join("updates"));
        let page = hall.town().variable("GROUPWARE");
        let host =
            page.trim_start_matches("https://").split('/').next().unwrap_or_default().to_owned();
        let text = format!(
            "daemon off; master_process off; user root; pid {h}/pid; error_log {h}/error.log; events {{}}\n\
             http {{ log_format bytes '$uri $remote_addr $status $bytes_sent'; access_log {h}/access.log bytes; client_body_temp_path {h}/body;\n\
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
        line.extend([
            "nginx".to_owned(),
            "-c".to_owned(),
            here.join("nginx.conf").display().to_string(),
        ]);
        let words = File::create(here.join("words")).unwrap();
        let server = Command::new(&line[0])
            .args(&line[1..])
            .stdin(Stdio::null())
            .stderr(words)
            .spawn()
            .unwrap();
        wait_for("the web server", Duration::from_secs(10), || here.join("pid").exists());
        Self { server, log, host }
    }

    /// From which addresses a bundle was asked for.
    pub fn asked_from(&self, name: &str) -> BTreeSet<String> {
        let log = fs::read_to_string(&self.log).unwrap();
        let of = log.lines().filter_map(|line| line.strip_prefix(&format!("/{name} ")));
        of.filter_map(|rest| rest.split(' ').next().map(str::to_owned)).collect()
    }

    /// Bytes it has sent of a bundle.
    pub fn sent(&self, name: &str) -> u64 {
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

pub struct Town {
    pub hall: Hall,
    pub web: Web,
}

impl Town {
    /// With the bundles to be had; the server's files lie beside the guest's.
    pub fn open(hall: Hall, directory: &Path) -> Self {
        Self { web: Web::start(&hall, directory), hall }
    }

    /// As an administrator does.
    pub fn offer(&self, version: &str, bundle: &str) {
        let url = format!("https://{}:{PORT}/{bundle}", self.web.host);
        self.hall.bornectl(&["update", "offer", version, &url, TERMINAL], "").unwrap();
    }

    /// Takes it back.
    pub fn withdraw(&self) {
        self.hall.bornectl(&["update", "withdraw", TERMINAL], "").unwrap();
    }

    /// Waits until the terminal has told the gateway this of what it was offered.
    #[track_caller]
    pub fn wait_for_outcome(&self, guest: &Guest, outcome: &str, deadline: Duration) {
        wait_for(&format!("{outcome} in the gateway's list"), deadline, || {
            let list = self.hall.bornectl(&["update", "list"], "").unwrap();
            let line =
                list.lines().find(|line| line.starts_with(TERMINAL)).unwrap_or_default().to_owned();
            let console = guest.console();
            let agent =
                console.lines().rev().find(|line| line.contains("kiosk-agent")).unwrap_or_default();
            if line.split_whitespace().any(|word| word == outcome) {
                Ok(())
            } else {
                Err(format!("{line}; {agent}"))
            }
        });
    }
}
