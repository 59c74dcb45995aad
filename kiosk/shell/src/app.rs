//! The shell's state: who is asked when the compositor, the supervisor or the person says
//! something.

use crate::drawing::Studio;
use crate::error::ShellError;
use crate::stage::{Press, Stage};
use crate::supervisor::Supervisor;
use crate::typing::{Keyboard, Typing};
use crate::ui::KeyKind;
use crate::wayland::{Event, Field, FrameTag, Globals, Method, Surface, SurfaceId};
use borne_ipc::{Screen, ShellEvent, ShellOrder};
use chrono::Local;
use std::time::Instant;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::Layer;

pub struct App {
    globals: Globals,
    surfaces: [Surface; 5],
    stage: Stage,
    supervisor: Supervisor,
    typing: Typing,
    keyboard: Keyboard,
    /// Serial of the order whose screen is not proven yet.
    unproven: Option<u64>,
    /// Serial of the last order.
    shown: u64,
    /// Height of the screen, once the compositor has told it.
    height: Option<u32>,
    ready_sent: bool,
}

impl App {
    /// Asks for the first surface.
    ///
    /// # Errors
    /// [`ShellError::Drawing`].
    pub fn new(
        globals: Globals,
        method: Method,
        supervisor: Supervisor,
    ) -> Result<Self, ShellError> {
        let (stage, windows) = Stage::new(&Studio::open()?)?;
        let mut windows = windows.into_iter();
        let surfaces = SurfaceId::ALL
            .map(|id| windows.next().map(|window| Surface::new(id, window)))
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .and_then(|surfaces| surfaces.try_into().ok())
            .ok_or_else(|| ShellError::Drawing("a surface without a window".into()))?;
        let mut app = Self {
            globals,
            surfaces,
            stage,
            supervisor,
            typing: Typing::new(method),
            keyboard: Keyboard::default(),
            unproven: None,
            shown: 0,
            height: None,
            ready_sent: false,
        };
        app.arrange();
        Ok(app)
    }

    fn surface(&mut self, id: SurfaceId) -> &mut Surface {
        &mut self.surfaces[id as usize]
    }

    fn tell(&self, event: &ShellEvent) -> Result<(), ShellError> {
        // Before `Ready` the supervisor has not been greeted; nobody can have logged in by then.
        match self.ready_sent || matches!(event, ShellEvent::Ready) {
            true => self.supervisor.send(event),
            false => Ok(()),
        }
    }

    /// The compositor says something.
    ///
    /// # Errors
    /// Whatever ends the shell.
    pub fn hear(&mut self, event: Event) -> Result<(), ShellError> {
        match event {
            Event::Configured { surface, layer, serial, size } => {
                self.surface(surface).configure(&layer, serial, size);
                if surface == SurfaceId::Full {
                    self.measured(size.1);
                }
            }
            Event::Closed { surface, layer } => {
                // An earlier object of the same surface may say so late.
                if self.surface(surface).owns(&layer) {
                    return Err(ShellError::SurfaceClosed(surface.name()));
                }
            }
            Event::Framed(tag) => return self.framed(tag),
            Event::Released(tag) => self.surface(tag.surface).released(tag),
            Event::Input { surface, event } => self.surface(surface).send(event),
            Event::Active(true) => return self.tell(&ShellEvent::UserActive),
            Event::Active(false) => return self.tell(&ShellEvent::UserIdle),
            Event::Field { focus, activated } => self.focus_changed(focus, activated),
            Event::MethodTaken => return Err(ShellError::InputMethodTaken),
        }
        Ok(())
    }

    /// The socket to wait on.
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// Reads the supervisor's orders and obeys the last.
    ///
    /// # Errors
    /// [`ShellError::Supervisor`], [`ShellError::Drawing`].
    pub fn receive(&mut self) -> Result<(), ShellError> {
        self.supervisor.receive()?;
        while let Some(order) = self.supervisor.next()? {
            match order {
                ShellOrder::Show { serial, screen } => self.show(serial, screen)?,
                ShellOrder::Update(percent) => self.stage.show_update(percent),
            }
        }
        Ok(())
    }

    fn show(&mut self, serial: u64, screen: Screen) -> Result<(), ShellError> {
        tracing::debug!(serial, screen = name_of(&screen), "show");
        self.stage.show(screen, Instant::now(), Local::now())?;
        if !self.stage.in_session() {
            self.typing.forget();
        }
        self.arrange();
        (self.unproven, self.shown) = (Some(serial), serial);
        let carrier = self.stage.carrier();
        self.surface(carrier).prove();
        Ok(())
    }

    /// The screen has this height: the other surfaces are measured by it.
    fn measured(&mut self, height: u32) {
        if self.height == Some(height) {
            return;
        }
        self.height = Some(height);
        for other in &mut self.surfaces[1..] {
            other.hide();
        }
        self.arrange();
        let carrier = self.stage.carrier();
        if self.unproven.is_some() {
            self.surface(carrier).prove();
        }
    }

    fn framed(&mut self, tag: FrameTag) -> Result<(), ShellError> {
        if tag.surface == SurfaceId::Full && !self.ready_sent {
            tracing::info!("first picture is on the screen");
            self.tell(&ShellEvent::Ready)?;
            self.ready_sent = true;
        }
        if self.surface(tag.surface).frame_done(tag)
            && tag.surface == self.stage.carrier()
            && let Some(serial) = self.unproven.take()
        {
            self.tell(&ShellEvent::Painted { serial })?;
        }
        Ok(())
    }

    /// A field of the page got or lost the focus.
    fn focus_changed(&mut self, focus: Option<Field>, activated: bool) {
        let now = Instant::now();
        self.typing.focus(focus.is_some(), now);
        let afresh = self.keyboard.focus(focus, activated, now);
        if let Some(field) = focus {
            self.stage.set_keyboard(field, afresh);
        }
        self.arrange();
    }

    /// Puts every surface where the screen wants it.
    fn arrange(&mut self) {
        let session = self.stage.in_session();
        let screen = self.stage.screen();
        let strip = matches!(screen, Screen::Session { notice: Some(_), .. });
        let countdown = matches!(screen, Screen::Countdown { .. });
        let keyboard = session && !countdown && self.keyboard.is_up();
        self.stage.offer_keyboard(session && matches!(self.keyboard, Keyboard::Offered(_)));
        for (id, level) in [
            (SurfaceId::Full, Some(if session { Layer::Background } else { Layer::Overlay })),
            (SurfaceId::Bar, Some(if session { Layer::Overlay } else { Layer::Bottom })),
            (SurfaceId::Strip, strip.then_some(Layer::Overlay)),
            (SurfaceId::Countdown, countdown.then_some(Layer::Overlay)),
            (SurfaceId::Keyboard, keyboard.then_some(Layer::Overlay)),
        ] {
            let surface = &mut self.surfaces[id as usize];
            if id == SurfaceId::Bar && !session && surface.is_at(Layer::Overlay) {
                // Its buffers show a name: they are given back, not painted over.
                surface.hide();
            }
            match (level, self.height) {
                (Some(level), Some(height)) => surface.show(&self.globals, level, height),
                // The first surface fills the screen and so tells its height.
                (Some(level), None) if id == SurfaceId::Full => {
                    surface.show(&self.globals, level, 0)
                }
                _ => surface.hide(),
            }
        }
    }

    fn pressed(&mut self, press: Press) -> Result<(), ShellError> {
        match (press, self.stage.screen()) {
            (Press::Digit(digit), Screen::Pin { .. }) => {
                if let Some(pin) = self.stage.pin_digit(digit) {
                    return self.tell(&ShellEvent::Pin { serial: self.shown, pin });
                }
            }
            (Press::Erase, Screen::Pin { .. }) => self.stage.pin_erase(),
            (Press::CancelPin, Screen::Pin { .. }) => return self.tell(&ShellEvent::PinCancelled),
            (Press::Dismiss, Screen::Message(_)) => return self.tell(&ShellEvent::Dismissed),
            (Press::Language, _) => self.stage.switch_language(Instant::now())?,
            (Press::Logout, Screen::Session { .. } | Screen::Countdown { .. }) => {
                return self.tell(&ShellEvent::Logout);
            }
            (Press::Back, Screen::Session { notice: Some(_), .. }) => {
                return self.tell(&ShellEvent::Back);
            }
            (Press::Text(text), Screen::Session { .. }) => self.typing.text(&text),
            (Press::Key(KeyKind::Hide), _) => {
                self.keyboard.hide();
                self.arrange();
            }
            (Press::Key(key), Screen::Session { .. }) => self.typing.key(key),
            (Press::OfferedKeyboard, _) => {
                self.keyboard.show();
                self.arrange();
            }
            // Pressed on a screen that has gone by now.
            _ => {}
        }
        Ok(())
    }

    /// One turn: what was pressed, what is due, what must be painted.
    ///
    /// # Errors
    /// Whatever ends the shell.
    pub fn turn(&mut self) -> Result<(), ShellError> {
        while let Some(press) = self.stage.next_press() {
            self.pressed(press)?;
        }
        let now = Instant::now();
        if self.keyboard.has_gone(now) {
            self.typing.forget();
            self.arrange();
        }
        self.typing.turn(now);
        self.stage.tick(now, Local::now())?;
        for surface in &mut self.surfaces {
            surface.paint(&self.globals)?;
        }
        Ok(())
    }

    /// When the next turn is due even if nobody says anything.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let clocks = [self.stage.wake_at(now), self.keyboard.until(), self.typing.wake_at()];
        clocks.into_iter().flatten().min()
    }
}

/// For the log: a screen may hold a name, so it is never printed itself.
fn name_of(screen: &Screen) -> &'static str {
    match screen {
        Screen::Idle => "idle",
        Screen::Asleep => "asleep",
        Screen::Reading => "reading",
        Screen::Pin { .. } => "pin",
        Screen::Opening { .. } => "opening",
        Screen::Session { .. } => "session",
        Screen::Countdown { .. } => "countdown",
        Screen::Ending => "ending",
        Screen::Message(_) => "message",
        Screen::OutOfService(_) => "out of service",
        Screen::Provision(_) => "provision",
    }
}
