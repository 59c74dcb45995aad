//! kiosk-egress as shipped, between the browser's user and servers on this machine; the test is the
//! supervisor.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod fixture;
mod http;
mod lan;
mod lifetime;
mod refusals;
mod tunnels;
