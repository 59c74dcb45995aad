//! The image's overlay and the programs agree: users, directories, units, and what each unit may
//! do.
//!
//! What systemd itself has to say of a unit (`systemd-analyze security`) is asked of this machine's
//! systemd, offline.

use crate::root;
use borne_ipc::{Group, Role, paths};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most systemd's exposure figure may be for one of our units, in tenths.
const MOST_EXPOSED: u32 = 20;
fn overlay() -> PathBuf {
    root().join("buildroot-overlay")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn units() -> PathBuf {
    overlay().join("usr/lib/systemd/system")
}

fn rows(file: &str) -> Vec<Vec<String>> {
    let text = read(&overlay().join(file));
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

/// `WaylandFilter` is `borne-wayland-filter`.
fn user(role: Role) -> String {
    let mut name = "borne".to_owned();
    for letter in format!("{role:?}").chars() {
        if letter.is_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

const fn group(group: Group) -> &'static str {
    match group {
        Group::Ipc => "borne-ipc",
        Group::Wayland => "borne-wayland",
        Group::I2c => "borne-i2c",
    }
}

/// The lines of a unit and of its drop-ins, in the order in which systemd takes them.
fn settings(unit: &str) -> Vec<(String, String)> {
    let prefix = unit.split('-').next().unwrap_or_default();
    let mut files = vec![units().join(unit)];
    let mut dropins: Vec<PathBuf> = Vec::new();
    let kind = unit.rsplit('.').next().unwrap_or_default();
    for directory in [format!("{prefix}-.{kind}.d"), format!("{unit}.d")] {
        dropins.extend(
            fs::read_dir(units().join(directory))
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path()),
        );
    }
    dropins.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    files.extend(dropins);
    let texts = files.iter().map(|file| read(file));
    texts.flat_map(|text| text.lines().filter_map(pair).collect::<Vec<_>>()).collect()
}

fn pair(line: &str) -> Option<(String, String)> {
    let (key, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    Some((key.to_owned(), value.to_owned()))
}

fn our_services() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(units())
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".service"))
        .collect();
    names.sort();
    assert!(names.len() >= 9, "{names:?}");
    names
}

#[test]
fn the_users_of_the_image_are_those_of_the_programs() {
    let made: BTreeMap<String, String> = rows("usr/lib/sysusers.d/borne.conf")
        .into_iter()
        .map(|row| (format!("{} {}", row[0], row[1]), row[2].clone()))
        .collect();
    let mut wanted: BTreeMap<String, String> = Role::ALL
        .into_iter()
        .map(|role| (format!("u {}", user(role)), role.uid().to_string()))
        .collect();
    wanted.extend(Group::ALL.map(|of| (format!("g {}", group(of)), of.gid().to_string())));
    assert_eq!(made, wanted);
}

#[test]
fn the_directories_of_the_image_are_those_of_the_programs() {
    let owner =
        |uid: u32| if uid == 0 { "root".to_owned() } else { user(Role::from_uid(uid).unwrap()) };
    let named = |gid: u32| match Role::from_uid(gid) {
        _ if gid == 0 => "root".to_owned(),
        Some(role) => user(role),
        None => Group::ALL.into_iter().find(|of| of.gid() == gid).map(group).unwrap().to_owned(),
    };
    let wanted: BTreeSet<String> = paths::DIRECTORIES
        .into_iter()
        .map(|(name, uid, gid, mode)| {
            format!("d /run/borne/{name} {mode:04o} {} {} -", owner(uid), named(gid))
        })
        .collect();
    let made: BTreeSet<String> = rows("usr/lib/tmpfiles.d/borne.conf")
        .into_iter()
        .map(|row| row.join(" "))
        .filter(|row| row.starts_with("d /run/borne/"))
        .collect();
    assert_eq!(made, wanted);
}

#[test]
fn each_process_runs_as_its_own_user_with_the_groups_of_its_role() {
    for role in Role::ALL {
        // The browser's begins as its cage. It and the filter have an instance for each connection
        // to their socket.
        let name = user(role).replacen("borne-", "kiosk-", 1);
        let (unit, started) = match role {
            Role::Browser => ("kiosk-cage@.service".to_owned(), "kiosk-cage.socket".to_owned()),
            Role::WaylandFilter => (format!("{name}@.service"), format!("{name}.socket")),
            _ => (format!("{name}.service"), format!("{name}.service")),
        };
        let settings = settings(&unit);
        let of = |key: &str| {
            settings
                .iter()
                .filter(|pair| pair.0 == key)
                .map(|pair| pair.1.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("User"), [user(role)], "{unit}");
        let groups: Vec<&str> = role.groups().iter().map(|of| group(*of)).collect();
        let given = of("SupplementaryGroups").join(" ");
        assert_eq!(given.split_whitespace().collect::<Vec<_>>(), groups, "{unit}");
        let wanted = read(&units().join("borne.target"));
        assert!(wanted.contains(&started), "borne.target does not want {started}");
    }
}

#[test]
fn what_a_connection_starts_is_the_supervisors_alone_and_ends_with_it() {
    let run = Path::new("/run/borne");
    for (name, path) in
        [("kiosk-cage", paths::cage_start(run)), ("kiosk-wayland-filter", paths::filter_start(run))]
    {
        let socket = settings(&format!("{name}.socket"));
        let listens = path.display().to_string();
        for (key, value) in [
            ("ListenStream", listens.as_str()),
            ("Accept", "yes"),
            ("SocketUser", "borne-supervisor"),
            ("SocketMode", "0600"),
            ("TriggerLimitIntervalSec", "0"),
        ] {
            let all: Vec<_> =
                socket.iter().filter(|pair| pair.0 == key).map(|pair| pair.1.as_str()).collect();
            assert_eq!(all, [value], "{name}.socket: {key}");
        }
        let unit = settings(&format!("{name}@.service"));
        for (key, value) in [
            ("BindsTo", "kiosk-supervisor.service"),
            ("After", "kiosk-supervisor.service"),
            ("CollectMode", "inactive-or-failed"),
            ("Restart", "no"),
            ("StandardInput", "socket"),
            ("StandardOutput", "null"),
            ("KillSignal", "SIGKILL"),
            ("KillMode", "control-group"),
        ] {
            let last = unit.iter().rfind(|pair| pair.0 == key).map(|pair| pair.1.as_str());
            assert_eq!(last, Some(value), "{name}@.service: {key}");
        }
    }
}

#[test]
fn a_capability_is_kept_by_the_supervisor_and_by_who_speaks_802_1x_alone() {
    for unit in our_services() {
        let mut kept = String::new();
        for (key, value) in settings(&unit) {
            if key == "CapabilityBoundingSet" {
                kept = value;
            }
        }
        let may = match unit.as_str() {
            "kiosk-supervisor.service" => "CAP_KILL",
            "borne-8021x@.service" => "CAP_NET_RAW CAP_NET_ADMIN",
            _ => "",
        };
        assert_eq!(kept, may, "{unit}");
    }
}

#[test]
fn what_a_unit_gets_back_is_said_why() {
    for unit in our_services() {
        let file = units().join(format!("{unit}.d/20-rights.conf"));
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let body = text.split_once("[Service]\n").map_or("", |(_, body)| body);
        assert!(body.starts_with('#'), "{}: begin with a reason", file.display());
        // Nothing of it hides in the unit itself.
        let own = read(&units().join(&unit));
        for key in [
            "SystemCallFilter",
            "RestrictAddressFamilies",
            "PrivateNetwork",
            "DeviceAllow",
            "ReadWritePaths",
        ] {
            assert!(
                !own.contains(&format!("\n{key}=")),
                "{unit}: {key} must be in {}",
                file.display()
            );
        }
    }
}

#[test]
fn systemd_finds_no_unit_of_ours_exposed() {
    for unit in our_services() {
        let output = Command::new("systemd-analyze")
            .args([
                "security",
                "--offline=yes",
                "--no-pager",
                &format!("--root={}", overlay().display()),
            ])
            .arg(&unit)
            .output()
            .expect("systemd-analyze, of the package systemd");
        let text = String::from_utf8_lossy(&output.stdout);
        let level = text
            .lines()
            .last()
            .and_then(|line| line.split_once(": ")?.1.split(' ').next())
            .unwrap_or("none");
        let tenths: u32 =
            level.replace('.', "").parse().unwrap_or_else(|_| panic!("{unit}: {text}"));
        assert!(
            tenths <= MOST_EXPOSED,
            "{unit}: exposure {level}; systemd-analyze security says where from"
        );
    }
}

#[test]
fn there_is_no_prompt_on_a_terminal() {
    let etc = overlay().join("etc/systemd/system");
    for name in [
        "getty@.service",
        "serial-getty@.service",
        "autovt@.service",
        "console-getty.service",
        "debug-shell.service",
        "ctrl-alt-del.target",
    ] {
        assert_eq!(fs::read_link(etc.join(name)).unwrap(), Path::new("/dev/null"), "{name}");
    }
    for name in ["emergency.service", "rescue.service"] {
        assert!(
            fs::read_link(etc.join(name)).unwrap().ends_with("borne-no-shell.service"),
            "{name}"
        );
    }
    let presets = read(&overlay().join("usr/lib/systemd/system-preset/00-borne.preset"));
    assert!(presets.trim_end().ends_with("disable *"), "what is not named must stay off");
}
