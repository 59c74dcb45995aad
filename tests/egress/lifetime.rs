//! How it starts and ends.

use crate::fixture::{Egress, echo};
use borne_ipc::paths;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[test]
fn the_socket_is_for_the_browser_s_group_and_replaces_a_stale_one() {
    let run = PathBuf::from(format!("/var/tmp/borne/egress-test-{}-stale", std::process::id()));
    let egress =
        Egress::start_in(run, |run| drop(UnixListener::bind(paths::egress_socket(run)).unwrap()));
    let socket = std::fs::metadata(egress.socket()).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.mode() & 0o777, 0o660);
    assert_eq!(
        (socket.uid(), socket.gid()),
        (borne_ipc::Role::Egress.uid(), borne_ipc::Role::Browser.uid())
    );
}

#[test]
fn without_the_supervisor_it_exits_and_takes_every_tunnel_with_it() {
    let (mut egress, port) = (Egress::start(), echo());
    egress.allow(&[("localhost", port)]);
    let mut tunnel = egress.tunnel(&format!("localhost:{port}"));
    let begun = Instant::now();
    egress.supervisor.take().unwrap().hang_up();
    assert!(!egress.exit().success());
    assert_eq!(tunnel.read(&mut [0]).unwrap_or(0), 0);
    println!("exited {} ms after the supervisor", begun.elapsed().as_millis());
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn what_is_no_order_ends_it() {
    let mut egress = Egress::start();
    egress.supervisor.as_ref().unwrap().order(&"Allow everything");
    assert!(!egress.exit().success());
}
