//! borne-gateway: checks badges and PINs for the terminals, and is the CAS server of the groupware.
//!
//! Duties: the terminal API over mutual TLS; the web (redeem, warm page, CAS); the admin socket;
//! the audit; telling the applications when a session ends, whatever ended it. Besides, before it
//! serves: setting itself up, checking what it needs, putting a backup back. Never: impersonate
//! anybody whose badge and PIN it has not checked; write a secret or a URL to the log; keep a
//! session over its own restart.
#![forbid(unsafe_code)]

mod activation;
mod admin;
mod authority;
mod backup;
mod cas;
mod check;
mod cli;
mod config;
mod confine;
mod connection;
mod directory;
mod door;
mod edges;
mod error;
mod files;
mod gateway;
mod listen;
mod outbox;
mod output;
mod pins;
mod reserve;
mod restore;
mod seats;
mod secrets;
mod serve;
mod sessions;
mod setup;
mod state_dir;
mod terminal;
mod tls;
mod trail;
mod web;

use std::process::ExitCode;

fn main() -> ExitCode {
    borne_harden::log::start(std::env::var("BORNE_LOG").ok().as_deref());
    // Whatever file is made: nobody else reads it.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let surroundings = cli::Surroundings {
        listeners: std::env::var("LISTEN_FDNAMES").ok(),
        notify: std::env::var("NOTIFY_SOCKET").ok(),
        language: ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty())),
    };
    let words: Vec<String> = std::env::args().skip(1).collect();
    cli::run(&words, surroundings)
}
