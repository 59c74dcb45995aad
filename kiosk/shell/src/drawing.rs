//! Slint without a windowing system: its windows are pixels in memory, which `canvas` hands to the
//! compositor.

use crate::error::ShellError;
use slint::PlatformError;
use slint::platform::software_renderer::{
    MinimalSoftwareWindow, PremultipliedRgbaColor, RepaintBufferType, TargetPixel,
};
use slint::platform::{Platform, WindowAdapter};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A pixel of `wl_shm`'s ARGB8888 (premultiplied), in the machine's byte order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Pixel(pub u32);

impl TargetPixel for Pixel {
    fn blend(&mut self, color: PremultipliedRgbaColor) {
        let keep = u32::from(u8::MAX - color.alpha);
        let channel = |shift: u32, add: u8| {
            let value = ((self.0 >> shift) & 0xff) * keep / 255 + u32::from(add);
            value.min(0xff) << shift
        };
        self.0 = channel(24, color.alpha)
            | channel(16, color.red)
            | channel(8, color.green)
            | channel(0, color.blue);
    }

    fn from_rgb(red: u8, green: u8, blue: u8) -> Self {
        Self(u32::from_be_bytes([0xff, red, green, blue]))
    }

    fn background() -> Self {
        Self(0)
    }
}

type LastWindow = Rc<RefCell<Option<Rc<MinimalSoftwareWindow>>>>;

struct MemoryPlatform {
    start: Instant,
    last: LastWindow,
}

impl Platform for MemoryPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        *self.last.borrow_mut() = Some(window.clone());
        Ok(window)
    }

    fn duration_since_start(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Makes components and tells which window each was given.
pub struct Studio {
    last: LastWindow,
}

impl Studio {
    /// Installs the platform; once per process.
    ///
    /// # Errors
    /// [`ShellError::Drawing`] when there is one already.
    pub fn open() -> Result<Self, ShellError> {
        let last = LastWindow::default();
        let platform = MemoryPlatform { start: Instant::now(), last: last.clone() };
        slint::platform::set_platform(Box::new(platform))
            .map_err(|error| ShellError::Drawing(error.to_string()))?;
        Ok(Self { last })
    }

    /// A new component and its window.
    ///
    /// # Errors
    /// [`ShellError::Drawing`] when Slint cannot make it.
    pub fn make<C: slint::ComponentHandle>(
        &self,
        new: impl FnOnce() -> Result<C, PlatformError>,
    ) -> Result<(C, Rc<MinimalSoftwareWindow>), ShellError> {
        let drawing = |error: PlatformError| ShellError::Drawing(error.to_string());
        let component = new().map_err(drawing)?;
        component.show().map_err(drawing)?;
        let window = self.last.borrow_mut().take();
        window
            .map(|window| (component, window))
            .ok_or_else(|| ShellError::Drawing("a component without a window".into()))
    }
}
