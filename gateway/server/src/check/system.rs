//! The machine: clock, room on the disk, ports, database.

use super::{Line, Verdict};
use crate::config::Config;
use crate::secrets::FIRST_DAY;
use crate::state_dir::DATABASE;
use borne_gateway_api::admin::SOCKET;
use borne_gateway_model::Moment;
use borne_gateway_storage::Storage;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const MIB: u64 = 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(1);

/// All but the database.
pub fn look(config: &Config, now: Moment) -> Vec<Line> {
    vec![
        clock(now),
        disk(config),
        port(
            config,
            "terminal_api.listen",
            config.terminal_api.listen,
            "borne-gateway-terminals.socket",
        ),
        port(config, "web.listen", config.web.listen, "borne-gateway-web.socket"),
    ]
}

fn clock(now: Moment) -> Line {
    if now < FIRST_DAY {
        let fix = "set it (timedatectl set-ntp true), certificates depend on it";
        return Line::bad(Verdict::Fail, "clock", format!("it says {}", now.iso()), fix);
    }
    let asked =
        Command::new("timedatectl").args(["show", "-p", "NTPSynchronized", "--value"]).output();
    let said = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    match said.as_deref() {
        Ok("yes") => Line::ok("clock", format!("{}, synchronised", now.iso())),
        Ok("no") => Line::bad(
            Verdict::Warn,
            "clock",
            format!("{}, not synchronised with a time server", now.iso()),
            "timedatectl set-ntp true, or install chrony",
        ),
        _ => Line::ok(
            "clock",
            format!("{}; nobody here can say whether it is synchronised", now.iso()),
        ),
    }
}

fn disk(config: &Config) -> Line {
    let there = config.state_dir.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let free = rustix::fs::statvfs(there).map(|data| data.f_bavail * data.f_frsize / MIB);
    let verdict = match free {
        Ok(512..) => Verdict::Ok,
        Ok(64..512) | Err(_) => Verdict::Warn,
        Ok(_) => Verdict::Fail,
    };
    let found = free.map_or_else(
        |error| error.to_string(),
        |free| format!("{free} MiB free in {}", config.state_dir.display()),
    );
    match verdict {
        Verdict::Ok => Line::ok("disk", found),
        verdict => {
            Line::bad(verdict, "disk", found, "make room: logins are refused when it is full")
        }
    }
}

fn port(config: &Config, what: &str, address: SocketAddr, unit: &str) -> Line {
    let mut error = match TcpListener::bind(address) {
        Ok(_) => return Line::ok(what, format!("{address} is free")),
        Err(error) => error,
    };
    // Who may not have a port below 1024 is not told that another one has it.
    if error.kind() == ErrorKind::PermissionDenied && is_answered(address) {
        error = ErrorKind::AddrInUse.into();
    }
    let ours = UnixStream::connect(config.state_dir.join(SOCKET)).is_ok();
    let handed = Command::new("systemctl").args(["is-active", "--quiet", unit]).status();
    let handed = handed.is_ok_and(|status| status.success());
    if error.kind() == ErrorKind::AddrInUse && (ours || handed) {
        return Line::ok(what, format!("{address} is this gateway's"));
    }
    let fix = match error.kind() {
        ErrorKind::AddrInUse => format!("find who has it: ss -ltnp sport = :{}", address.port()),
        ErrorKind::PermissionDenied => format!("systemctl enable --now {unit}: it opens the port"),
        _ => "write an address of this machine".to_owned(),
    };
    let later = error.kind() == ErrorKind::PermissionDenied;
    let verdict = if later { Verdict::Warn } else { Verdict::Fail };
    Line::bad(verdict, what, format!("{address}: {error}"), fix)
}

fn is_answered(mut address: SocketAddr) -> bool {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    TcpStream::connect_timeout(&address, PATIENCE).is_ok()
}

/// Whether the database is whole.
pub async fn database(config: &Config) -> Line {
    let path = config.state_dir.join(DATABASE);
    match path.try_exists() {
        Ok(false) => return Line::ok("database", "not made yet"),
        Ok(true) => {}
        Err(error) => {
            let fix = format!("chown -R borne-gateway: {}", config.state_dir.display());
            return Line::bad(Verdict::Fail, "database", error.to_string(), fix);
        }
    }
    match Storage::inspect(&path).await {
        Ok(found) => Line::ok("database", format!("{}: whole, {found}", path.display())),
        Err(error) => Line::bad(
            Verdict::Fail,
            "database",
            format!("{error}: {}", error.source),
            "borne-gateway restore BACKUP --identity KEYFILE",
        ),
    }
}
