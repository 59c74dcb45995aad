//! The browser's cage and its wayland-filter: one pair at a time, ordered, killed and proved gone.
//!
//! Duties: do one command after the other, so that a new cage never starts before the old one is
//! gone. Report what the browser says and that it ended. Never: decide; have a browser without its
//! filter.

use crate::machine::Event;
use crate::peers::{Ended, pump, send};
use crate::starter::{StartError, Starter};
use crate::wipe;
use borne_ipc::frame::FrameError;
use borne_ipc::{BrowserEvent, BrowserOrder, BrowserPolicy};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A browser has this long to take an order out of its socket.
const TAKES: Duration = Duration::from_secs(1);

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

/// Both are there: each has said so, so each is a process of its user, which a sweep finds.
struct Pair {
    generation: u64,
    /// Ends when the filter does; the filter ends when it closes.
    filter: UnixStream,
    /// Ends when the browser closes its socket or sends something else than a message.
    ears: JoinHandle<()>,
    orders: OwnedWriteHalf,
}

/// Serves requests for ever.
pub async fn manage(
    starter: Starter,
    policy: BrowserPolicy,
    mut requests: mpsc::Receiver<Request>,
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
                match start(&starter, &policy, generation, &events).await {
                    Ok(started) => pair = Some(started),
                    Err(error) => {
                        tracing::error!(%error, "browser did not start");
                        let _ = events.send(Event::BrowserGone { generation }).await;
                    }
                }
            }
            Some(Request::Order(generation, order)) => {
                if let Some(current) = pair.as_mut().filter(|pair| pair.generation == generation)
                    && !takes(&mut current.orders, &order).await
                {
                    bury(&mut pair).await;
                    let _ = events.send(Event::BrowserGone { generation }).await;
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
                tracing::info!(
                    generation,
                    wipe_ms = begun.elapsed().as_secs_f64() * 1e3,
                    "sandbox wiped"
                );
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

/// Either of the pair has ended; never, when there is none. The filter says nothing after its first
/// word.
async fn ended(pair: &mut Option<Pair>) {
    let mut byte = [0];
    match pair {
        Some(pair) => tokio::select! {
            _ = pair.filter.read(&mut byte) => {}
            _ = &mut pair.ears => {}
        },
        None => std::future::pending().await,
    }
}

/// Hangs up on both, then kills and looks until no process of their users is left. In this order:
/// whatever still comes up for one of these connections finds that nobody speaks (docs/adr/0012).
async fn bury(pair: &mut Option<Pair>) {
    drop(pair.take());
    wipe::sweep().await;
}

/// Whether the browser takes an order: one that reads nothing would hold up its own end.
async fn takes(orders: &mut OwnedWriteHalf, order: &BrowserOrder) -> bool {
    match tokio::time::timeout(TAKES, send(orders, order)).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::warn!(%error, "browser takes no order"),
        Err(_) => tracing::warn!("browser reads no order"),
    }
    false
}

async fn start(
    starter: &Starter,
    policy: &BrowserPolicy,
    generation: u64,
    events: &mpsc::Sender<Event>,
) -> Result<Pair, StartError> {
    let (filter, browser) = starter.start().await?;
    let (read, mut orders) = browser.into_split();
    let events = events.clone();
    let ears = tokio::spawn(async move {
        let ended = pump(read, &events, |event: BrowserEvent| {
            if event == BrowserEvent::Ready {
                tracing::info!(generation, "browser in standby");
            }
            Ok(Some(Event::Browser { generation, event }))
        });
        match ended.await {
            Ended::Frame(FrameError::Closed) => {}
            error => tracing::warn!(generation, %error, "browser ended"),
        }
    });
    // A browser that cannot be told ends, and that is reported.
    let _ = send(&mut orders, &BrowserOrder::Prepare(policy.clone())).await;
    Ok(Pair { generation, filter, ears, orders })
}
