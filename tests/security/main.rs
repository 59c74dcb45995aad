//! Every known way out of a kiosk, tried on the shipped terminal; and the wipe, proved. Rows of the
//! escape matrix are numbered as in `borne_harness::report::matrix`. File = feature, name = claim;
//! one test at a time.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod confinement;
mod controls;
mod deaths;
mod files;
mod floods;
mod inspectors;
mod intruder;
mod keys;
mod lure;
mod mail;
mod memory;
mod outputs;
mod pad;
mod panel;
mod peers;
mod places;
mod pointer;
mod reader;
mod scene;
mod schemes;
mod timing;
mod tls;
mod windows;
mod wipe;
