//! `borne-run [WIDTHxHEIGHT]`: the demo town, the gateway and one terminal, until Ctrl-C (`make
//! run`).
//!
//! With a display the terminal is a window on it; without one it is shown by VNC on 127.0.0.1.

#![allow(clippy::print_stdout)]

use borne_harness::agents::agents;
use borne_harness::hall::Hall;
use borne_harness::settings::{Display, Settings, size};
use borne_harness::terminal::{SHOWN, Terminal};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(size) = size(&std::env::args().nth(1).unwrap_or_else(|| "1280x800".to_owned())) else {
        eprintln!("usage: borne-run [WIDTHxHEIGHT]");
        return ExitCode::from(2);
    };
    // From here on Ctrl-C is kept for when everything can be ended in order, also while it still
    // starts.
    let mut interrupt = match signal(SignalKind::interrupt()) {
        Ok(interrupt) => interrupt,
        Err(error) => {
            eprintln!("Ctrl-C: {error}");
            return ExitCode::FAILURE;
        }
    };
    let display = display();
    let hall = Hall::start();
    let settings = Settings {
        size,
        display: display.clone(),
        directory: Some(PathBuf::from(SHOWN)),
        ..Settings::default()
    };
    let terminal = Terminal::start(&hall, settings);
    terminal.wait_for_state("Idle", Duration::from_secs(30));
    explain(&display);
    let _pressed = interrupt.recv().await;
    println!("\nFin de la démonstration…");
    let town = hall.town().clone();
    drop(terminal);
    drop(hall);
    town.down();
    ExitCode::SUCCESS
}

/// The one of the person who called; a root shell may have kept its name.
fn display() -> Display {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(name) = variable("WAYLAND_DISPLAY") {
        let socket = PathBuf::from(variable("XDG_RUNTIME_DIR").unwrap_or_default()).join(name);
        if socket.exists() {
            return Display::Wayland(socket);
        }
    }
    if let Some(name) = variable("DISPLAY") {
        let home = || variable("HOME").map(|home| PathBuf::from(home).join(".Xauthority"));
        let authority =
            variable("XAUTHORITY").map(PathBuf::from).or_else(home).filter(|path| path.exists());
        return Display::X11 { name: name.to_string_lossy().into_owned(), authority };
    }
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    Display::Headless { vnc_port: (5900..5999).find(free) }
}

fn explain(display: &Display) {
    println!("\nLa borne est en service. Ctrl-C arrête tout.\n");
    match display {
        Display::Headless { vnc_port: Some(port) } => {
            println!("Pas d'écran ici. Pour la voir : vncviewer 127.0.0.1:{port}");
            println!(
                "  depuis un autre poste : ssh -L {port}:127.0.0.1:{port} CETTE_MACHINE, puis vncviewer 127.0.0.1:{port}\n"
            );
        }
        Display::Headless { vnc_port: None } => {
            println!("Pas d'écran ici, et aucun port libre pour VNC.\n")
        }
        Display::Wayland(_) | Display::X11 { .. } => println!("Elle s'affiche dans une fenêtre.\n"),
    }
    println!(
        "Présenter un badge, dans un autre terminal : make tap CARD=<agent>, puis taper le code :\n"
    );
    println!("  {:<12} {:<20} {:<8} compte", "agent", "nom", "code");
    for agent in agents() {
        println!("  {:<12} {:<20} {:<8} {}", agent.login, agent.name, agent.pin, agent.state);
    }
}
