//! The shell's side of the compositor: Wayland objects in, [`Event`]s out.
//!
//! Duties: what is bound, what is asked of the compositor, and what its answers mean in the shell's
//! own words. An answer only joins the queue of [`Client`]; whoever owns the surfaces takes it from
//! there. Never: the supervisor, a screen, a decision; of what is outside it imports only the
//! pixel, the keys and the error.

mod canvas;
mod event;
mod globals;
mod input;
mod method;
mod rest;
mod surface;

pub use event::{Event, Field, FrameTag, SurfaceId};
pub use globals::Globals;
pub use method::{Method, Stroke};
pub use surface::Surface;

use crate::error::ShellError;
use input::Input;
use method::Coming;
use std::collections::VecDeque;
use wayland_client::QueueHandle;
use wayland_client::globals::GlobalList;

/// What has come from the compositor and was not taken yet, and what the next answer adds to.
#[derive(Default)]
pub struct Client {
    events: VecDeque<Event>,
    input: Input,
    coming: Coming,
}

impl Client {
    /// Binds what the shell needs, becomes the seat's input method and asks to be told of rest.
    ///
    /// # Errors
    /// [`ShellError::Missing`], [`ShellError::SharedMemory`].
    pub fn bind(
        list: &GlobalList,
        queue: &QueueHandle<Self>,
    ) -> Result<(Globals, Method), ShellError> {
        let globals = Globals::bind(list, queue)?;
        let method = Method::bind(list, queue, &globals.seat)?;
        rest::watch(list, queue, &globals.seat)?;
        Ok((globals, method))
    }

    /// The next thing that has happened.
    pub fn next(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn say(&mut self, event: Event) {
        self.events.push_back(event);
    }
}
