//! kiosk-panel as shipped, the real rppal, and a header with light, buzzer, display and sensor round
//! it; the test is the supervisor.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod boards;
mod faults;
mod fixture;
mod lights;
mod pictures;
mod presence;
mod sounds;
