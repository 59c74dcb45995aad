//! The package, in versions: the same programs, by the recipe that makes the package of a town.

use crate::machine::{Machine, Said};
use borne_harness::agents::repository;
use std::path::PathBuf;

/// The version before.
pub const OLD: &str = "0.0.9";
/// The version of this commit.
pub const NOW: &str = env!("CARGO_PKG_VERSION");

/// The package of this machine's kind in a version.
pub fn package(version: &str) -> PathBuf {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let file =
        repository().join(format!("target/packages/borne-gateway_{version}_{architecture}.deb"));
    assert!(file.is_file(), "{} is not there: tests/install/run builds it", file.display());
    file
}

/// `apt-get install ./PACKAGE`, as a technician does it, with these options besides.
pub fn install(machine: &Machine, version: &str, options: &str) -> Said {
    machine.copy(&package(version), "/root/borne-gateway.deb");
    machine.run(&format!("apt-get -qy {options} install ./borne-gateway.deb </dev/null"))
}

/// The same, and it must succeed.
#[track_caller]
pub fn must_install(machine: &Machine, version: &str) -> String {
    let said = install(machine, version, "");
    assert_eq!(said.code, Some(0), "{}", said.text);
    said.text
}
