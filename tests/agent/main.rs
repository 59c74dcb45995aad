//! The shipped agent with the real RAUC, its service on a bus of its own, slots that are plain
//! files, and bundles that the real tool made. Doubles stand at the far ends alone: the bootloader,
//! systemd's word, the supervisor. File = feature, test = claim.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod board;
mod fixture;
mod refusals;
mod trial;
mod updates;
