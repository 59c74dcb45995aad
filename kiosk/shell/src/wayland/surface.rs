//! One layer-shell surface: its place, its size, and the pace at which it is painted.
//!
//! A commit waits for the frame callback of the one before. `prove` asks for [`PROOF`] commits that
//! damage the whole surface, and for more until each of the surface's own buffers has had one:
//! after the last one's callback neither the compositor's output nor the surface has a buffer left
//! that holds an older picture.

use super::canvas::Canvas;
use super::event::{BufferTag, FrameTag};
use super::{Globals, SurfaceId};
use crate::error::ShellError;
use slint::PhysicalSize;
use slint::platform::WindowEvent;
use slint::platform::software_renderer::MinimalSoftwareWindow;
use std::rc::Rc;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_shell_v1::Layer;
use wayland_protocols_wlr::layer_shell::v1::client::zwlr_layer_surface_v1::{
    Anchor, KeyboardInteractivity, ZwlrLayerSurfaceV1,
};

/// Whole-surface commits of a proof: as many as wlroots has buffers in an output's swapchain
/// (`WLR_SWAPCHAIN_CAP`).
const PROOF: u8 = 4;

/// Anchors, wished height (0: as anchored) and exclusive zone on a screen of this height.
fn place(id: SurfaceId, screen: u32) -> (Anchor, u32, i32) {
    let wide = Anchor::Left | Anchor::Right;
    let bar = (screen * 7 / 100).clamp(56, 84);
    match id {
        SurfaceId::Full => (Anchor::all(), 0, -1),
        SurfaceId::Bar => (wide | Anchor::Top, bar, bar.cast_signed()),
        SurfaceId::Strip => (wide | Anchor::Top, bar + 6, 0),
        SurfaceId::Countdown => (Anchor::all(), 0, 0),
        SurfaceId::Keyboard => {
            // Four rows of at least 48 px with their gaps; never so high that less than 200 px
            // stay for the page.
            let height = (screen * 38 / 100).clamp(216, 460);
            (wide | Anchor::Bottom, height, height.cast_signed())
        }
    }
}

struct Shown {
    wl: WlSurface,
    layer: ZwlrLayerSurfaceV1,
    level: Layer,
    size: Option<(u32, u32)>,
    canvas: Option<Canvas>,
    /// Something other than pixels waits for a commit.
    changed: bool,
    waiting: bool,
    proof_left: u8,
    proving: bool,
}

pub struct Surface {
    id: SurfaceId,
    window: Rc<MinimalSoftwareWindow>,
    shown: Option<Shown>,
    /// Grows with every commit and canvas, so that late answers are told apart from due ones.
    count: u32,
}

impl Surface {
    /// A surface that is not on the screen yet.
    pub fn new(id: SurfaceId, window: Rc<MinimalSoftwareWindow>) -> Self {
        Self { id, window, shown: None, count: 0 }
    }

    /// Puts it on the screen at this level, or moves it there.
    pub fn show(&mut self, globals: &Globals, level: Layer, screen: u32) {
        if let Some(shown) = &mut self.shown {
            if shown.level != level {
                shown.layer.set_layer(level);
                shown.level = level;
                shown.changed = true;
                // A surface that was covered may never get the callback it waits for.
                shown.waiting = false;
                self.count += 1;
            }
            return;
        }
        let wl = globals.compositor.create_surface(&globals.queue, self.id);
        let layer = globals.layer_shell.get_layer_surface(
            &wl,
            None,
            level,
            self.id.name().into(),
            &globals.queue,
            self.id,
        );
        let (anchor, height, zone) = place(self.id, screen);
        layer.set_anchor(anchor);
        layer.set_size(0, height);
        layer.set_exclusive_zone(zone);
        layer.set_keyboard_interactivity(KeyboardInteractivity::None);
        wl.commit();
        self.shown = Some(Shown {
            wl,
            layer,
            level,
            size: None,
            canvas: None,
            changed: false,
            waiting: false,
            proof_left: 0,
            proving: false,
        });
    }

    /// Takes it off the screen and frees its buffers.
    pub fn hide(&mut self) {
        if let Some(shown) = self.shown.take() {
            drop(shown.canvas);
            shown.layer.destroy();
            shown.wl.destroy();
            self.count += 1;
        }
    }

    /// Whether it is on the screen, at this level.
    pub fn is_at(&self, level: Layer) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.level == level)
    }

    /// The compositor's word on the size.
    pub fn configure(&mut self, layer: &ZwlrLayerSurfaceV1, serial: u32, size: (u32, u32)) {
        let Some(shown) = self.shown.as_mut().filter(|shown| &shown.layer == layer) else { return };
        layer.ack_configure(serial);
        shown.changed = true;
        if shown.size != Some(size) {
            shown.size = Some(size);
            shown.canvas = None;
            shown.waiting = false;
            self.window.set_size(PhysicalSize::new(size.0, size.1));
        }
    }

    /// Whether this is the surface `layer` belongs to.
    pub fn owns(&self, layer: &ZwlrLayerSurfaceV1) -> bool {
        self.shown.as_ref().is_some_and(|shown| &shown.layer == layer)
    }

    /// Hands an input event to the window.
    pub fn send(&self, event: WindowEvent) {
        if let Err(error) = self.window.dispatch_event_with_result(event) {
            tracing::warn!(surface = self.id.name(), %error, "an input event was refused");
        }
    }

    /// Starts a proof: see the module.
    pub fn prove(&mut self) {
        if let Some(shown) = &mut self.shown {
            shown.proof_left = PROOF;
            shown.proving = true;
            shown.waiting = false;
            self.count += 1;
        }
    }

    /// Paints and commits what is due.
    ///
    /// # Errors
    /// [`ShellError::SharedMemory`].
    pub fn paint(&mut self, globals: &Globals) -> Result<(), ShellError> {
        let Some(shown) = &mut self.shown else { return Ok(()) };
        let Some(size) = shown.size else { return Ok(()) };
        if shown.waiting {
            return Ok(());
        }
        let canvas = match &mut shown.canvas {
            Some(canvas) => canvas,
            empty => {
                self.count += 1;
                let fresh = Canvas::new(&globals.shm, &globals.queue, self.id, self.count, size)?;
                empty.insert(fresh)
            }
        };
        canvas.draw(&self.window);
        if shown.proof_left == PROOF {
            canvas.spoil();
        } else if shown.proving {
            canvas.refresh();
        }
        if canvas.is_fresh() {
            let Some((buffer, rows)) = canvas.flush()? else { return Ok(()) };
            shown.wl.attach(Some(buffer), 0, 0);
            let [top, high] =
                [rows.start, rows.len()].map(|rows| i32::try_from(rows).unwrap_or(i32::MAX));
            shown.wl.damage_buffer(0, top, i32::MAX, high);
        } else if !shown.changed {
            return Ok(());
        }
        self.count += 1;
        shown.wl.frame(&globals.queue, FrameTag { surface: self.id, number: self.count });
        shown.wl.commit();
        shown.changed = false;
        shown.waiting = true;
        shown.proof_left = shown.proof_left.saturating_sub(1);
        Ok(())
    }

    /// A frame callback came. True when it ends a proof.
    pub fn frame_done(&mut self, tag: FrameTag) -> bool {
        let Some(shown) = &mut self.shown else { return false };
        if tag.number != self.count {
            return false;
        }
        shown.waiting = false;
        let proven = shown.proving
            && shown.proof_left == 0
            && shown.canvas.as_ref().is_some_and(Canvas::is_new);
        shown.proving &= !proven;
        proven
    }

    /// The compositor has done with a buffer.
    pub fn released(&mut self, tag: BufferTag) {
        if let Some(canvas) = self.shown.as_mut().and_then(|shown| shown.canvas.as_mut()) {
            canvas.released(tag);
        }
    }
}
