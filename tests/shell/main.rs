//! The shipped shell under a real sway, driven from both of its ends: a supervisor's socket and a
//! person's finger.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod bench;
mod keyboard;
mod language;
mod pad;
mod screens;
mod words;
