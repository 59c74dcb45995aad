//! The eyes: pictures of what the compositor shows, by wlr-screencopy-unstable-v1.
//!
//! Duties: one frame on demand, or every changed frame with its time until stopped. Never: a
//! decision about what it means.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::{
    wl_buffer::WlBuffer, wl_output::WlOutput, wl_registry::WlRegistry, wl_shm,
    wl_shm_pool::WlShmPool,
};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, WEnum, delegate_noop};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_frame_v1::{
    self, ZwlrScreencopyFrameV1,
};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_manager_v1::ZwlrScreencopyManagerV1;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The compositor's socket.
    #[error("connect to the compositor at {0}: {1}")]
    Connect(PathBuf, io::Error),
    /// The compositor lacks something, or is gone.
    #[error("compositor: {0}")]
    Compositor(String),
    /// The compositor gave up on this frame.
    #[error("the compositor could not copy the frame")]
    Refused,
    /// Shared memory.
    #[error("shared memory: {0}")]
    Memory(#[from] io::Error),
}

/// A rectangle in pixels of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// One picture, four bytes a pixel: blue, green, red, unused.
#[derive(Clone)]
pub struct Frame {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Row by row, without padding.
    pub pixels: Arc<Vec<u8>>,
    /// When it was asked for and when it was complete.
    pub at: Instant,
}

impl Frame {
    /// Red, green, blue; black outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 4;
        match self.pixels.get(at..at + 3) {
            Some(&[blue, green, red]) if x < self.width => [red, green, blue],
            _ => [0; 3],
        }
    }

    /// The pixels of a region, clipped; to compare two frames.
    #[must_use]
    pub fn cut(&self, region: Region) -> Vec<u8> {
        let (left, right) =
            (region.x.min(self.width) as usize, (region.x + region.width).min(self.width) as usize);
        let rows = region.y.min(self.height)..(region.y + region.height).min(self.height);
        let stride = self.width as usize * 4;
        rows.flat_map(|row| {
            let start = row as usize * stride;
            self.pixels[start + left * 4..start + right * 4].iter().copied()
        })
        .collect()
    }

    /// Writes a PNG.
    ///
    /// # Errors
    /// The file's.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let rgb = self
            .pixels
            .chunks_exact(4)
            .flat_map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]])
            .collect::<Vec<_>>();
        image::save_buffer(path, &rgb, self.width, self.height, image::ExtendedColorType::Rgb8)
            .map_err(io::Error::other)
    }
}

/// A client of the compositor that only looks.
pub struct Screen {
    queue: EventQueue<State>,
    state: State,
    manager: ZwlrScreencopyManagerV1,
    output: WlOutput,
    shm: wl_shm::WlShm,
    memory: Option<Memory>,
}

struct Memory {
    shape: Shape,
    file: OwnedFd,
    buffer: WlBuffer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape {
    format: wl_shm::Format,
    width: u32,
    height: u32,
    stride: u32,
}

#[derive(Default)]
struct State {
    shape: Option<Shape>,
    shapes_done: bool,
    upside_down: bool,
    outcome: Option<bool>,
}

impl Screen {
    /// Connects to the compositor's socket. The caller must be a user that may.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn connect(socket: &Path) -> Result<Self, ScreenError> {
        let stream = UnixStream::connect(socket)
            .map_err(|error| ScreenError::Connect(socket.to_owned(), error))?;
        let connection = Connection::from_socket(stream).map_err(lost)?;
        let (globals, queue) = registry_queue_init::<State>(&connection).map_err(lost)?;
        let handle = queue.handle();
        Ok(Self {
            manager: globals.bind(&handle, 2..=3, ()).map_err(lost)?,
            output: globals.bind(&handle, 1..=4, ()).map_err(lost)?,
            shm: globals.bind(&handle, 1..=1, ()).map_err(lost)?,
            queue,
            state: State::default(),
            memory: None,
        })
    }

    /// What is shown now.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn frame(&mut self) -> Result<Frame, ScreenError> {
        self.take(None, false, &|| false).and_then(|frame| frame.ok_or(ScreenError::Refused))
    }

    /// Waits for the next change (of `region`, or of anything) and takes it; `None` once `stop`
    /// says so, which is asked every 50 ms without a change. The first answer of a new client is
    /// what is shown now.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn next_change(
        &mut self,
        region: Option<Region>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Frame>, ScreenError> {
        self.take(region, true, stop)
    }

    fn take(
        &mut self,
        region: Option<Region>,
        on_change: bool,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<Frame>, ScreenError> {
        self.state = State::default();
        let handle = self.queue.handle();
        let frame = match region {
            None => self.manager.capture_output(0, &self.output, &handle, ()),
            Some(part) => {
                let [x, y, width, height] =
                    [part.x, part.y, part.width, part.height].map(u32::cast_signed);
                self.manager.capture_output_region(
                    0,
                    &self.output,
                    x,
                    y,
                    width,
                    height,
                    &handle,
                    (),
                )
            }
        };
        while !self.state.shapes_done && self.state.outcome.is_none() {
            self.queue.roundtrip(&mut self.state).map_err(lost)?;
        }
        let shape = self.state.shape.ok_or(ScreenError::Refused)?;
        let buffer = self.memory_of(shape)?;
        if on_change {
            frame.copy_with_damage(&buffer)
        } else {
            frame.copy(&buffer)
        }
        while self.state.outcome.is_none() {
            if !self.dispatch_for(Duration::from_millis(50))? && stop() {
                frame.destroy();
                return Ok(None);
            }
        }
        let at = Instant::now();
        frame.destroy();
        if self.state.outcome != Some(true) {
            return Err(ScreenError::Refused);
        }
        Ok(Some(Frame {
            width: shape.width,
            height: shape.height,
            pixels: Arc::new(self.read_pixels(shape)?),
            at,
        }))
    }

    /// Handles what comes within `limit`; false when nothing came.
    fn dispatch_for(&mut self, limit: Duration) -> Result<bool, ScreenError> {
        if self.queue.dispatch_pending(&mut self.state).map_err(lost)? > 0 {
            return Ok(true);
        }
        self.queue.flush().map_err(lost)?;
        let Some(guard) = self.queue.prepare_read() else { return Ok(true) };
        let connection = guard.connection_fd();
        let mut poll = [rustix::event::PollFd::new(&connection, rustix::event::PollFlags::IN)];
        let limit = rustix::event::Timespec::try_from(limit).map_err(io::Error::other)?;
        if rustix::event::poll(&mut poll, Some(&limit)).map_err(io::Error::from)? == 0 {
            return Ok(false);
        }
        guard.read().map_err(lost)?;
        Ok(self.queue.dispatch_pending(&mut self.state).map_err(lost)? > 0)
    }

    fn memory_of(&mut self, shape: Shape) -> Result<WlBuffer, ScreenError> {
        if let Some(memory) = self.memory.as_ref().filter(|memory| memory.shape == shape) {
            return Ok(memory.buffer.clone());
        }
        if let Some(old) = self.memory.take() {
            old.buffer.destroy();
        }
        let size = shape.stride * shape.height;
        let file = rustix::fs::memfd_create("frame", rustix::fs::MemfdFlags::CLOEXEC)
            .map_err(io::Error::from)?;
        rustix::fs::ftruncate(&file, u64::from(size)).map_err(io::Error::from)?;
        let handle = self.queue.handle();
        let pool: WlShmPool = self.shm.create_pool(file.as_fd(), size.cast_signed(), &handle, ());
        let [width, height, stride] =
            [shape.width, shape.height, shape.stride].map(u32::cast_signed);
        let buffer = pool.create_buffer(0, width, height, stride, shape.format, &handle, ());
        pool.destroy();
        self.memory = Some(Memory { shape, file, buffer: buffer.clone() });
        Ok(buffer)
    }

    fn read_pixels(&self, shape: Shape) -> Result<Vec<u8>, ScreenError> {
        let memory = self.memory.as_ref().ok_or(ScreenError::Refused)?;
        let row = shape.width as usize * 4;
        let mut bytes = vec![0; shape.stride as usize * shape.height as usize];
        let mut have = 0;
        while have < bytes.len() {
            match rustix::io::pread(&memory.file, &mut bytes[have..], have as u64)
                .map_err(io::Error::from)?
            {
                0 => return Err(ScreenError::Refused),
                read => have += read,
            }
        }
        let rows = bytes.chunks_exact(shape.stride as usize).map(|line| &line[..row]);
        let mut pixels: Vec<u8> = if self.state.upside_down {
            rows.rev().flatten().copied().collect()
        } else {
            rows.flatten().copied().collect()
        };
        if matches!(shape.format, wl_shm::Format::Xbgr8888 | wl_shm::Format::Abgr8888) {
            pixels.chunks_exact_mut(4).for_each(|pixel| pixel.swap(0, 2));
        }
        Ok(pixels)
    }
}

/// Takes every changed frame in a thread of its own, until it is stopped.
pub struct Recording {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Frame>, ScreenError>>,
}

impl Recording {
    /// Begins with the frame shown now. Only `region` is looked at, when given: keep it small, each
    /// frame stays in memory.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn start(socket: &Path, region: Option<Region>) -> Result<Self, ScreenError> {
        let mut screen = Screen::connect(socket)?;
        let first = screen.take(region, false, &|| false)?.ok_or(ScreenError::Refused)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut frames = vec![first];
            while !stopped.load(Ordering::Relaxed) {
                match screen.next_change(region, &|| stopped.load(Ordering::Relaxed)) {
                    Ok(Some(frame)) => frames.push(frame),
                    Ok(None) => break,
                    Err(ScreenError::Refused) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(frames)
        });
        Ok(Self { stop, thread })
    }

    /// Ends it and hands the frames over, oldest first.
    ///
    /// # Errors
    /// [`ScreenError`] of the recording.
    ///
    /// # Panics
    /// When the recording's thread did.
    pub fn stop(self) -> Result<Vec<Frame>, ScreenError> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the recording ends")
    }
}

/// The moment from which the frames look as the last one does, within `region` of the frame: when a
/// picture was final.
#[must_use]
pub fn settled(frames: &[Frame], region: Option<Region>) -> Option<Instant> {
    let part =
        |frame: &Frame| region.map_or_else(|| frame.pixels.to_vec(), |region| frame.cut(region));
    let last = part(frames.last()?);
    frames.iter().rev().take_while(|frame| part(frame) == last).last().map(|frame| frame.at)
}

fn lost(error: impl std::fmt::Display) -> ScreenError {
    ScreenError::Compositor(error.to_string())
}

impl Dispatch<ZwlrScreencopyFrameV1, ()> for State {
    fn event(
        state: &mut Self,
        _: &ZwlrScreencopyFrameV1,
        event: zwlr_screencopy_frame_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use zwlr_screencopy_frame_v1::Event;
        match event {
            Event::Buffer { format: WEnum::Value(format), width, height, stride } => {
                state.shape = Some(Shape { format, width, height, stride });
                state.shapes_done = true;
            }
            Event::BufferDone => state.shapes_done = true,
            Event::Flags { flags: WEnum::Value(flags) } => {
                state.upside_down = flags.contains(zwlr_screencopy_frame_v1::Flags::YInvert)
            }
            Event::Ready { .. } => state.outcome = Some(true),
            Event::Failed => state.outcome = Some(false),
            _ => {}
        }
    }
}

impl Dispatch<WlRegistry, GlobalListContents> for State {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: <WlRegistry as wayland_client::Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(State: ZwlrScreencopyManagerV1);
delegate_noop!(State: WlShmPool);
delegate_noop!(State: ignore WlOutput);
delegate_noop!(State: ignore wl_shm::WlShm);
delegate_noop!(State: ignore WlBuffer);
