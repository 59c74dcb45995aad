//! `make run` on a machine without a display: what it prints leads a person to the terminal, and
//! leads nobody else there.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use borne_harness::{programs, wait_for};
use borne_ipc::Role;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SAID: &str = "/var/tmp/borne/run.said";
/// Town, gateway and terminal, on a busy machine.
const START: Duration = Duration::from_secs(120);

/// `borne-run`, and the address it printed.
struct Running {
    program: Child,
    port: u16,
    token: String,
}

impl Running {
    fn start() -> Self {
        fs::create_dir_all("/var/tmp/borne").unwrap();
        let program = Command::new(programs::program("borne-run"))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(File::create(SAID).unwrap())
            .spawn()
            .unwrap();
        let address = wait_for("the address of a web page", START, || {
            let said = fs::read_to_string(SAID).unwrap_or_default();
            let address = said.split_once("http://127.0.0.1:").map(|(_, rest)| rest.to_owned());
            address.and_then(|rest| rest.lines().next().map(str::to_owned)).ok_or(said)
        });
        let (port, _) = address.split_once('/').unwrap();
        let (_, token) = address.rsplit_once("%3D").unwrap();
        let port = port.parse().unwrap();
        wait_for("the web page's server", START, || TcpStream::connect(("127.0.0.1", port)));
        Self { program, port, token: token.to_owned() }
    }

    /// What the server answers to these lines, until `enough` or the end.
    fn ask(&self, lines: &str, enough: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(lines.as_bytes()).unwrap();
        let (mut answer, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(got @ 1..) = stream.read(&mut part) {
            answer.extend_from_slice(&part[..got]);
            if String::from_utf8_lossy(&answer).contains(enough) {
                break;
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn connect(&self, token: &str) -> String {
        let lines = format!(
            "GET /websockify?token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary\r\n\
             Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
        );
        self.ask(&lines, "RFB 003.")
    }

    /// As Ctrl-C does; says whether all of it ended well.
    fn end(mut self) -> bool {
        let pid = Pid::from_child(&self.program);
        kill_process(pid, Signal::INT).unwrap();
        let ended = wait_for("the end of make run", Duration::from_secs(60), || {
            self.program.try_wait().ok().flatten()
        });
        ended.success()
    }
}

/// The addresses on which this user's programs listen, as /proc writes them.
fn listening(uid: u32) -> Vec<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = words.filter(|words| words[3] == "0A" && words[7] == uid.to_string());
    ours.map(|words| words[1].to_owned()).collect()
}

#[test]
fn without_a_display_it_is_seen_in_a_web_page_by_who_was_given_the_address() {
    let run = Running::start();
    let page = run.ask("GET /vnc.html HTTP/1.0\r\n\r\n", "</html>");
    assert!(page.contains("200 OK") && page.contains("noVNC"), "{page}");
    assert!(run.connect(&run.token).contains("RFB 003."), "no VNC behind the page");
    for other in ["", "0", &run.token[1..]] {
        let refused = run.connect(other);
        assert!(!refused.contains("RFB"), "token {other:?} lets in: {refused}");
    }
    let doors = listening(Role::Compositor.uid());
    assert_eq!(doors.len(), 2, "VNC and the web page: {doors:?}");
    assert!(doors.iter().all(|door| door.starts_with("0100007F:")), "{doors:?}");
    assert!(run.end(), "make run does not end well");
}
