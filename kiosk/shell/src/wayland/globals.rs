//! The compositor's globals the shell binds, and the objects whose events it has no use for.

use super::event::{BufferTag, FrameTag};
use super::{Client, Event, SurfaceId};
use crate::error::ShellError;
use wayland_client::globals::{GlobalList, GlobalListContents};
use wayland_client::protocol::{
    wl_buffer, wl_callback, wl_compositor::WlCompositor, wl_registry, wl_seat::WlSeat, wl_shm,
    wl_shm_pool, wl_surface,
};
use wayland_client::{Connection, Dispatch, QueueHandle, delegate_noop};
use wayland_protocols_wlr::layer_shell::v1::client::{
    zwlr_layer_shell_v1::ZwlrLayerShellV1,
    zwlr_layer_surface_v1::{self, ZwlrLayerSurfaceV1},
};

/// What surfaces are made of.
pub struct Globals {
    /// Makes surfaces.
    pub compositor: WlCompositor,
    /// Makes buffers.
    pub shm: wl_shm::WlShm,
    /// Puts surfaces on their layers (version 2 moves them).
    pub layer_shell: ZwlrLayerShellV1,
    /// The one seat.
    pub seat: WlSeat,
    /// Where events go.
    pub queue: QueueHandle<Client>,
}

impl Globals {
    /// Binds them.
    ///
    /// # Errors
    /// [`ShellError::Missing`].
    pub fn bind(list: &GlobalList, queue: &QueueHandle<Client>) -> Result<Self, ShellError> {
        let missing = |what| move |_| ShellError::Missing(what);
        Ok(Self {
            compositor: list.bind(queue, 4..=5, ()).map_err(missing("wl_compositor 4"))?,
            shm: list.bind(queue, 1..=1, ()).map_err(missing("wl_shm"))?,
            layer_shell: list.bind(queue, 2..=4, ()).map_err(missing("zwlr_layer_shell_v1 2"))?,
            seat: list.bind(queue, 1..=7, ()).map_err(missing("wl_seat"))?,
            queue: queue.clone(),
        })
    }
}

delegate_noop!(Client: ignore wl_shm::WlShm);
delegate_noop!(Client: WlCompositor);
delegate_noop!(Client: wl_shm_pool::WlShmPool);
delegate_noop!(Client: ZwlrLayerShellV1);

impl Dispatch<wl_registry::WlRegistry, GlobalListContents> for Client {
    fn event(
        _: &mut Self,
        _: &wl_registry::WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

/// On which output a surface is does not matter: there is one.
impl Dispatch<wl_surface::WlSurface, SurfaceId> for Client {
    fn event(
        _: &mut Self,
        _: &wl_surface::WlSurface,
        _: wl_surface::Event,
        _: &SurfaceId,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

impl Dispatch<wl_buffer::WlBuffer, BufferTag> for Client {
    fn event(
        client: &mut Self,
        _: &wl_buffer::WlBuffer,
        event: wl_buffer::Event,
        tag: &BufferTag,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_buffer::Event::Release = event {
            client.say(Event::Released(*tag));
        }
    }
}

impl Dispatch<wl_callback::WlCallback, FrameTag> for Client {
    fn event(
        client: &mut Self,
        _: &wl_callback::WlCallback,
        event: wl_callback::Event,
        tag: &FrameTag,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_callback::Event::Done { .. } = event {
            client.say(Event::Framed(*tag));
        }
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, SurfaceId> for Client {
    fn event(
        client: &mut Self,
        layer: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        id: &SurfaceId,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let (surface, layer) = (*id, layer.clone());
        match event {
            zwlr_layer_surface_v1::Event::Configure { serial, width, height } => {
                client.say(Event::Configured { surface, layer, serial, size: (width, height) });
            }
            zwlr_layer_surface_v1::Event::Closed => client.say(Event::Closed { surface, layer }),
            _ => {}
        }
    }
}
