//! The compositor's globals the shell binds, and the objects whose events it has no use for.

use crate::app::App;
use crate::canvas::BufferTag;
use crate::error::ShellError;
use crate::surface::{FrameTag, SurfaceId};
use wayland_client::globals::{GlobalList, GlobalListContents};
use wayland_client::protocol::{
    wl_buffer, wl_callback, wl_compositor::WlCompositor, wl_registry, wl_seat::WlSeat, wl_shm,
    wl_shm_pool, wl_surface,
};
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, delegate_noop};
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
    pub queue: QueueHandle<App>,
}

impl Globals {
    /// Binds them.
    ///
    /// # Errors
    /// [`ShellError::Missing`].
    pub fn bind(list: &GlobalList, queue: &QueueHandle<App>) -> Result<Self, ShellError> {
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

delegate_noop!(App: ignore wl_surface::WlSurface);
delegate_noop!(App: ignore wl_shm::WlShm);
delegate_noop!(App: WlCompositor);
delegate_noop!(App: wl_shm_pool::WlShmPool);
delegate_noop!(App: ZwlrLayerShellV1);

impl Dispatch<wl_registry::WlRegistry, GlobalListContents> for App {
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

impl Dispatch<wl_buffer::WlBuffer, BufferTag> for App {
    fn event(
        app: &mut Self,
        _: &wl_buffer::WlBuffer,
        event: wl_buffer::Event,
        tag: &BufferTag,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_buffer::Event::Release = event {
            app.surface(tag.surface).released(*tag);
        }
    }
}

impl Dispatch<wl_callback::WlCallback, FrameTag> for App {
    fn event(
        app: &mut Self,
        _: &wl_callback::WlCallback,
        event: wl_callback::Event,
        tag: &FrameTag,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_callback::Event::Done { .. } = event {
            app.frame_done(*tag);
        }
    }
}

impl Dispatch<ZwlrLayerSurfaceV1, SurfaceId> for App {
    fn event(
        app: &mut Self,
        layer: &ZwlrLayerSurfaceV1,
        event: zwlr_layer_surface_v1::Event,
        id: &SurfaceId,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            zwlr_layer_surface_v1::Event::Configure { serial, width, height } => {
                app.configured(*id, layer, serial, (width, height));
            }
            zwlr_layer_surface_v1::Event::Closed if app.surface(*id).owns(layer) => {
                app.fail(ShellError::SurfaceClosed(id.name()));
            }
            _ => tracing::debug!(object = %layer.id(), "late event of a surface that is gone"),
        }
    }
}
