//! What the compositor can tell the shell.

use slint::platform::WindowEvent;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::ZwlrLayerSurfaceV1;

/// The shell's surfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceId {
    /// All of the screen, above everything while no session is open, below everything otherwise.
    Full,
    /// The bar above the page; below everything while no session is open, so that the page keeps
    /// its size.
    Bar,
    /// What went wrong in the page.
    Strip,
    /// The veil with the countdown.
    Countdown,
    /// The on-screen keyboard.
    Keyboard,
}

impl SurfaceId {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; 5] =
        [Self::Full, Self::Bar, Self::Strip, Self::Countdown, Self::Keyboard];

    /// The layer-shell namespace, also for the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "borne-full",
            Self::Bar => "borne-bar",
            Self::Strip => "borne-strip",
            Self::Countdown => "borne-countdown",
            Self::Keyboard => "borne-keyboard",
        }
    }
}

/// Which commit a frame callback speaks of.
#[derive(Clone, Copy, Debug)]
pub struct FrameTag {
    /// Whose commit.
    pub surface: SurfaceId,
    /// Its number.
    pub number: u32,
}

/// Which buffer a `release` speaks of. The generation tells the buffers of an earlier size apart.
#[derive(Clone, Copy, Debug)]
pub struct BufferTag {
    /// Whose buffer.
    pub surface: SurfaceId,
    /// Of which canvas.
    pub generation: u32,
    /// Which of its buffers.
    pub slot: usize,
}

/// What the field with the focus wants typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Digits only.
    pub digits: bool,
    /// A password: nothing may show what is typed.
    pub secret: bool,
}

/// One thing that happened. `Debug` is left out on purpose: a press on the PIN pad must not be
/// printed.
pub enum Event {
    /// A size came for a surface.
    Configured {
        surface: SurfaceId,
        /// Its object: an earlier one of the same surface may still be spoken of.
        layer: ZwlrLayerSurfaceV1,
        /// To be acknowledged.
        serial: u32,
        /// Pixels, wide and high.
        size: (u32, u32),
    },
    /// The compositor took a surface away.
    Closed {
        surface: SurfaceId,
        /// Its object.
        layer: ZwlrLayerSurfaceV1,
    },
    /// A frame callback.
    Framed(FrameTag),
    /// The compositor has done with a buffer.
    Released(BufferTag),
    /// A finger or a pointer did something on a surface.
    Input {
        surface: SurfaceId,
        /// What, in its window's words.
        event: WindowEvent,
    },
    /// Whether anybody touches the screen or a key.
    Active(bool),
    /// The compositor's word on the page's fields (`done` of the input method).
    Field {
        /// The one with the focus, if one has it.
        focus: Option<Field>,
        /// It has just got it.
        activated: bool,
    },
    /// Another program is the seat's input method.
    MethodTaken,
}
