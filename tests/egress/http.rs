//! Protocols of the web inside a tunnel: whatever they are, their bytes arrive as they were sent.

use crate::fixture::{Egress, SOON, connect_request, serve};
use borne_harness::wait_for;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command};

/// RFC 6455, 1.3: the key and answer of the example there.
const UPGRADE: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCHING: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// RFC 6455, 5.7: "Hello", masked by the client and unmasked by the server; ping and pong.
const FROM_CLIENT: [&[u8]; 2] = [
    b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
    b"\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
];
const FROM_SERVER: [&[u8]; 2] = [b"\x81\x05\x48\x65\x6c\x6c\x6f", b"\x8a\x05\x48\x65\x6c\x6c\x6f"];

fn expect(stream: &mut impl Read, bytes: &[u8]) {
    let mut seen = vec![0; bytes.len()];
    stream.read_exact(&mut seen).unwrap();
    assert_eq!(seen, bytes);
}

#[test]
fn a_websocket_is_opened_and_talks_both_ways() {
    let port = serve(|mut stream| {
        expect(&mut stream, UPGRADE);
        stream.write_all(SWITCHING).unwrap();
        for (question, answer) in FROM_CLIENT.iter().zip(FROM_SERVER) {
            // The server speaks first too: nothing in between may wait for the client.
            stream.write_all(answer).unwrap();
            expect(&mut stream, question);
        }
    });
    let egress = Egress::start();
    egress.allow(&[("localhost", port)]);
    let mut tunnel = egress.tunnel(&format!("localhost:{port}"));
    tunnel.write_all(UPGRADE).unwrap();
    expect(&mut tunnel, SWITCHING);
    for (question, answer) in FROM_CLIENT.iter().zip(FROM_SERVER) {
        expect(&mut tunnel, answer);
        tunnel.write_all(question).unwrap();
    }
}

/// nginx speaking HTTP/2 over TLS (RFC 9113, 3.2) on a port of loopback.
struct Nginx {
    process: Child,
    directory: PathBuf,
    port: u16,
}

impl Nginx {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let directory =
            PathBuf::from(format!("/var/tmp/borne/egress-test-{}-nginx", std::process::id()));
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let at = directory.display();
        let certificate = Command::new("/usr/bin/openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "1",
            ])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-keyout", &format!("{at}/key.pem"), "-out", &format!("{at}/certificate.pem")])
            .output()
            .unwrap();
        assert!(certificate.status.success(), "{}", String::from_utf8_lossy(&certificate.stderr));
        let configuration = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log; events {{}}\n\
             http {{ access_log off; client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f;\n\
             uwsgi_temp_path {at}/u; scgi_temp_path {at}/s; server {{ listen 127.0.0.1:{port} ssl http2;\n\
             ssl_certificate {at}/certificate.pem; ssl_certificate_key {at}/key.pem;\n\
             location / {{ return 200 \"$server_protocol $request_uri\\n\"; }} }} }}\n"
        );
        fs::write(directory.join("nginx.conf"), configuration).unwrap();
        let process = Command::new("/usr/sbin/nginx")
            .arg("-p")
            .arg(&directory)
            .arg("-e")
            .arg(directory.join("error.log"))
            .arg("-c")
            .arg(directory.join("nginx.conf"))
            .spawn()
            .unwrap();
        wait_for("nginx to listen", SOON, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { process, directory, port }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _reaped = self.process.wait();
        let _gone_already = fs::remove_dir_all(&self.directory);
    }
}

/// A port of loopback that is the egress socket, for one client: curl cannot speak to a proxy on a
/// Unix socket.
fn relay(mut proxy: UnixStream) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let (mut from_client, mut to_proxy) =
            (client.try_clone().unwrap(), proxy.try_clone().unwrap());
        std::thread::spawn(move || {
            let _cut_off = std::io::copy(&mut from_client, &mut to_proxy);
            let _gone_already = to_proxy.shutdown(Shutdown::Write);
        });
        let _cut_off = std::io::copy(&mut proxy, &mut client);
    });
    port
}

#[test]
fn http_2_streams_share_a_tunnel() {
    let (egress, nginx) = (Egress::start(), Nginx::start());
    egress.allow(&[("localhost", nginx.port)]);
    let proxy = relay(egress.connect());
    let place = format!("https://localhost:{}", nginx.port);
    let curl = Command::new("/usr/bin/curl")
        .args(["--silent", "--show-error", "--max-time", "10", "--http2", "--cacert"])
        .arg(nginx.directory.join("certificate.pem"))
        .args(["--proxy", &format!("http://127.0.0.1:{proxy}"), "--noproxy", ""])
        .args([format!("{place}/un"), format!("{place}/deux")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&curl.stdout);
    assert_eq!(said, "HTTP/2.0 /un\nHTTP/2.0 /deux\n", "{}", String::from_utf8_lossy(&curl.stderr));
}

#[test]
fn what_the_browser_says_beside_the_place_reaches_nobody() {
    let port = serve(|mut stream| {
        let mut first = [0; 8];
        stream.read_exact(&mut first).unwrap();
        stream.write_all(&first).unwrap();
    });
    let egress = Egress::start();
    egress.allow(&[("localhost", port)]);
    let mut stream = egress.connect();
    // A libsoup with CVE-2026-5119 sends the cookies of the page along here.
    let head = connect_request(&format!("localhost:{port}"));
    let head = head.replace(
        "\r\n\r\n",
        "\r\nCookie: canary-cookie\r\nProxy-Authorization: Basic canary\r\n\r\n",
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"in there").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nin there"),
        "{answer:?}"
    );
    assert!(!egress.log().contains("canary"));
}
