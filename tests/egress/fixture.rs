//! An egress process with everything round it, in a directory of its own.

use borne_harness::peer::{Peer, SupervisorEnd};
use borne_harness::{programs, wait_for};
use borne_ipc::{EgressEvent, EgressOrder, HostPort, Network, Role, paths};
use rustix::process::{Gid, Uid};
use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Long enough for anything that works; a test that needs it all has failed.
pub const SOON: Duration = Duration::from_secs(10);

/// Hosts file, number of the user and group, program. `exec` all the way, so the child's number
/// stays the program's.
const IN_ITS_OWN_MOUNTS: &str =
    r#"mount --bind "$1" /etc/hosts && exec setpriv --reuid "$2" --regid "$2" --clear-groups "$3""#;
/// The servers of these tests live on loopback.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct Egress {
    pub supervisor: Option<Peer<EgressEvent>>,
    process: Child,
    run: PathBuf,
}

impl Egress {
    /// Listening, with nothing on its list.
    pub fn start() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self::start_in(
            PathBuf::from(format!("/var/tmp/borne/egress-test-{}-{number}", std::process::id())),
            |_| {},
        )
    }

    pub fn start_in(run: PathBuf, prepare: impl FnOnce(&Path)) -> Self {
        let _none_there = fs::remove_dir_all(&run);
        let directory = run.join("egress");
        fs::create_dir_all(&directory).expect("make the test's directory");
        // As `borne_ipc::paths::DIRECTORIES` has it.
        chown(&directory, Some(Role::Egress.uid()), Some(Role::Browser.uid()))
            .expect("give the directory away");
        fs::set_permissions(&directory, Permissions::from_mode(0o2750)).expect("set its mode");
        prepare(&run);
        programs::install(&["kiosk-egress"], &run.join("bin"));
        let supervisor = SupervisorEnd::listen(&run);
        // A hosts file of its own, which a test may rewrite: a name that leads elsewhere now.
        fs::copy("/etc/hosts", run.join("hosts")).expect("copy the hosts file");
        let process = Command::new("/usr/bin/unshare")
            .args(["--mount", "--propagation=private", "/bin/sh", "-c", IN_ITS_OWN_MOUNTS, "sh"])
            .arg(run.join("hosts"))
            .arg(Role::Egress.uid().to_string())
            .arg(run.join("bin/kiosk-egress"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("BORNE_RUN", &run)
            .env("BORNE_LOG", "debug")
            .stderr(File::create(run.join("log")).expect("make the log"))
            .spawn()
            .expect("start kiosk-egress");
        let supervisor = supervisor.accept();
        let (_, EgressEvent::Ready) = supervisor.next("Ready", SOON);
        Self { supervisor: Some(supervisor), process, run }
    }

    /// Replaces the list and waits until it holds; loopback is a listed network.
    pub fn allow(&self, places: &[(&str, u16)]) {
        self.allow_within(places, &LOOPBACK);
    }

    /// The same with these networks: orders are taken in turn, and the log tells.
    pub fn allow_within(&self, places: &[(&str, u16)], lan: &[&str]) {
        let places = places
            .iter()
            .map(|(host, port)| HostPort { host: (*host).to_owned(), port: *port })
            .collect();
        let lists = |log: &str| log.matches("allow list").count();
        let before = lists(&self.log());
        self.supervisor.as_ref().expect("a supervisor").order(&EgressOrder::Allow {
            places,
            lan: lan.iter().map(|text| network(text)).collect(),
        });
        wait_for("the list to be taken", SOON, || lists(&self.log()) > before);
    }

    /// What the name server says from now on.
    pub fn resolves(&self, name: &str, addresses: &[&str]) {
        let lines: Vec<String> =
            addresses.iter().map(|address| format!("{address} {name}\n")).collect();
        fs::write(self.run.join("hosts"), lines.concat()).expect("write the hosts file");
    }

    pub fn socket(&self) -> PathBuf {
        paths::egress_socket(&self.run)
    }

    /// A connection as the browser's user: a socket's credentials are those of the thread that
    /// connects.
    pub fn connect(&self) -> UnixStream {
        self.connect_as(Role::Browser).expect("connect as the browser")
    }

    pub fn connect_as(&self, role: Role) -> std::io::Result<UnixStream> {
        let (socket, id) = (self.socket(), role.uid());
        let thread = std::thread::spawn(move || {
            let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(Role::Browser.uid()));
            rustix::thread::set_thread_groups(&[])?;
            rustix::thread::set_thread_res_gid(gid, gid, gid)?;
            rustix::thread::set_thread_res_uid(uid, uid, uid)?;
            UnixStream::connect(socket)
        });
        let stream = thread.join().expect("the thread that connects")?;
        stream.set_read_timeout(Some(SOON))?;
        Ok(stream)
    }

    /// The whole answer to a request that gets no tunnel; its end is the end of the connection.
    pub fn answer(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("send the request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read the answer to its end");
        answer
    }

    /// A tunnel to a place that is on the list.
    pub fn tunnel(&self, authority: &str) -> UnixStream {
        let mut stream = self.connect();
        stream.write_all(connect_request(authority).as_bytes()).expect("send the request");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("read the answer");
            head.extend(byte);
        }
        assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&head));
        stream
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.run.join("log")).expect("read the log")
    }

    pub fn exit(&mut self) -> ExitStatus {
        wait_for("kiosk-egress to exit", SOON, || self.process.try_wait().expect("wait for it"))
    }
}

impl Drop for Egress {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _reaped = self.process.wait();
        let _gone_already = fs::remove_dir_all(&self.run);
    }
}

fn network(text: &str) -> Network {
    let (address, prefix) = text.split_once('/').expect("address/prefix");
    Network {
        address: address.parse().expect("an address"),
        prefix: prefix.parse().expect("a prefix"),
    }
}

pub fn connect_request(authority: &str) -> String {
    format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n")
}

/// A refusal: this status, no body, and no more.
pub fn is_refusal(answer: &str, status: u16) -> bool {
    let head = format!("HTTP/1.1 {status} ");
    answer.starts_with(&head)
        && answer.contains("Content-Length: 0\r\n")
        && answer.ends_with("\r\n\r\n")
}

/// A server that gives back what it gets, until its client has said all.
pub fn echo() -> u16 {
    serve(|mut stream| {
        let mut copy = stream.try_clone().expect("clone the stream");
        let _cut_off = std::io::copy(&mut stream, &mut copy);
        let _gone_already = copy.shutdown(std::net::Shutdown::Write);
    })
}

pub fn serve(talk: impl Fn(TcpStream) + Send + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    port
}
