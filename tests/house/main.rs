//! The rules of the house that the compiler does not hold: who imports whom, how long a file may
//! be, where `unsafe` and the environment are allowed. docs/ARCHITECTURE.md says them in prose.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod english;
mod imports;
mod layers;
mod overlay;
mod packages;
mod sources;
mod tables;

use cargo_metadata::{Metadata, MetadataCommand};
use std::path::PathBuf;

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().other_options(["--offline".to_owned()]).exec().unwrap()
}

fn root() -> PathBuf {
    metadata().workspace_root.into()
}
