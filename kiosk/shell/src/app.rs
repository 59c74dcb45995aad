//! The shell's state: who is asked when the compositor, the supervisor or the person says
//! something.

use crate::drawing::Studio;
use crate::error::ShellError;
use crate::input::Input;
use crate::rest;
use crate::stage::{Press, Stage};
use crate::supervisor::Supervisor;
use crate::surface::{FrameTag, Surface, SurfaceId};
use crate::typing::{Field, Typing};
use crate::ui::KeyKind;
use crate::wayland::Globals;
use borne_ipc::{Screen, ShellEvent, ShellOrder};
use chrono::Local;
use std::time::{Duration, Instant};
use wayland_client::QueueHandle;
use wayland_client::globals::GlobalList;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::Layer;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::ZwlrLayerSurfaceV1;

/// The keyboard stays this long after a field has lost the focus: the next field may take it at
/// once.
const KEYBOARD_LINGERS: Duration = Duration::from_millis(150);

/// See the module.
pub struct App {
    globals: Globals,
    surfaces: [Surface; 5],
    stage: Stage,
    supervisor: Supervisor,
    /// Fingers and pointer.
    pub(crate) input: Input,
    /// The page's fields.
    pub(crate) typing: Typing,
    /// Serial of the order whose screen is not proven yet.
    unproven: Option<u64>,
    /// Serial of the last order.
    shown: u64,
    /// Height of the screen, once the compositor has told it.
    height: Option<u32>,
    ready_sent: bool,
    keyboard_dismissed: bool,
    /// The field the keyboard was last set for.
    typed_into: Option<Field>,
    keyboard_until: Option<Instant>,
    failure: Option<ShellError>,
}

impl App {
    /// Binds what is needed and asks for the first surface.
    ///
    /// # Errors
    /// [`ShellError`].
    pub fn new(
        list: &GlobalList,
        queue: &QueueHandle<Self>,
        supervisor: Supervisor,
    ) -> Result<Self, ShellError> {
        let globals = Globals::bind(list, queue)?;
        let typing = Typing::bind(list, queue, &globals.seat)?;
        rest::watch(list, queue, &globals.seat)?;
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
            input: Input::default(),
            typing,
            unproven: None,
            shown: 0,
            height: None,
            ready_sent: false,
            keyboard_dismissed: false,
            typed_into: None,
            keyboard_until: None,
            failure: None,
        };
        app.arrange();
        Ok(app)
    }

    /// The surface of this name.
    pub(crate) fn surface(&mut self, id: SurfaceId) -> &mut Surface {
        &mut self.surfaces[id as usize]
    }

    /// Which surface `wl` is.
    pub(crate) fn surface_of(&self, wl: &WlSurface) -> Option<SurfaceId> {
        SurfaceId::ALL.into_iter().find(|id| self.surfaces[*id as usize].is(wl))
    }

    /// Ends the shell at the next turn of the loop.
    pub(crate) fn fail(&mut self, error: ShellError) {
        self.failure.get_or_insert(error);
    }

    /// Tells the supervisor.
    pub(crate) fn tell(&mut self, event: &ShellEvent) {
        // Before `Ready` the supervisor has not been greeted; nobody can have logged in by then.
        if (self.ready_sent || matches!(event, ShellEvent::Ready))
            && let Err(error) = self.supervisor.send(event)
        {
            self.fail(error);
        }
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

    /// A size came for a surface.
    pub(crate) fn configured(
        &mut self,
        id: SurfaceId,
        layer: &ZwlrLayerSurfaceV1,
        serial: u32,
        size: (u32, u32),
    ) {
        self.surface(id).configure(layer, serial, size);
        if id == SurfaceId::Full && self.height != Some(size.1) {
            self.height = Some(size.1);
            // The others are measured by the screen's height.
            for other in &mut self.surfaces[1..] {
                other.hide();
            }
            self.arrange();
            let carrier = self.stage.carrier();
            if self.unproven.is_some() {
                self.surface(carrier).prove();
            }
        }
    }

    /// A frame callback came.
    pub(crate) fn frame_done(&mut self, tag: FrameTag) {
        if tag.surface == SurfaceId::Full && !self.ready_sent {
            tracing::info!("first picture is on the screen");
            self.tell(&ShellEvent::Ready);
            self.ready_sent = true;
        }
        if self.surface(tag.surface).frame_done(tag)
            && tag.surface == self.stage.carrier()
            && let Some(serial) = self.unproven.take()
        {
            self.tell(&ShellEvent::Painted { serial });
        }
    }

    /// A field of the page got or lost the focus.
    pub(crate) fn focus_changed(&mut self, activated: bool) {
        if activated {
            self.keyboard_dismissed = false;
        }
        match self.typing.focus() {
            Some(field) => {
                // Going from field to field by Tab changes what is wanted without a new activation.
                let afresh = activated || self.typed_into != Some(field);
                self.stage.set_keyboard(field.digits, field.secret, afresh);
                self.typed_into = Some(field);
                self.keyboard_until = None;
            }
            None => self.keyboard_until = Some(Instant::now() + KEYBOARD_LINGERS),
        }
        self.arrange();
    }

    /// Puts every surface where the screen wants it.
    fn arrange(&mut self) {
        let session = self.stage.in_session();
        let screen = self.stage.screen();
        let strip = matches!(screen, Screen::Session { notice: Some(_), .. });
        let countdown = matches!(screen, Screen::Countdown { .. });
        let focus = self.typing.focus().is_some();
        let lingers =
            self.keyboard_until.is_some() && self.surfaces[SurfaceId::Keyboard as usize].is_shown();
        let keyboard = session && !countdown && !self.keyboard_dismissed && (focus || lingers);
        self.stage.offer_keyboard(session && focus && self.keyboard_dismissed);
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
                    self.tell(&ShellEvent::Pin { serial: self.shown, pin });
                }
            }
            (Press::Erase, Screen::Pin { .. }) => self.stage.pin_erase(),
            (Press::CancelPin, Screen::Pin { .. }) => self.tell(&ShellEvent::PinCancelled),
            (Press::Dismiss, Screen::Message(_)) => self.tell(&ShellEvent::Dismissed),
            (Press::Language, _) => self.stage.switch_language(Instant::now())?,
            (Press::Logout, Screen::Session { .. } | Screen::Countdown { .. }) => {
                self.tell(&ShellEvent::Logout)
            }
            (Press::Back, Screen::Session { notice: Some(_), .. }) => self.tell(&ShellEvent::Back),
            (Press::Text(text), Screen::Session { .. }) => self.typing.text(&text),
            (Press::Key(KeyKind::Hide), _) => self.set_dismissed(true),
            (Press::Key(key), Screen::Session { .. }) => self.typing.key(key),
            (Press::OfferedKeyboard, _) => self.set_dismissed(false),
            // Pressed on a screen that has gone by now.
            _ => {}
        }
        Ok(())
    }

    fn set_dismissed(&mut self, dismissed: bool) {
        self.keyboard_dismissed = dismissed;
        self.arrange();
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
        if self.keyboard_until.is_some_and(|until| until <= now) {
            self.keyboard_until = None;
            self.typing.forget();
            self.arrange();
        }
        self.typing.turn(now);
        self.stage.tick(now, Local::now())?;
        for surface in &mut self.surfaces {
            surface.paint(&self.globals)?;
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    /// When the next turn is due even if nobody says anything.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let clocks = [self.stage.wake_at(now), self.keyboard_until, self.typing.wake_at()];
        clocks.into_iter().flatten().min()
    }
}

/// For the log: a screen may hold a name, so it is never printed itself.
fn name_of(screen: &Screen) -> &'static str {
    match screen {
        Screen::Idle => "idle",
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
