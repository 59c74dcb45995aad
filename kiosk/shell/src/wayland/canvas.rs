//! The pixels of one surface and the buffers that carry them to the compositor.
//!
//! Slint draws into `pixels`; whole rows that changed are copied into a shared-memory buffer the
//! compositor does not hold (written, not mapped: no unsafe code, and a compositor that truncates
//! the file kills nobody). Each buffer remembers which rows it has missed.

use super::event::BufferTag;
use super::{Client, SurfaceId};
use crate::drawing::Pixel;
use crate::error::ShellError;
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::io::{Errno, pwrite};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use wayland_client::QueueHandle;
use wayland_client::protocol::{wl_buffer::WlBuffer, wl_shm, wl_shm::WlShm};

/// One on the screen, one on its way there, one to write into.
const BUFFERS: usize = 3;
/// Rows copied per write.
const BATCH: usize = 64;

struct Slot {
    buffer: WlBuffer,
    held: bool,
    missed: Range<usize>,
    /// It holds a picture of before the last [`Canvas::spoil`].
    old: bool,
}

/// Whether its buffers have an alpha channel: the countdown's veil, which the page shows through;
/// and the full screen, although it hides everything. Below a screen-wide surface that cannot be
/// transparent sway gives no frame callback any more, and then the page could not be painted before
/// it is uncovered.
fn has_alpha(id: SurfaceId) -> bool {
    matches!(id, SurfaceId::Countdown | SurfaceId::Full)
}

pub struct Canvas {
    name: &'static str,
    width: usize,
    height: usize,
    pixels: Vec<Pixel>,
    file: OwnedFd,
    slots: Vec<Slot>,
    /// Rows drawn since the last `flush`.
    fresh: Range<usize>,
    /// Nothing was drawn yet: Slint must draw all of it, not what changed since a canvas that is
    /// gone.
    blank: bool,
    generation: u32,
    /// The buffer handed out last: the others take their turn, so that none keeps a picture for
    /// ever.
    last: usize,
}

impl Canvas {
    /// A canvas of this size, all of it still to be drawn.
    ///
    /// # Errors
    /// [`ShellError::SharedMemory`].
    pub fn new(
        shm: &WlShm,
        queue: &QueueHandle<Client>,
        id: SurfaceId,
        generation: u32,
        (width, height): (u32, u32),
    ) -> Result<Self, ShellError> {
        let failed = |operation| {
            move |source| ShellError::SharedMemory { operation, object: id.name(), source }
        };
        let too_big = |_| failed("size")(Errno::OVERFLOW);
        let [wide, high, stride] =
            [i32::try_from(width), i32::try_from(height), i32::try_from(width * 4)]
                .map(|n| n.map_err(too_big));
        let (wide, high, stride) = (wide?, high?, stride?);
        let (width, height) = (width as usize, height as usize);
        let bytes = width * height * 4;
        let file = memfd_create(id.name(), MemfdFlags::CLOEXEC).map_err(failed("make"))?;
        ftruncate(&file, (bytes * BUFFERS) as u64).map_err(failed("size"))?;
        let total = i32::try_from(bytes * BUFFERS).map_err(too_big)?;
        let pool = shm.create_pool(file.as_fd(), total, queue, ());
        let format =
            if has_alpha(id) { wl_shm::Format::Argb8888 } else { wl_shm::Format::Xrgb8888 };
        let slots = (0..BUFFERS)
            .map(|slot| {
                let tag = BufferTag { surface: id, generation, slot };
                let offset = total / 3 * i32::try_from(slot).unwrap_or_default();
                let buffer = pool.create_buffer(offset, wide, high, stride, format, queue, tag);
                Slot { buffer, held: false, missed: 0..height, old: false }
            })
            .collect();
        pool.destroy();
        let pixels = vec![Pixel::default(); width * height];
        Ok(Self {
            name: id.name(),
            width,
            height,
            pixels,
            file,
            slots,
            fresh: 0..0,
            blank: true,
            generation,
            last: 0,
        })
    }

    /// Lets Slint draw what changed, if anything did.
    pub fn draw(&mut self, window: &MinimalSoftwareWindow) {
        let mut drawn = 0..0;
        if self.blank {
            window.request_redraw();
        }
        window.draw_if_needed(|renderer| {
            if std::mem::take(&mut self.blank) {
                renderer.set_repaint_buffer_type(RepaintBufferType::NewBuffer);
            }
            let region = renderer.render(&mut self.pixels, self.width);
            let (origin, size) = (region.bounding_box_origin(), region.bounding_box_size());
            let top = usize::try_from(origin.y).unwrap_or_default().min(self.height);
            drawn = top..(top + size.height as usize).min(self.height);
            renderer.set_repaint_buffer_type(RepaintBufferType::ReusedBuffer);
        });
        self.touch(drawn);
    }

    /// Counts every row as changed, in every buffer.
    pub fn spoil(&mut self) {
        self.touch(0..self.height);
        self.slots.iter_mut().for_each(|slot| slot.old = true);
    }

    /// Counts every row as changed on the screen.
    pub fn refresh(&mut self) {
        self.fresh = 0..self.height;
    }

    /// Whether no buffer holds a picture of before the last [`Self::spoil`].
    pub fn is_new(&self) -> bool {
        self.slots.iter().all(|slot| !slot.old)
    }

    fn touch(&mut self, rows: Range<usize>) {
        self.fresh = union(&self.fresh, &rows);
        for slot in &mut self.slots {
            slot.missed = union(&slot.missed, &rows);
        }
    }

    /// Whether there is something the compositor has not got yet.
    pub fn is_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Brings a free buffer up to date and hands it out with the rows that changed on the screen;
    /// `None` while the compositor holds them all (its `release` will wake the loop).
    ///
    /// # Errors
    /// [`ShellError::SharedMemory`].
    pub fn flush(&mut self) -> Result<Option<(&WlBuffer, Range<usize>)>, ShellError> {
        let turns = (1..=BUFFERS).map(|turn| (self.last + turn) % BUFFERS);
        let Some(index) = turns.into_iter().find(|index| !self.slots[*index].held) else {
            return Ok(None);
        };
        let rows = std::mem::take(&mut self.slots[index].missed);
        self.copy(index, rows)?;
        self.last = index;
        self.slots[index].old = false;
        self.slots[index].held = true;
        Ok(Some((&self.slots[index].buffer, std::mem::take(&mut self.fresh))))
    }

    fn copy(&self, slot: usize, rows: Range<usize>) -> Result<(), ShellError> {
        let base = slot * self.width * self.height * 4;
        let mut bytes = Vec::with_capacity(BATCH * self.width * 4);
        for top in rows.clone().step_by(BATCH) {
            let pixels = top * self.width..(top + BATCH).min(rows.end) * self.width;
            bytes.clear();
            bytes
                .extend(self.pixels[pixels.clone()].iter().flat_map(|pixel| pixel.0.to_ne_bytes()));
            self.write(&bytes, (base + pixels.start * 4) as u64)?;
        }
        Ok(())
    }

    fn write(&self, mut bytes: &[u8], mut at: u64) -> Result<(), ShellError> {
        while !bytes.is_empty() {
            let failed =
                |source| ShellError::SharedMemory { operation: "write", object: self.name, source };
            let written =
                rustix::io::retry_on_intr(|| pwrite(&self.file, bytes, at)).map_err(failed)?;
            bytes = &bytes[written..];
            at += written as u64;
        }
        Ok(())
    }

    /// The compositor has done with a buffer.
    pub fn released(&mut self, tag: BufferTag) {
        if tag.generation == self.generation
            && let Some(slot) = self.slots.get_mut(tag.slot)
        {
            slot.held = false;
        }
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        for slot in &self.slots {
            slot.buffer.destroy();
        }
    }
}

fn union(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        _ => a.start.min(b.start)..a.end.max(b.end),
    }
}
