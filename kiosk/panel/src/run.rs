//! The one loop: orders in, light and sound by the clock, presence and health out.
//!
//! It waits for nothing but the supervisor's socket, and not longer than until the next edge.

use crate::beat::{FLASH, Sounds, repeating};
use crate::link::{Link, LinkError};
use crate::night;
use crate::oled::{Display, Picture};
use crate::pins::{self, Pins, PinsError};
use crate::presence::{LOOK, Presence};
use crate::table::{self, Meaning};
use borne_ipc::{PanelEvent, PanelHealth, PanelModes, PanelOrder, PanelPart, PanelState, Wiring};
use embedded_hal::i2c::I2c;
use std::time::{Duration, Instant};

/// Between two looks at the clock, the display's health and the missing devices.
const CHECK: Duration = Duration::from_secs(1);
/// A picture that stays this long gets dim.
const DIMS: Duration = Duration::from_secs(120);
/// The text moves a little after each of these.
const MOVES: Duration = Duration::from_secs(60);
/// Contrast of a dim display: legible in a dark corridor.
const DIM: u8 = 8;

/// Why the loop ended without losing the supervisor.
pub enum End {
    /// A device that was missing at the start can be opened now: by a new life of this process, for
    /// this one is confined.
    DeviceThere,
}

/// All there is.
pub struct Panel {
    link: Link,
    pins: Option<Pins>,
    display: Option<Display>,
    /// Nodes that were missing at the start.
    missing: Vec<&'static str>,
    fixed: PanelHealth,
    said: Option<PanelHealth>,
    modes: PanelModes,
    night: bool,
    state: PanelState,
    /// Since when, counted from `start`.
    since: Duration,
    sounds: Sounds,
    presence: Presence,
    next_check: Duration,
    start: Instant,
}

/// Until the supervisor says otherwise: quiet.
const SILENT: PanelModes =
    PanelModes { sounds: false, brightness_percent: 50, night: None, stuck_after_s: 7200 };

impl Panel {
    /// Starts the display's thread. What could not be opened is reported, and left alone.
    pub fn new<I: I2c + Send + 'static>(
        pins: Result<Option<Pins>, PinsError>,
        bus: Result<Option<I>, PinsError>,
        link: Link,
        wiring: &Wiring,
    ) -> Result<Self, LinkError> {
        let mut missing = Vec::new();
        let (pins, pin_part) = opened(pins, &mut missing);
        let (bus, bus_part) = opened(bus, &mut missing);
        let part = |wired: bool, part| if wired { part } else { PanelPart::NotWired };
        let lit = wiring.red.or(wiring.green).or(wiring.blue).is_some();
        let fixed = PanelHealth {
            light: part(lit, pin_part),
            buzzer: part(wiring.buzzer.is_some(), pin_part),
            display: part(wiring.display.is_some(), bus_part),
            presence: part(wiring.presence.is_some(), pin_part),
        };
        let display = bus.zip(wiring.display).map(|(bus, at)| Display::start(bus, at)).transpose();
        Ok(Self {
            link,
            pins,
            display: display.map_err(LinkError::Thread)?,
            missing,
            fixed,
            said: None,
            modes: SILENT,
            night: false,
            state: PanelState::OutOfService(borne_ipc::Outage::Starting),
            since: Duration::ZERO,
            sounds: Sounds::default(),
            presence: Presence::new(Duration::from_secs(SILENT.stuck_after_s.into())),
            next_check: Duration::ZERO,
            start: Instant::now(),
        })
    }

    /// Runs until the supervisor is gone.
    pub fn run(mut self) -> Result<End, LinkError> {
        loop {
            let mut now = self.start.elapsed();
            while let Some(order) = self.link.next()? {
                self.take(order, now);
                // Light and sound follow each order, also the one that another has overtaken.
                self.beat(now);
                now = self.start.elapsed();
            }
            let edge = self.beat(now);
            self.look(now)?;
            if now >= self.next_check {
                self.next_check = now + CHECK;
                if self.check(now)? {
                    return Ok(End::DeviceThere);
                }
            }
            let mut longest = edge.min(self.next_check.saturating_sub(now));
            if self.fixed.presence == PanelPart::Works {
                longest = longest.min(LOOK);
            }
            self.link.wait(longest)?;
        }
    }

    fn take(&mut self, order: PanelOrder, now: Duration) {
        match order {
            PanelOrder::Modes(modes) => {
                self.modes = modes;
                self.night = night::is_now(modes.night);
                self.presence.stuck_after(Duration::from_secs(modes.stuck_after_s.into()));
                self.quiet();
            }
            PanelOrder::Show(state) => {
                if state == PanelState::Read {
                    self.presence.badge();
                }
                self.enter(state, now);
            }
        }
        self.show(now);
    }

    fn enter(&mut self, state: PanelState, now: Duration) {
        if state == self.state {
            return;
        }
        let before = table::look(self.state).meaning;
        (self.state, self.since) = (state, now);
        let meaning = table::look(state).meaning;
        if !self.quiet() && (meaning != before || meaning == Meaning::Again) {
            self.sounds.play(meaning.light_and_sound().2, now);
        }
    }

    /// Whether no sound may be made; one that plays ends then.
    fn quiet(&mut self) -> bool {
        let quiet = !self.modes.sounds || self.night;
        if quiet {
            self.sounds.stop();
        }
        quiet
    }

    /// Puts light and buzzer as they are to be now; how long they surely stay so.
    fn beat(&mut self, now: Duration) -> Duration {
        let mut stays = CHECK;
        if let Some((after, then)) = table::then(self.state) {
            let at = self.since + after;
            if now >= at {
                self.enter(then, now);
                self.show(now);
            } else {
                stays = stays.min(at - now);
            }
        }
        let (buzzer, rest) = self.sounds.at(now);
        let (colour, rhythm, _) = table::look(self.state).meaning.light_and_sound();
        let most = self.night.then_some(FLASH);
        let (lit, changes) = repeating(rhythm, most, now.saturating_sub(self.since));
        if let Some(pins) = &mut self.pins {
            pins.buzzer(buzzer);
            pins.light([colour.red, colour.green, colour.blue].map(|on| lit && on));
        }
        stays.min(changes).min(rest.unwrap_or(CHECK))
    }

    /// Hands the display its picture.
    fn show(&self, now: Duration) {
        let Some(display) = &self.display else { return };
        let lasting = now.saturating_sub(self.since);
        let asleep = self.state == PanelState::Asleep;
        let dim = self.night || asleep || lasting >= DIMS;
        let bright = u16::from(self.modes.brightness_percent.min(100)) * 255 / 100;
        let bright = u8::try_from(bright).unwrap_or(u8::MAX);
        display.show(Picture {
            look: table::look(self.state),
            moved: u8::try_from(lasting.as_secs() / MOVES.as_secs() % 60).unwrap_or_default(),
            contrast: if dim { bright.min(DIM) } else { bright },
            on: !(self.night && asleep),
        });
    }

    /// Says whether somebody is there, when that has changed.
    fn look(&mut self, now: Duration) -> Result<(), LinkError> {
        let Some(high) = self.pins.as_ref().and_then(Pins::presence) else { return Ok(()) };
        match self.presence.looks(high, now) {
            Some(there) if self.said.is_some() => self.link.send(PanelEvent::Presence(there)),
            _ => Ok(()),
        }
    }

    /// What time alone brings: night, a picture that moves, health; true when a missing device has
    /// come.
    fn check(&mut self, now: Duration) -> Result<bool, LinkError> {
        self.night = night::is_now(self.modes.night);
        self.show(now);
        let mut health = self.fixed;
        if let Some(display) = &self.display {
            health.display = display.health();
        }
        if health.presence == PanelPart::Works && self.presence.is_stuck(now) {
            health.presence = PanelPart::Stuck;
        }
        self.say(health)?;
        Ok(self.missing.iter().any(|node| pins::is_there(node)))
    }

    fn say(&mut self, health: PanelHealth) -> Result<(), LinkError> {
        match self.said.replace(health) {
            Some(said) if said == health => Ok(()),
            Some(_) => {
                tracing::info!(?health, "changed");
                self.link.send(PanelEvent::Health(health))
            }
            None => self.link.send(PanelEvent::Ready(health)),
        }
    }
}

/// What was opened, and how it does; the node that was missing joins the others.
fn opened<T>(
    device: Result<Option<T>, PinsError>,
    missing: &mut Vec<&'static str>,
) -> (Option<T>, PanelPart) {
    match device {
        Ok(device) => (device, PanelPart::Works),
        Err(error) => {
            tracing::warn!(%error, "a part of the panel cannot be used");
            missing.extend(error.node());
            (None, PanelPart::NoDevice)
        }
    }
}
