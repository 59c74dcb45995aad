//! Fingers and pointers become pointer events of the window they are on.

use super::{Client, Event, SurfaceId};
use slint::LogicalPosition;
use slint::platform::{PointerEventButton, WindowEvent};
use wayland_client::protocol::{
    wl_pointer::{self, WlPointer},
    wl_seat::{self, WlSeat},
    wl_surface::WlSurface,
    wl_touch::{self, WlTouch},
};
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, WEnum};

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

/// Where on one of our surfaces; a surface that was taken off the screen meanwhile is none.
fn spot(on: &WlSurface, x: f64, y: f64) -> Option<Spot> {
    let surface = on.data::<SurfaceId>().filter(|_| on.is_alive())?;
    Some(Spot { surface: *surface, position: place(x, y) })
}

fn place(x: f64, y: f64) -> LogicalPosition {
    #[allow(clippy::cast_possible_truncation, reason = "a place on a screen")]
    LogicalPosition::new(x as f32, y as f32)
}

impl Client {
    fn on(&mut self, surface: SurfaceId, event: WindowEvent) {
        self.say(Event::Input { surface, event });
    }

    fn press(&mut self, Spot { surface, position }: Spot) {
        let button = PointerEventButton::Left;
        self.on(surface, WindowEvent::PointerPressed { position, button });
    }

    fn release(&mut self, Spot { surface, position }: Spot) {
        let button = PointerEventButton::Left;
        self.on(surface, WindowEvent::PointerReleased { position, button });
    }

    fn moved(&mut self, Spot { surface, position }: Spot) {
        self.on(surface, WindowEvent::PointerMoved { position });
    }

    fn left(&mut self, surface: SurfaceId) {
        self.on(surface, WindowEvent::PointerExited);
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

impl Dispatch<WlSeat, ()> for Client {
    fn event(
        client: &mut Self,
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
            client.input.over = None;
            if let Some(pointer) = client.input.pointer.take().filter(|_| seat_can_release(seat)) {
                pointer.release();
            }
        } else if client.input.pointer.is_none() {
            client.input.pointer = Some(seat.get_pointer(queue, ()));
        }
        if !can.contains(wl_seat::Capability::Touch) {
            client.input.finger = None;
            if let Some(touch) = client.input.touch.take().filter(|_| seat_can_release(seat)) {
                touch.release();
            }
        } else if client.input.touch.is_none() {
            client.input.touch = Some(seat.get_touch(queue, ()));
        }
    }
}

fn seat_can_release(seat: &WlSeat) -> bool {
    seat.version() >= 3
}

impl Dispatch<WlPointer, ()> for Client {
    fn event(
        client: &mut Self,
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
                client.input.over = spot(&surface, surface_x, surface_y);
                if let Some(spot) = client.input.over {
                    client.moved(spot);
                }
            }
            wl_pointer::Event::Motion { surface_x, surface_y, .. } => {
                if let Some(spot) = &mut client.input.over {
                    spot.position = place(surface_x, surface_y);
                    let spot = *spot;
                    client.moved(spot);
                }
            }
            wl_pointer::Event::Leave { .. } => {
                if let Some(spot) = client.input.over.take() {
                    client.left(spot.surface);
                }
            }
            wl_pointer::Event::Button { button: LEFT, state: WEnum::Value(state), .. } => {
                let Some(spot) = client.input.over else { return };
                if state == wl_pointer::ButtonState::Pressed {
                    client.press(spot)
                } else {
                    client.release(spot)
                }
            }
            _ => {}
        }
    }
}

impl Dispatch<WlTouch, ()> for Client {
    fn event(
        client: &mut Self,
        _: &WlTouch,
        event: wl_touch::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_touch::Event::Down { surface, id, x, y, .. } => {
                client.lift();
                if let Some(spot) = spot(&surface, x, y) {
                    client.input.finger = Some(Finger { id, spot });
                    client.moved(spot);
                    client.press(spot);
                }
            }
            wl_touch::Event::Motion { id, x, y, .. } => {
                if let Some(finger) = client.input.finger.as_mut().filter(|finger| finger.id == id)
                {
                    finger.spot.position = place(x, y);
                    let spot = finger.spot;
                    client.moved(spot);
                }
            }
            wl_touch::Event::Up { id, .. }
                if client.input.finger.as_ref().is_some_and(|finger| finger.id == id) =>
            {
                client.lift();
            }
            wl_touch::Event::Cancel => {
                if let Some(finger) = client.input.finger.take() {
                    client.left(finger.spot.surface);
                }
            }
            _ => {}
        }
    }
}
