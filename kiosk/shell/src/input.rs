//! Fingers and pointers become pointer events of the window they are on.

use crate::app::App;
use crate::surface::SurfaceId;
use slint::LogicalPosition;
use slint::platform::{PointerEventButton, WindowEvent};
use wayland_client::protocol::{
    wl_pointer::{self, WlPointer},
    wl_seat::{self, WlSeat},
    wl_surface::WlSurface,
    wl_touch::{self, WlTouch},
};
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum};

/// `BTN_LEFT` of linux/input-event-codes.h.
const LEFT: u32 = 0x110;

#[derive(Clone, Copy)]
struct Spot {
    surface: SurfaceId,
    position: LogicalPosition,
}

struct Finger {
    id: i32,
    spot: Spot,
}

/// Where the pointer and the finger are.
#[derive(Default)]
pub struct Input {
    pointer: Option<WlPointer>,
    touch: Option<WlTouch>,
    over: Option<Spot>,
    finger: Option<Finger>,
}

fn place(x: f64, y: f64) -> LogicalPosition {
    #[allow(clippy::cast_possible_truncation, reason = "a place on a screen")]
    LogicalPosition::new(x as f32, y as f32)
}

impl App {
    fn spot(&mut self, on: &WlSurface, x: f64, y: f64) -> Option<Spot> {
        let surface = self.surface_of(on)?;
        Some(Spot { surface, position: place(x, y) })
    }

    fn press(&mut self, spot: Spot) {
        let Spot { surface, position } = spot;
        self.surface(surface)
            .send(WindowEvent::PointerPressed { position, button: PointerEventButton::Left });
    }

    fn release(&mut self, spot: Spot) {
        let Spot { surface, position } = spot;
        self.surface(surface)
            .send(WindowEvent::PointerReleased { position, button: PointerEventButton::Left });
    }

    fn moved(&mut self, spot: Spot) {
        self.surface(spot.surface).send(WindowEvent::PointerMoved { position: spot.position });
    }

    fn left(&mut self, surface: SurfaceId) {
        self.surface(surface).send(WindowEvent::PointerExited);
    }

    /// A finger leaves the glass, or the next one comes before it has (two thumbs typing): its
    /// press counts.
    fn lift(&mut self) {
        if let Some(finger) = self.input.finger.take() {
            self.release(finger.spot);
            self.left(finger.spot.surface);
        }
    }
}

impl Dispatch<WlSeat, ()> for App {
    fn event(
        app: &mut Self,
        seat: &WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        let wl_seat::Event::Capabilities { capabilities: WEnum::Value(can) } = event else {
            return;
        };
        // Asking for a device the seat does not have is a protocol error, so they come and go with
        // its capabilities.
        if !can.contains(wl_seat::Capability::Pointer) {
            app.input.over = None;
            if let Some(pointer) = app.input.pointer.take().filter(|_| seat_can_release(seat)) {
                pointer.release();
            }
        } else if app.input.pointer.is_none() {
            app.input.pointer = Some(seat.get_pointer(queue, ()));
        }
        if !can.contains(wl_seat::Capability::Touch) {
            app.input.finger = None;
            if let Some(touch) = app.input.touch.take().filter(|_| seat_can_release(seat)) {
                touch.release();
            }
        } else if app.input.touch.is_none() {
            app.input.touch = Some(seat.get_touch(queue, ()));
        }
    }
}

fn seat_can_release(seat: &WlSeat) -> bool {
    wayland_client::Proxy::version(seat) >= 3
}

impl Dispatch<WlPointer, ()> for App {
    fn event(
        app: &mut Self,
        pointer: &WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_pointer::Event::Enter { serial, surface, surface_x, surface_y } => {
                // No arrow on a touch screen.
                pointer.set_cursor(serial, None, 0, 0);
                app.input.over = app.spot(&surface, surface_x, surface_y);
                if let Some(spot) = app.input.over {
                    app.moved(spot);
                }
            }
            wl_pointer::Event::Motion { surface_x, surface_y, .. } => {
                if let Some(spot) = &mut app.input.over {
                    spot.position = place(surface_x, surface_y);
                    let spot = *spot;
                    app.moved(spot);
                }
            }
            wl_pointer::Event::Leave { .. } => {
                if let Some(spot) = app.input.over.take() {
                    app.left(spot.surface);
                }
            }
            wl_pointer::Event::Button { button: LEFT, state: WEnum::Value(state), .. } => {
                let Some(spot) = app.input.over else { return };
                if state == wl_pointer::ButtonState::Pressed {
                    app.press(spot)
                } else {
                    app.release(spot)
                }
            }
            _ => {}
        }
    }
}

impl Dispatch<WlTouch, ()> for App {
    fn event(
        app: &mut Self,
        _: &WlTouch,
        event: wl_touch::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_touch::Event::Down { surface, id, x, y, .. } => {
                app.lift();
                if let Some(spot) = app.spot(&surface, x, y) {
                    app.input.finger = Some(Finger { id, spot });
                    app.moved(spot);
                    app.press(spot);
                }
            }
            wl_touch::Event::Motion { id, x, y, .. } => {
                if let Some(finger) = app.input.finger.as_mut().filter(|finger| finger.id == id) {
                    finger.spot.position = place(x, y);
                    let spot = finger.spot;
                    app.moved(spot);
                }
            }
            wl_touch::Event::Up { id, .. }
                if app.input.finger.as_ref().is_some_and(|finger| finger.id == id) =>
            {
                app.lift();
            }
            wl_touch::Event::Cancel => {
                if let Some(finger) = app.input.finger.take() {
                    app.left(finger.spot.surface);
                }
            }
            _ => {}
        }
    }
}
