//! What the browser may see of the compositor, and what of that it may not use.
//!
//! An allow list: an interface a newer compositor offers stays hidden until somebody has thought
//! about it.

use crate::typing;
use std::rc::Rc;
use wl_proxy::global_mapper::GlobalMapper;
use wl_proxy::object::{Object, ObjectCoreApi, ObjectRcUtils};
use wl_proxy::protocols::ObjectInterface;
use wl_proxy::protocols::text_input_unstable_v3::zwp_text_input_manager_v3::ZwpTextInputManagerV3;
use wl_proxy::protocols::wayland::wl_data_device::{WlDataDevice, WlDataDeviceHandler};
use wl_proxy::protocols::wayland::wl_data_device_manager::{
    WlDataDeviceManager, WlDataDeviceManagerHandler,
};
use wl_proxy::protocols::wayland::wl_data_source::WlDataSource;
use wl_proxy::protocols::wayland::wl_display::{WlDisplay, WlDisplayHandler};
use wl_proxy::protocols::wayland::wl_output::WlOutput;
use wl_proxy::protocols::wayland::wl_registry::{WlRegistry, WlRegistryHandler};
use wl_proxy::protocols::wayland::wl_seat::WlSeat;
use wl_proxy::protocols::wayland::wl_surface::WlSurface;
use wl_proxy::protocols::xdg_shell::xdg_surface::{XdgSurface, XdgSurfaceHandler};
use wl_proxy::protocols::xdg_shell::xdg_toplevel::{XdgToplevel, XdgToplevelHandler};
use wl_proxy::protocols::xdg_shell::xdg_wm_base::{XdgWmBase, XdgWmBaseHandler};

/// The interfaces that pass. `wl_data_device_manager` is there because GTK 3 needs it for copy and
/// paste inside a page; the primary selection is not, nor anything that captures, injects or floats
/// above the shell.
pub const ALLOWED: [ObjectInterface; 10] = [
    ObjectInterface::WlCompositor,
    ObjectInterface::WlSubcompositor,
    ObjectInterface::WlShm,
    ObjectInterface::WlSeat,
    ObjectInterface::WlOutput,
    ObjectInterface::WlDataDeviceManager,
    ObjectInterface::XdgWmBase,
    ObjectInterface::ZwpTextInputManagerV3,
    ObjectInterface::WpViewporter,
    ObjectInterface::WpPresentation,
];

/// Puts the filter into every registry.
pub struct Display;

impl WlDisplayHandler for Display {
    fn handle_get_registry(&mut self, display: &Rc<WlDisplay>, registry: &Rc<WlRegistry>) {
        display.send_get_registry(registry);
        registry.set_handler(Registry::default());
    }
}

/// Names that were not announced to the client cannot be bound: the mapper gives the client names
/// of its own.
#[derive(Default)]
struct Registry {
    names: GlobalMapper,
}

impl WlRegistryHandler for Registry {
    fn handle_global(
        &mut self,
        registry: &Rc<WlRegistry>,
        name: u32,
        interface: ObjectInterface,
        version: u32,
    ) {
        if ALLOWED.contains(&interface) {
            self.names.forward_global(registry, name, interface, version);
        } else {
            self.names.ignore_global(name);
        }
    }

    fn handle_global_remove(&mut self, registry: &Rc<WlRegistry>, name: u32) {
        self.names.forward_global_remove(registry, name);
    }

    fn handle_bind(&mut self, registry: &Rc<WlRegistry>, name: u32, id: Rc<dyn Object>) {
        // The mapper would only drop it: whoever asks for what was never announced is no toolkit
        // and gets no second try.
        if !ALLOWED.contains(&id.interface()) {
            tracing::warn!("a bind of what was not announced; the connection is ended");
            if let Some(client) = registry.client() {
                client.disconnect();
            }
            return;
        }
        if let Some(shell) = id.try_downcast::<XdgWmBase>() {
            shell.set_handler(Shell);
        } else if let Some(data) = id.try_downcast::<WlDataDeviceManager>() {
            data.set_handler(Data);
        } else if let Some(fields) = id.try_downcast::<ZwpTextInputManagerV3>() {
            fields.set_handler(typing::Manager);
        }
        self.names.forward_bind(registry, name, &id);
    }
}

struct Shell;

impl XdgWmBaseHandler for Shell {
    fn handle_get_xdg_surface(
        &mut self,
        shell: &Rc<XdgWmBase>,
        id: &Rc<XdgSurface>,
        surface: &Rc<WlSurface>,
    ) {
        id.set_handler(Surface);
        shell.send_get_xdg_surface(id, surface);
    }
}

struct Surface;

impl XdgSurfaceHandler for Surface {
    fn handle_get_toplevel(&mut self, surface: &Rc<XdgSurface>, id: &Rc<XdgToplevel>) {
        id.set_handler(Toplevel);
        surface.send_get_toplevel(id);
    }
}

/// The window stays where the compositor tiles it.
struct Toplevel;

impl XdgToplevelHandler for Toplevel {
    fn handle_set_fullscreen(&mut self, _: &Rc<XdgToplevel>, _: Option<&Rc<WlOutput>>) {
        tracing::debug!("fullscreen was refused");
    }

    fn handle_set_maximized(&mut self, _: &Rc<XdgToplevel>) {}

    fn handle_set_minimized(&mut self, _: &Rc<XdgToplevel>) {}

    fn handle_move(&mut self, _: &Rc<XdgToplevel>, _: &Rc<WlSeat>, _: u32) {}

    fn handle_show_window_menu(
        &mut self,
        _: &Rc<XdgToplevel>,
        _: &Rc<WlSeat>,
        _: u32,
        _: i32,
        _: i32,
    ) {
    }
}

struct Data;

impl WlDataDeviceManagerHandler for Data {
    fn handle_get_data_device(
        &mut self,
        data: &Rc<WlDataDeviceManager>,
        id: &Rc<WlDataDevice>,
        seat: &Rc<WlSeat>,
    ) {
        id.set_handler(Device);
        data.send_get_data_device(id, seat);
    }
}

/// Copy and paste pass; a drag out of the window does not. The client is told that its drag was
/// cancelled, or it would wait for ever.
struct Device;

impl WlDataDeviceHandler for Device {
    fn handle_start_drag(
        &mut self,
        _: &Rc<WlDataDevice>,
        source: Option<&Rc<WlDataSource>>,
        _: &Rc<WlSurface>,
        _: Option<&Rc<WlSurface>>,
        _: u32,
    ) {
        tracing::debug!("a drag was refused");
        if let Some(source) = source {
            source.send_cancelled();
        }
    }
}
