//! What the browser tells of its fields: that one has the focus, and of which kind.
//!
//! Never: what stands in it. The on-screen keyboard proposes nothing and so needs no text, and
//! compositor and shell, which outlive the session, would keep it in the buffers of their sockets.

use std::rc::Rc;
use wl_proxy::protocols::text_input_unstable_v3::zwp_text_input_manager_v3::{
    ZwpTextInputManagerV3, ZwpTextInputManagerV3Handler,
};
use wl_proxy::protocols::text_input_unstable_v3::zwp_text_input_v3::{
    ZwpTextInputV3, ZwpTextInputV3Handler,
};
use wl_proxy::protocols::wayland::wl_seat::WlSeat;

/// Hands out text inputs.
pub struct Manager;

impl ZwpTextInputManagerV3Handler for Manager {
    fn handle_get_text_input(
        &mut self,
        manager: &Rc<ZwpTextInputManagerV3>,
        id: &Rc<ZwpTextInputV3>,
        seat: &Rc<WlSeat>,
    ) {
        id.set_handler(Field);
        manager.send_get_text_input(id, seat);
    }
}

struct Field;

impl ZwpTextInputV3Handler for Field {
    fn handle_set_surrounding_text(&mut self, _: &Rc<ZwpTextInputV3>, _: &str, _: i32, _: i32) {}
}
