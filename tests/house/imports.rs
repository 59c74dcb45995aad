//! Imports between our own crates go one way (docs/ARCHITECTURE.md, "Imports go one way").

use crate::metadata;
use cargo_metadata::DependencyKind;
use std::collections::BTreeSet;

/// Folder, and which of ours it may import.
const MAY: [(&str, &[&str]); 24] = [
    ("gateway/api", &[]),
    ("gateway/bornectl", &["borne-gateway-api"]),
    ("gateway/model", &["borne-gateway-api"]),
    // Both sides confine their processes by the same crate; it knows nothing of either.
    (
        "gateway/server",
        &["borne-harden", "borne-gateway-api", "borne-gateway-model", "borne-gateway-storage"],
    ),
    ("gateway/storage", &["borne-gateway-api", "borne-gateway-model"]),
    ("kiosk/agent", &["borne-harden", "borne-ipc", "borne-gateway-api"]),
    ("kiosk/browser", &["borne-harden", "borne-ipc"]),
    ("kiosk/cage", &["borne-harden", "borne-ipc"]),
    ("kiosk/config", &["borne-ipc"]),
    ("kiosk/egress", &["borne-harden", "borne-ipc"]),
    ("kiosk/harden", &[]),
    // What the gateway's API has a word for has that word among the terminal's processes too.
    ("kiosk/ipc", &["borne-gateway-api"]),
    ("kiosk/network-process", &["borne-harden"]),
    ("kiosk/nfc", &[]),
    ("kiosk/panel", &["borne-harden", "borne-ipc"]),
    ("kiosk/provision", &["borne-harden", "borne-config", "borne-ipc", "borne-slot"]),
    ("kiosk/reader", &["borne-harden", "borne-ipc", "borne-nfc"]),
    ("kiosk/shell", &["borne-harden", "borne-ipc"]),
    ("kiosk/slot", &[]),
    ("kiosk/supervisor", &["borne-harden", "borne-ipc", "borne-config", "borne-gateway-api"]),
    ("kiosk/wayland-filter", &["borne-harden", "borne-ipc"]),
    // Both speak the wire themselves, so they may know its types; never a product program's
    // insides.
    ("tests", &["borne-harness", "borne-ipc", "borne-gateway-api"]),
    ("tests/bench", &["borne-harness", "borne-ipc", "borne-gateway-api"]),
    ("tests/harness", &["borne-ipc", "borne-gateway-api"]),
];

#[test]
fn imports_go_one_way() {
    let metadata = metadata();
    let ours: BTreeSet<String> =
        metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let mut seen = BTreeSet::new();
    for package in &metadata.packages {
        let folder = package
            .manifest_path
            .parent()
            .unwrap()
            .strip_prefix(&metadata.workspace_root)
            .unwrap()
            .as_str();
        let (_, may) = MAY.iter().find(|(known, _)| *known == folder).unwrap_or_else(|| {
            panic!("{folder} is new: give it its line here and in docs/ARCHITECTURE.md");
        });
        seen.insert(folder.to_owned());
        for dependency in
            package.dependencies.iter().filter(|dependency| ours.contains(&dependency.name))
        {
            assert!(
                may.contains(&dependency.name.as_str()),
                "{folder} must not import {}",
                dependency.name
            );
        }
    }
    assert_eq!(seen.len(), MAY.len(), "a folder of the table is gone");
}

#[test]
fn the_gateways_model_knows_no_socket_no_disk_and_no_clock() {
    for name in ["borne-gateway-model", "borne-gateway-api", "borne-ipc", "borne-config"] {
        let metadata = metadata();
        let package =
            metadata.packages.iter().find(|package| package.name.as_str() == name).unwrap();
        let normal = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal);
        for dependency in normal {
            let forbidden =
                ["tokio", "axum", "hyper", "reqwest", "sqlx", "rustls", "ldap3", "rustix"];
            assert!(
                !forbidden.contains(&dependency.name.as_str()),
                "{name} must not import {}",
                dependency.name
            );
        }
    }
}

#[test]
fn every_dependency_is_pinned_in_one_place() {
    for package in metadata().packages {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        for line in
            manifest.lines().filter(|line| line.contains(" = ") || line.contains(".workspace"))
        {
            let version = line.contains("version = \"")
                || line.contains(" = \"0.")
                || line.contains(" = \"1");
            assert!(
                !version,
                "{}: {line:?}: name the version in the workspace's Cargo.toml",
                package.manifest_path
            );
        }
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{} inherits the lints",
            package.manifest_path
        );
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            assert!(
                manifest.contains(&format!("{key}.workspace = true")),
                "{}: {key}",
                package.manifest_path
            );
        }
    }
}
