//! The files of a switch that asks for 802.1X: hostapd with its own RADIUS part, for one terminal
//! by PEAP and MSCHAPv2.
//!
//! Duties: authority, certificate, user and configuration. Never: start it; whose cable it is, the
//! test knows.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Who may come in.
pub const IDENTITY: &str = "borne-12";
/// By this; it holds what configuration files trip over.
pub const PASSWORD: &str = "mot \"de\" passe \\ 12";

/// Writes `switch.conf` for hostapd on this interface, and what it names; `ca.pem` is what a
/// terminal must trust.
///
/// # Panics
/// When a file cannot be made.
pub fn prepare(here: &Path, interface: &str) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        here,
        &format!("req -x509 {key} -days 30 -subj /CN=authority -keyout ca.key -out ca.pem"),
    );
    openssl(here, &format!("req -new {key} -subj /CN=radius -keyout server.key -out server.csr"));
    openssl(
        here,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out server.pem",
    );
    let quoted = PASSWORD.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let users = format!("\"{IDENTITY}\" PEAP\n\"{IDENTITY}\" MSCHAPV2 {quoted} [2]\n");
    fs::write(here.join("users"), users).expect("write the switch's users");
    let h = here.display();
    let conf = format!(
        "interface={interface}\ndriver=wired\nlogger_stdout=-1\nlogger_stdout_level=0\nieee8021x=1\nuse_pae_group_addr=1\n\
         eap_server=1\neap_user_file={h}/users\nca_cert={h}/ca.pem\nserver_cert={h}/server.pem\nprivate_key={h}/server.key\n"
    );
    fs::write(here.join("switch.conf"), conf).expect("write the switch's configuration");
}

fn openssl(here: &Path, arguments: &str) {
    let done = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(here)
        .output()
        .expect("start openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
