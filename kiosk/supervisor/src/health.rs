//! Whether this terminal works: what a freshly installed slot must show before it is kept (docs/adr/0010).
//!
//! Duties: from the events that pass by, know that the gateway answers, the reader has its device, the trusted screen has
//! been painted, the proxy listens and a browser has come up in its cage; say so by a file in the run directory.
//! Never: decides anything for the session machine; a word about an agent.

use crate::machine::{Event, GatewayLink, Peer};
use borne_ipc::{BrowserEvent, ReaderEvent, ShellEvent};
use std::path::{Path, PathBuf};

/// What has been seen of each part; a part that goes away is no longer seen.
pub struct Health {
    gateway: bool,
    reader: bool,
    shell: bool,
    egress: bool,
    browser: bool,
    file: PathBuf,
    told: bool,
}

impl Health {
    /// `standby`: a board too small for a standby browser shows none before the first agent, so none is asked for.
    pub fn new(run: &Path, standby: bool) -> Self {
        let file = run.join("supervisor/healthy");
        // Of an earlier life of this process.
        let _none_there = std::fs::remove_file(&file);
        Self { gateway: false, reader: false, shell: false, egress: false, browser: !standby, file, told: false }
    }

    /// Takes note of an event, and makes or removes the file when the whole has changed.
    pub fn see(&mut self, event: &Event) {
        match event {
            Event::Gateway(link) => self.gateway = matches!(link, GatewayLink::Up),
            Event::Reader(ReaderEvent::Ready { .. }, _) => self.reader = true,
            Event::Reader(ReaderEvent::Lost, _) | Event::PeerGone(Peer::Reader) => self.reader = false,
            Event::Shell(ShellEvent::Painted { .. }) => self.shell = true,
            Event::PeerGone(Peer::Shell) => self.shell = false,
            Event::EgressReady => self.egress = true,
            Event::PeerGone(Peer::Egress) => self.egress = false,
            // Once is enough: between two agents there is none for a moment.
            Event::Browser { event: BrowserEvent::Ready, .. } => self.browser = true,
            _ => return,
        }
        let whole = self.whole();
        if whole != self.told {
            self.told = whole;
            let done = if whole { std::fs::write(&self.file, "") } else { std::fs::remove_file(&self.file) };
            if let Err(error) = done {
                tracing::warn!("{}: {error}", self.file.display());
            }
        }
    }

    const fn whole(&self) -> bool {
        self.gateway && self.reader && self.shell && self.egress && self.browser
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(run: &Path) -> bool {
        run.join("supervisor/healthy").exists()
    }

    #[test]
    fn the_file_is_there_exactly_while_every_part_is() {
        let run = std::env::temp_dir().join(format!("borne-health-{}", std::process::id()));
        std::fs::create_dir_all(run.join("supervisor")).expect("a directory");
        let mut health = Health::new(&run, true);
        let parts = [
            Event::Gateway(GatewayLink::Up),
            Event::EgressReady,
            Event::Shell(ShellEvent::Painted { serial: 1 }),
            Event::Browser { generation: 1, event: BrowserEvent::Ready },
        ];
        for part in &parts {
            health.see(part);
            assert!(!seen(&run), "{part:?}");
        }
        health.reader = true;
        health.see(&Event::Gateway(GatewayLink::Up));
        assert!(seen(&run));
        for lost in [Event::Gateway(GatewayLink::Down), Event::PeerGone(Peer::Shell), Event::PeerGone(Peer::Reader)] {
            health.see(&lost);
            assert!(!seen(&run), "{lost:?}");
            (health.gateway, health.shell, health.reader) = (true, true, true);
            health.see(&Event::EgressReady);
            assert!(seen(&run));
        }
        drop(Health::new(&run, true));
        assert!(!seen(&run), "left over of an earlier life");
        let _ = std::fs::remove_dir_all(&run);
    }
}
