//! `borne-run [WIDTHxHEIGHT]`: the demo town, the gateway and one terminal, until Ctrl-C (`make
//! run`).
//!
//! With a display the terminal is a window on it; without one it is shown in a web page and by VNC,
//! both on 127.0.0.1.

#![allow(clippy::print_stdout)]

use borne_harness::agents::agents;
use borne_harness::hall::Hall;
use borne_harness::header::Header;
use borne_harness::panel;
use borne_harness::screen::Screen;
use borne_harness::settings::{Display, Settings, size};
use borne_harness::terminal::{SHOWN, Terminal};
use borne_harness::viewer::Viewer;
use borne_harness::visit::START;
use borne_harness::{touch, wait_for};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
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
    println!("town: starting groupware and gateway (usually 10 s the first time, then 2 s)");
    let hall = Hall::start();
    let settings = Settings {
        size,
        display: display.clone(),
        directory: Some(PathBuf::from(SHOWN)),
        panel: Header::is_possible(),
        ..Settings::default()
    };
    println!("terminal: starting (usually 3 s)");
    let begun = Instant::now();
    let terminal = Terminal::start(&hall, settings);
    terminal.wait_for_state("Idle", START);
    wait_for("the first picture", START, || touch::shows_invitation(&terminal.look()));
    println!("terminal: first picture after {} ms", begun.elapsed().as_millis());
    explain(&display);
    if terminal.settings().panel {
        tokio::select! {
            _ = interrupt.recv() => {}
            () = show_panel(&terminal) => {}
        }
    } else {
        println!("Pas de panneau : cette machine n'a pas /dev/fuse.");
        let _pressed = interrupt.recv().await;
    }
    println!("\nFin de la démonstration…");
    let town = hall.town().clone();
    drop(terminal);
    drop(hall);
    town.down();
    ExitCode::SUCCESS
}

/// Light, sound and display below what was printed, as long as that is a console; else in a picture.
async fn show_panel(terminal: &Terminal) {
    let console = std::io::stdout().is_terminal();
    let file = terminal.directory().join("panel.png");
    if !console {
        println!("\nLe panneau (afficheur, lumière) est dans {}, remis à jour.", file.display());
    }
    let mut shown = None;
    loop {
        let look = terminal.header().look();
        if shown.as_ref() != Some(&look) {
            let rows = panel::console(&look);
            if console {
                if shown.is_some() {
                    print!("\x1b[{}A", rows.len());
                }
                rows.iter().for_each(|row| println!("\x1b[2K{row}"));
            } else if let Ok(mut screen) = Screen::connect(&terminal.display())
                && let Ok(frame) = screen.frame()
            {
                let _next_time = panel::save(&frame, &look, &file);
            }
            shown = Some(look);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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
    Display::Headless(Viewer::on_free_ports())
}

fn explain(display: &Display) {
    println!("\nLa borne est en service. Ctrl-C arrête tout.\n");
    match display {
        Display::Headless(Some(viewer)) => explain_doors(viewer),
        Display::Headless(None) => println!("Pas d'écran ici, et aucun port libre pour VNC.\n"),
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

fn explain_doors(viewer: &Viewer) {
    let vnc = viewer.vnc_port;
    println!("Pas d'écran ici. Pour la voir et la toucher :");
    let ports = match &viewer.web {
        Some(web) => {
            println!("  dans un navigateur : {}", web.address());
            vec![web.port(), vnc]
        }
        None => {
            println!("  dans un navigateur : installer d'abord novnc et websockify (make setup)");
            vec![vnc]
        }
    };
    println!("  par VNC : vncviewer 127.0.0.1:{vnc}");
    let forwards = ports.iter().map(|port| format!("-L {port}:127.0.0.1:{port}"));
    let forwards = forwards.collect::<Vec<_>>().join(" ");
    println!("  depuis un autre poste : d'abord ssh {forwards} CETTE_MACHINE\n");
}
