//! Does what the machine decides: one loop, one clock, one machine.
//!
//! Duties: events in, effects out, the next deadline. Never: a decision of its own.

use crate::machine::{Effect, Event, Facts, Machine, Moment};
use crate::rauc::Rauc;
use crate::{Exit, disk, link, slot, units};
use borne_gateway_api::Version;
use borne_ipc::{AgentEvent, paths};
use chrono::Timelike;
use rustix::time::{ClockId, clock_gettime};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// Where things are on this machine.
pub struct Settings {
    /// `BORNE_RUN`.
    pub run: PathBuf,
    /// `BORNE_AGENT_DATA`.
    pub data: PathBuf,
    /// `BORNE_IMAGE`: os-release(5) of the image; `IMAGE_VERSION` is its version.
    pub image: PathBuf,
    /// `BORNE_RAUC`.
    pub rauc: PathBuf,
    /// `BORNE_SYSTEMCTL`.
    pub systemctl: PathBuf,
    /// `https_proxy`, of `borne.toml`.
    pub proxy: Option<String>,
}

struct Runtime {
    settings: Settings,
    rauc: Rauc,
    /// The one that runs, for the log.
    slot: String,
    events: mpsc::Sender<Event>,
    say: mpsc::UnboundedSender<AgentEvent>,
}

/// Runs until something it needs is missing; init starts it again then.
pub async fn run(settings: Settings) -> Result<Infallible, Exit> {
    let rauc = Rauc::at(&settings.rauc, settings.proxy.as_deref());
    let facts = facts(&settings, &rauc).await?;
    let (slot, trial) = (facts.slot.clone(), if facts.confirmed { "no" } else { "yes" });
    tracing::info!(board = facts.board, version = %facts.version, "started in slot {slot} (trial: {trial})");
    let (events, mut inbox) = mpsc::channel(64);
    let (say, said) = mpsc::unbounded_channel();
    tokio::spawn(link::keep(paths::supervisor_socket(&settings.run), events.clone(), said));
    let (mut machine, effects) = Machine::new(facts, now());
    let runtime = Runtime { settings, rauc, slot, events, say };
    runtime.perform(effects)?;
    loop {
        let wait = machine.deadline().saturating_sub(now());
        let event = tokio::select! {
            event = inbox.recv() => event.unwrap_or(Event::Tick),
            () = tokio::time::sleep(wait) => Event::Tick,
        };
        let before = std::mem::discriminant(&machine.state);
        let effects = machine.step(event, now(), minute());
        if before != std::mem::discriminant(&machine.state) {
            tracing::info!(state = ?machine.state, "state");
        }
        runtime.perform(effects)?;
    }
}

async fn facts(settings: &Settings, rauc: &Rauc) -> Result<Facts, Exit> {
    let slots = slot::read(&settings.run)?;
    let status = rauc.status().await?;
    Ok(Facts {
        version: image_version(&settings.image),
        confirmed: slots.current == slots.committed,
        vouched: slots.unconfirmed == 0,
        other_is_next: status.other_is_next(),
        board: status.compatible,
        slot: slots.current,
        since: disk::since(&settings.run, now())?,
        last: disk::last(&settings.data)?,
    })
}

/// `IMAGE_VERSION=`. An image that does not name its version counts as the oldest of all: it can
/// still be updated.
fn image_version(os_release: &Path) -> Version {
    let text = std::fs::read_to_string(os_release).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix("IMAGE_VERSION="));
    let version = value.and_then(|value| value.trim_matches(['"', '\'']).parse().ok());
    version.unwrap_or_else(|| {
        tracing::error!(file = %os_release.display(), "no IMAGE_VERSION like 20261124.1");
        Version::OLDEST
    })
}

/// Since boot, with the time the machine slept.
fn now() -> Moment {
    let time = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) =
        (u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0));
    Duration::new(seconds, nanos)
}

/// Of the local day.
fn minute() -> u16 {
    let local = chrono::Local::now();
    u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0)
}

impl Runtime {
    fn perform(&self, effects: Vec<Effect>) -> Result<(), Exit> {
        for effect in effects {
            match effect {
                Effect::Tell(event) => drop(self.say.send(event)),
                Effect::Remember(last) => {
                    tracing::info!(version = %last.version, outcome = ?last.outcome, "update");
                    disk::remember(&self.settings.data, &last)?;
                }
                Effect::Restart => {
                    tracing::info!("restart wished");
                    disk::wish_restart(&self.settings.run)?;
                }
                Effect::LookAtUnits => {
                    let systemctl = self.settings.systemctl.clone();
                    self.report(async move { Event::Units(units::good(&systemctl).await) });
                }
                Effect::Confirm => {
                    let (rauc, run, slot) =
                        (self.rauc.clone(), self.settings.run.clone(), self.slot.clone());
                    self.report(async move {
                        let done = rauc.mark_good().await.map_err(Exit::from);
                        let done = done.and_then(|()| disk::say_kept(&run).map_err(Exit::from));
                        match &done {
                            Ok(()) => tracing::info!("slot {slot} is kept"),
                            Err(error) => {
                                tracing::error!(%error, "the slot is good and cannot be confirmed")
                            }
                        }
                        Event::Confirmed(done.is_ok())
                    });
                }
                Effect::Condemn => {
                    tracing::error!(
                        "slot {} did not show that it works in its time: going back",
                        self.slot
                    );
                    let rauc = self.rauc.clone();
                    self.report(async move {
                        if let Err(error) = rauc.mark_bad().await {
                            tracing::error!(%error, "it cannot be condemned; its tries are counted");
                        }
                        Event::Condemned
                    });
                }
                Effect::Inspect(wanted) => {
                    let rauc = self.rauc.clone();
                    self.report(async move { Event::Inspected(rauc.inspect(&wanted.url).await) });
                }
                Effect::Install { wanted, bundle } => {
                    let (rauc, events) = (self.rauc.clone(), self.events.clone());
                    self.report(async move {
                        // A percentage that finds no room is followed by a better one.
                        let progress = |percent| drop(events.try_send(Event::Progress(percent)));
                        Event::Installed(rauc.install(&wanted.url, &bundle, progress).await)
                    });
                }
            }
        }
        Ok(())
    }

    fn report(&self, work: impl Future<Output = Event> + Send + 'static) {
        let events = self.events.clone();
        tokio::spawn(async move { events.send(work.await).await });
    }
}
