//! The browser's sandbox and its wayland-filter: one pair at a time, started, ordered, killed and proved gone.
//!
//! Duties: do one command after the other, so that a new sandbox never starts before the old one is gone. Report what the
//! browser says and that it ended. Never: decide; start a browser without its filter, or outside the cage.

use crate::machine::Event;
use crate::peers::{Ended, pump, send};
use crate::sandbox::{self, Invocation, SandboxSpec};
use crate::wipe;
use borne_ipc::frame::{self, FrameError};
use borne_ipc::{BrowserEvent, BrowserOrder, BrowserPolicy, FilterEvent};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The filter has this long to listen.
const FILTER: Duration = Duration::from_secs(5);

/// What the runtime asks.
#[derive(Debug)]
pub enum Request {
    /// Start this generation.
    Start(u64),
    /// Pass an order to this generation.
    Order(u64, BrowserOrder),
    /// Kill this generation.
    Kill(u64),
    /// Kill this generation and report the proof.
    Wipe(u64),
}

#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("{program}: {source}")]
    Spawn { program: String, source: std::io::Error },
    #[error("socket pair: {0}")]
    Socket(std::io::Error),
    #[error("wayland-filter did not listen: {0}")]
    Filter(String),
}

struct Pair {
    generation: u64,
    filter: Child,
    /// Kept open: the filter ends when it closes.
    _filter_link: UnixStream,
    browser: Child,
    /// Ends when the browser closes its socket or says what is no message.
    ears: JoinHandle<()>,
    orders: OwnedWriteHalf,
}

/// Serves requests for ever.
pub async fn manage(
    spec: SandboxSpec,
    policy: BrowserPolicy,
    mut requests: mpsc::UnboundedReceiver<Request>,
    events: mpsc::Sender<Event>,
) {
    // Whatever a supervisor that was killed has left behind.
    wipe::sweep().await;
    let mut pair: Option<Pair> = None;
    loop {
        let request = tokio::select! {
            request = requests.recv() => match request { Some(request) => Some(request), None => break },
            () = ended(&mut pair) => None,
        };
        match request {
            Some(Request::Start(generation)) => {
                bury(&mut pair).await;
                match start(&spec, &policy, generation, &events).await {
                    Ok(started) => pair = Some(started),
                    Err(error) => {
                        tracing::error!(%error, "browser did not start");
                        wipe::sweep().await;
                        let _ = events.send(Event::BrowserGone { generation }).await;
                    }
                }
            }
            Some(Request::Order(generation, order)) => {
                if let Some(pair) = pair.as_mut().filter(|pair| pair.generation == generation)
                    && let Err(error) = send(&mut pair.orders, &order).await
                {
                    tracing::warn!(%error, "browser takes no order");
                }
            }
            Some(Request::Kill(generation)) => {
                if pair.as_ref().is_some_and(|pair| pair.generation == generation) {
                    bury(&mut pair).await;
                    let _ = events.send(Event::BrowserGone { generation }).await;
                }
            }
            Some(Request::Wipe(generation)) => {
                let begun = Instant::now();
                bury(&mut pair).await;
                tracing::info!(generation, wipe_ms = begun.elapsed().as_secs_f64() * 1e3, "sandbox wiped");
                let _ = events.send(Event::Wiped { generation }).await;
            }
            None => {
                let generation = pair.as_ref().map(|pair| pair.generation);
                bury(&mut pair).await;
                if let Some(generation) = generation {
                    tracing::warn!(generation, "sandbox ended by itself");
                    let _ = events.send(Event::BrowserGone { generation }).await;
                }
            }
        }
    }
    bury(&mut pair).await;
}

/// Either of the pair has ended; never, when there is none.
async fn ended(pair: &mut Option<Pair>) {
    match pair {
        Some(pair) => tokio::select! {
            _ = pair.browser.wait() => {}
            _ = pair.filter.wait() => {}
            _ = &mut pair.ears => {}
        },
        None => std::future::pending().await,
    }
}

/// Kills both, reaps both, and looks until no process of their users is left.
async fn bury(pair: &mut Option<Pair>) {
    if let Some(mut pair) = pair.take() {
        let _ = pair.browser.start_kill();
        let _ = pair.filter.start_kill();
        let _ = pair.browser.wait().await;
        let _ = pair.filter.wait().await;
    }
    wipe::sweep().await;
}

async fn start(
    spec: &SandboxSpec,
    policy: &BrowserPolicy,
    generation: u64,
    events: &mpsc::Sender<Event>,
) -> Result<Pair, StartError> {
    let (mut filter_link, filter_end) = socket_pair()?;
    let filter = spawn(&sandbox::wayland_filter(spec), filter_end)?;
    let socket = match tokio::time::timeout(FILTER, first_frame(&mut filter_link)).await {
        Ok(Ok(FilterEvent::Ready { socket })) => socket,
        Ok(Err(error)) => return Err(StartError::Filter(error)),
        Err(_) => return Err(StartError::Filter("timeout".into())),
    };
    if socket.contains('/') || socket.starts_with('.') {
        return Err(StartError::Filter("its socket is not a plain file name".into()));
    }
    let (link, browser_end) = socket_pair()?;
    let browser = spawn(&sandbox::browser(spec, &socket), browser_end)?;
    let (read, mut orders) = link.into_split();
    let events = events.clone();
    let ears = tokio::spawn(async move {
        let ended = pump(read, &events, |event: BrowserEvent| {
            if event == BrowserEvent::Ready {
                tracing::info!(generation, "browser in standby");
            }
            Ok(Event::Browser { generation, event })
        });
        match ended.await {
            Ended::Frame(FrameError::Closed) => {}
            error => tracing::warn!(generation, %error, "browser ended"),
        }
    });
    // A browser that cannot be told ends, and that is reported.
    let _ = send(&mut orders, &BrowserOrder::Prepare(policy.clone())).await;
    Ok(Pair { generation, filter, _filter_link: filter_link, browser, ears, orders })
}

async fn first_frame(link: &mut UnixStream) -> Result<FilterEvent, String> {
    let mut decoder = frame::Decoder::default();
    let mut buffer = [0; 256];
    loop {
        if let Some(event) = decoder.next_message().map_err(|error| error.to_string())? {
            return Ok(event);
        }
        let len = link.read(&mut buffer).await.map_err(|error| error.to_string())?;
        if len == 0 {
            return Err("it ended".into());
        }
        decoder.push(buffer.get(..len).unwrap_or_default());
    }
}

fn socket_pair() -> Result<(UnixStream, OwnedFd), StartError> {
    let make = || {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        Ok((UnixStream::from_std(ours)?, theirs.into()))
    };
    make().map_err(StartError::Socket)
}

/// Starts from this thread, which lives as long as the process: the cage dies with the thread that made it.
fn spawn(invocation: &Invocation, stdin: OwnedFd) -> Result<Child, StartError> {
    Command::new(&invocation.program)
        .args(&invocation.args)
        .env_clear()
        .envs(invocation.env.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| StartError::Spawn { program: invocation.program.display().to_string(), source })
}
