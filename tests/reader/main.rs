//! kiosk-reader as shipped, the real libnfc, and a PN532 on a pseudo-terminal; the test is the
//! supervisor.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod cards;
mod faults;
mod fixture;
mod pace;
mod real_tools;
