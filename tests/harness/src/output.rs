//! The cable of the screen: changes the output's resolution, by wlr-output-management-unstable-v1,
//! as a screen that is replaced by another one does. It cannot switch it off: the headless outputs
//! of wlroots 0.15 know no such state.
//!
//! Duties: one configuration, applied. Never: a look at the picture.

use crate::screen::ScreenError;
use std::os::unix::net::UnixStream;
use std::path::Path;
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::{
    Connection, Dispatch, Proxy, QueueHandle, delegate_noop, event_created_child,
};
use wayland_protocols_wlr::output_management::v1::client::zwlr_output_configuration_head_v1::ZwlrOutputConfigurationHeadV1;
use wayland_protocols_wlr::output_management::v1::client::zwlr_output_configuration_v1::{
    self, ZwlrOutputConfigurationV1,
};
use wayland_protocols_wlr::output_management::v1::client::zwlr_output_head_v1::{
    self, ZwlrOutputHeadV1,
};
use wayland_protocols_wlr::output_management::v1::client::zwlr_output_manager_v1::{
    self, ZwlrOutputManagerV1,
};
use wayland_protocols_wlr::output_management::v1::client::zwlr_output_mode_v1::ZwlrOutputModeV1;

#[derive(Default)]
struct State {
    heads: Vec<ZwlrOutputHeadV1>,
    serial: Option<u32>,
    outcome: Option<bool>,
}

/// Width and height in pixels; the compositor has applied them when this returns.
///
/// # Errors
/// [`ScreenError`]; also when the compositor refuses.
pub fn resize(socket: &Path, (width, height): (u32, u32)) -> Result<(), ScreenError> {
    let stream = UnixStream::connect(socket)
        .map_err(|error| ScreenError::Connect(socket.to_owned(), error))?;
    let connection = Connection::from_socket(stream).map_err(lost)?;
    let (globals, mut queue) = registry_queue_init::<State>(&connection).map_err(lost)?;
    let handle = queue.handle();
    let manager: ZwlrOutputManagerV1 = globals.bind(&handle, 1..=2, ()).map_err(lost)?;
    let mut state = State::default();
    while state.serial.is_none() {
        queue.blocking_dispatch(&mut state).map_err(lost)?;
    }
    let configuration = manager.create_configuration(state.serial.unwrap_or_default(), &handle, ());
    let [head] = state.heads.as_slice() else {
        return Err(lost(format!("{} outputs", state.heads.len())));
    };
    let head = configuration.enable_head(head, &handle, ());
    head.set_custom_mode(width.cast_signed(), height.cast_signed(), 0);
    head.set_position(0, 0);
    configuration.apply();
    while state.outcome.is_none() {
        queue.blocking_dispatch(&mut state).map_err(lost)?;
    }
    if state.outcome == Some(true) {
        Ok(())
    } else {
        Err(lost(format!("the compositor refused {width}x{height}")))
    }
}

fn lost(error: impl std::fmt::Display) -> ScreenError {
    ScreenError::Compositor(error.to_string())
}

impl Dispatch<ZwlrOutputManagerV1, ()> for State {
    fn event(
        state: &mut Self,
        _: &ZwlrOutputManagerV1,
        event: zwlr_output_manager_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zwlr_output_manager_v1::Event::Head { head } => state.heads.push(head),
            zwlr_output_manager_v1::Event::Done { serial } => state.serial = Some(serial),
            _ => {}
        }
    }

    event_created_child!(State, ZwlrOutputManagerV1, [
        zwlr_output_manager_v1::EVT_HEAD_OPCODE => (ZwlrOutputHeadV1, ()),
    ]);
}

impl Dispatch<ZwlrOutputHeadV1, ()> for State {
    fn event(
        _: &mut Self,
        _: &ZwlrOutputHeadV1,
        _: zwlr_output_head_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }

    event_created_child!(State, ZwlrOutputHeadV1, [
        zwlr_output_head_v1::EVT_MODE_OPCODE => (ZwlrOutputModeV1, ()),
    ]);
}

impl Dispatch<ZwlrOutputConfigurationV1, ()> for State {
    fn event(
        state: &mut Self,
        _: &ZwlrOutputConfigurationV1,
        event: zwlr_output_configuration_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        state.outcome = Some(matches!(event, zwlr_output_configuration_v1::Event::Succeeded));
    }
}

impl Dispatch<WlRegistry, GlobalListContents> for State {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: <WlRegistry as Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(State: ignore ZwlrOutputModeV1);
delegate_noop!(State: ZwlrOutputConfigurationHeadV1);
