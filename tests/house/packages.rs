//! The gateway's Debian package: its unit, its pages and its completions agree with the programs.

use crate::root;
use std::fs;
use std::process::Command;

/// The most systemd's exposure figure may be for the gateway's unit, in tenths.
const MOST_EXPOSED: u32 = 15;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn systemd_finds_the_gateways_unit_hardly_exposed() {
    let folder = std::env::temp_dir().join(format!("borne-house-{}", std::process::id()));
    let units = folder.join("usr/lib/systemd/system");
    fs::create_dir_all(&units).unwrap();
    let unit = "borne-gateway.service";
    fs::copy(root().join("gateway/packaging").join(unit), units.join(unit)).unwrap();
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=yes", "--no-pager", &format!("--root={}", folder.display())])
        .arg(unit)
        .output()
        .expect("systemd-analyze, of the package systemd");
    let _gone = fs::remove_dir_all(&folder);
    let text = String::from_utf8_lossy(&output.stdout);
    let level = text.lines().last().and_then(|line| line.split_once(": ")?.1.split(' ').next());
    let tenths: u32 = level.unwrap_or("none").replace('.', "").parse().expect("a figure");
    assert!(tenths <= MOST_EXPOSED, "{text}");
}

#[test]
fn nothing_of_the_package_starts_before_it_is_configured() {
    for unit in
        ["borne-gateway.service", "borne-gateway-terminals.socket", "borne-gateway-web.socket"]
    {
        let text = read(&format!("gateway/packaging/{unit}"));
        assert!(text.contains("\nConditionPathExists=/etc/borne/configured\n"), "{unit}");
    }
    let script = read("gateway/packaging/debian/postinst");
    let enables = script.split_whitespace().any(|word| word == "enable");
    assert!(!enables, "the package must enable nothing by itself");
}

#[test]
fn the_sockets_have_the_names_the_gateway_takes_them_by() {
    let listen = read("gateway/server/src/listen.rs");
    for (unit, name) in [("terminals", "terminal_api"), ("web", "web")] {
        let text = read(&format!("gateway/packaging/borne-gateway-{unit}.socket"));
        assert!(text.contains(&format!("\nFileDescriptorName={name}\n")), "{unit}");
        assert!(listen.contains(&format!("bind(\"{name}\"")), "{name}");
    }
}

#[test]
fn the_page_and_the_completions_of_bornectl_have_every_command_of_its_usage() {
    let source = read("gateway/bornectl/src/main.rs");
    let (_, usage) = source.split_once("const USAGE: &str = \"\\\n").unwrap();
    let (usage, _) = usage.split_once("\";").unwrap();
    let page = read("gateway/packaging/man/bornectl.1").replace("\\-", "-");
    let completions = ["bornectl.bash", "_bornectl", "bornectl.fish"]
        .map(|name| (name, read(&format!("gateway/packaging/completion/{name}"))));
    for line in usage.lines() {
        assert!(page.contains(line), "bornectl(1) lacks: {line}");
        let command = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '));
        let lower = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        for word in command.unwrap_or_default().split(' ').take(2).take_while(lower) {
            for (name, text) in &completions {
                let has =
                    text.split(|c: char| c.is_whitespace() || "'()".contains(c)).any(|w| w == word);
                assert!(word.is_empty() || word.starts_with('-') || has, "{name} lacks {word}");
            }
        }
    }
}
