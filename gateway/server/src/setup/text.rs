//! The configuration that the answers make.

use super::answers::Answers;
use std::path::Path;

/// Its text. Every answer in it is written as TOML writes a string, whatever is in it.
pub fn configuration(answers: &Answers, folder: &Path) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let said = |key: &str| quoted(answers.get(key));
    let file = |name: &str| quoted(&folder.join(name).display().to_string());
    let (certificate, key) = (file("gateway.crt"), file("gateway.key"));
    format!(
        r#"# Written by `borne-gateway setup`. gateway.toml(5) explains each key, and those that may be added.
state_dir = "/var/lib/borne-gateway"

[terminal_api]
listen = "[::]:8443"
certificate = {certificate}
key = {key}

[web]
listen = "[::]:443"
url = {url}
certificate = {certificate}
key = {key}
trust = {trust}
home = "groupware"

[directory]
url = {directory}
trust = {trust}
bind_dn = {bind_dn}
password_file = {password}
base = {base}
profile = {profile}

[[app]]
name = "groupware"
entry = {entry}
{app}"#,
        url = quoted(&format!("https://{}", answers.get("name"))),
        trust = said("trust"),
        directory = quoted(answers.get("directory").trim_end_matches('/')),
        bind_dn = said("bind_dn"),
        password = file("directory-password"),
        base = said("base"),
        profile = said("profile"),
        entry = said("groupware"),
        app = application(answers, &quoted),
    )
}

fn application(answers: &Answers, quoted: &impl Fn(&str) -> String) -> String {
    let address = answers.get("groupware");
    if answers.get("groupware_kind") != "sogo" {
        return format!("services = [{}]\n", quoted(address));
    }
    let root = address.trim_end_matches('/');
    let host = reqwest::Url::parse(address).ok();
    let host = host.as_ref().and_then(reqwest::Url::host_str).unwrap_or_default();
    format!(
        "services = [{}]\nshortcut = true\nproxy_callbacks = [{}, {}]\nproxy_targets = [{}]\n",
        quoted(&format!("{root}/so/index")),
        quoted(&format!("{root}/casProxy")),
        quoted(&format!("{root}/so/casProxy")),
        quoted(&format!("imap://{host}")),
    )
}
