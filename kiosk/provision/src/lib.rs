//! `borne.toml`, the file by which IT tells a new terminal what it is: docs/OPERATIONS.md, "The file".
//!
//! Duties: parse and check it; say what is wrong, in French, with the line and the mend; turn it into the files that the
//! programs read.
//! Never: a default that opens something; a key it does not know; the token anywhere but in its own file.

mod file;
mod files;

pub use file::{Bus, Provision, ProvisionError};
pub use files::{Place, files};
