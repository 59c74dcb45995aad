//! A terminal whose card holds a wrong `borne.toml`: the screen says which key to fix, and nothing
//! else runs.

use crate::machine::Event;
use crate::peers::{self, First, Told};
use borne_ipc::{
    EgressOrder, PanelEvent, PanelOrder, PanelState, ProvisionFault, Screen, ShellEvent,
    ShellOrder, Wrong, paths,
};
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// What was found wrong at this start, if anything. A note that makes no sense still says that
/// something is.
pub fn fault(run: &Path) -> Option<ProvisionFault> {
    said(&paths::provision_fault(run))
}

/// What was found that does not keep the terminal from serving.
pub fn advice(run: &Path) -> Option<ProvisionFault> {
    said(&paths::provision_advice(run))
}

fn said(note: &Path) -> Option<ProvisionFault> {
    let text = std::fs::read_to_string(note).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|_| ProvisionFault::new(0, "", Wrong::Syntax)))
}

/// Shows it to every shell and panel that comes, until SIGTERM or SIGINT. Without the gateway, a
/// browser, or a place to reach.
///
/// # Errors
/// When the socket cannot be bound or signals cannot be taken.
pub async fn run(run: &Path, fault: ProvisionFault) -> std::io::Result<()> {
    let (events, mut inbox) = mpsc::channel(64);
    let told = Told::default();
    let allow = EgressOrder::Allow { places: vec![], lan: vec![] };
    let first = First { allow, modes: borne_config::DEFAULT_PANEL };
    let mut serving = peers::serve(&paths::supervisor_socket(run), first, told.clone(), events)?;
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut serial = 0;
    loop {
        tokio::select! {
            event = inbox.recv() => match event {
                Some(Event::Shell(ShellEvent::Ready)) => {
                    serial += 1;
                    let screen = Screen::Provision(fault.clone());
                    told.shell.send(ShellOrder::Show { serial, screen });
                }
                Some(Event::Panel(PanelEvent::Ready(_))) => {
                    told.panel.send(PanelOrder::Show(PanelState::Provision));
                }
                Some(_) => {}
                None => return Ok(()),
            },
            ended = &mut serving => return Err(ended.unwrap_or_else(std::io::Error::other)),
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
        }
    }
}
