//! A program in place of an exploit: in the web process and in the network process it gets nowhere.
//! The same program outside, as root and as an ordinary user, gets everywhere it tries, so each
//! attempt is known to be a real one.

mod outside;
mod place;

use borne_harness::report;
use borne_harness::settings::Settings;
use borne_harness::world::{World, say, world};
use outside::Outside;
use place::{Place, in_the_cage, of_root, of_somebody};
use std::collections::BTreeMap;

/// What came of each attempt: `refused`, `succeeded`, `absent`, and the detail.
type Found = BTreeMap<String, (String, String)>;

/// Beginnings of the attempts' names, and what docs/ESCAPES.md says of them.
const KINDS: [(&str, &str); 9] = [
    (
        "files",
        "reads and writes outside of the session's RAM, kernel settings, devices, set-user-ID programs",
    ),
    ("processes", "sees, reads, traces, signals other processes, takes their files"),
    ("sockets", "sockets of every other process, by path, by search, abstract"),
    ("memory", "System V and POSIX shared memory of others"),
    (
        "network",
        "TCP, UDP, names, raw, packet, VSOCK and ALG sockets, the proxy to places off the list",
    ),
    (
        "wayland",
        "screen capture, virtual keyboard and pointer, layer shell, clipboard, input method, by name and by guess",
    ),
    (
        "kernel",
        "user namespaces, mounts, modules, bpf, io_uring, keys, perf, kexec, clock, TIOCSTI",
    ),
    ("exhaust", "more than its share of RAM and of threads"),
    (
        "allowed",
        "a listed place through the proxy and a window of its own, as the positive control",
    ),
];

#[test]
fn gets_nowhere_as_the_web_process_or_as_the_network_process() {
    let world = world(Settings::default());
    let outside = Outside::open(&world);
    let mut controls = of_root(&world, &outside);
    for (name, found) in of_somebody(&world, &outside) {
        if found.0 == "succeeded" {
            controls.insert(name, found);
        }
    }
    each_is_a_real_attempt(&controls);
    for place in [Place::NetworkProcess, Place::WebProcess] {
        let found = in_the_cage(&world, &outside, place);
        let missing: Vec<_> = controls.keys().filter(|name| !found.contains_key(*name)).collect();
        assert!(missing.is_empty(), "{place:?} did not try {missing:?}");
        gets_nowhere(place, &found);
        say(&format!("intruder: {} attempts as the {}", found.len(), place.name()));
    }
    rest(world);
}

/// What root is told outside of what this machine's kernel or compositor does not have at all.
const LACKS: [&str; 2] = ["Function not implemented", "none of "];

/// Outside it succeeds, or the kernel of this machine lacks it, which is said.
fn each_is_a_real_attempt(controls: &Found) {
    let mut unreal = Vec::new();
    for (name, (word, detail)) in controls {
        match word.as_str() {
            "succeeded" => {}
            _ if word == "absent" || LACKS.iter().any(|lacks| detail.starts_with(lacks)) => {
                say(&format!("intruder: no control on this machine for {name:?}: {detail}"))
            }
            // Its control is inside: the same proxy opens a tunnel to a listed place.
            _ if name.starts_with("network: the proxy") || name.starts_with("allowed") => {}
            _ => unreal.push(format!("{name}: {detail}")),
        }
    }
    assert!(unreal.is_empty(), "fails outside as well, so it shows nothing: {unreal:#?}");
}

fn gets_nowhere(place: Place, found: &Found) {
    for (kind, what) in KINDS {
        let attempt = report::attempt(55, &format!("as the {}: {what}", place.name()));
        let of_kind: Vec<_> =
            found.iter().filter(|(name, _)| name.starts_with(&format!("{kind}:"))).collect();
        assert!(!of_kind.is_empty(), "{kind} was not tried");
        let expected = if kind == "allowed" { "succeeded" } else { "refused" };
        let wrong: Vec<_> = of_kind
            .iter()
            .filter(|(name, (word, _))| word != expected && word != "absent" && !place.may(name))
            .map(|(name, (word, detail))| format!("{name}: {word}: {detail}"))
            .collect();
        assert!(wrong.is_empty(), "as the {}: {wrong:#?}", place.name());
        attempt.held();
    }
}

/// The next test wants the real browser.
fn rest(world: World) {
    place::kill_browser(&world);
    world.rest();
}
