//! The supervisor's socket: reader, shell, egress and agent, one connection each, known by their socket credentials.
//!
//! Duties: frames in, events out; orders in, frames out. A frame that is not a message of its direction ends the peer.
//! Never: a decision.

use crate::machine::{BadgeMark, Event, Peer};
use borne_ipc::frame::{self, Decoder, FrameError};
use borne_ipc::{AgentOrder, EgressEvent, EgressOrder, ReaderEvent, Role, ShellOrder};
use ring::hmac;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use zeroize::Zeroize;

/// Where the runtime sends a peer's orders; the newest peer gets them, and none is kept for a later one.
pub struct Orders<T>(Arc<Mutex<Option<mpsc::UnboundedSender<T>>>>);

impl<T> Default for Orders<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Orders<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Orders<T> {
    /// Sends, or drops when nobody is there: a new peer is told everything when it is ready.
    pub fn send(&self, order: T) {
        if let Ok(Some(peer)) = self.0.lock().as_deref() {
            let _ = peer.send(order);
        }
    }

    fn set(&self, peer: Option<mpsc::UnboundedSender<T>>) {
        if let Ok(mut place) = self.0.lock() {
            *place = peer;
        }
    }
}

/// The peers that are given orders while they live.
#[derive(Clone, Default)]
pub struct Told {
    /// The screen.
    pub shell: Orders<ShellOrder>,
    /// Status and updates.
    pub agent: Orders<AgentOrder>,
}

/// What every connection needs.
#[derive(Clone)]
struct Shared {
    events: mpsc::Sender<Event>,
    told: Told,
    allow: Arc<EgressOrder>,
    marks: Arc<hmac::Key>,
}

/// Binds the socket and serves it for ever, in the background.
///
/// # Errors
/// When the socket cannot be bound.
pub fn serve(socket: &Path, allow: EgressOrder, told: Told, events: mpsc::Sender<Event>) -> std::io::Result<()> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::os::unix::fs::PermissionsExt::from_mode(0o660))?;
    let marks = hmac::Key::generate(hmac::HMAC_SHA256, &ring::rand::SystemRandom::new())
        .map_err(|_| std::io::Error::other("the system's random numbers failed"))?;
    let shared = Shared { events, told, allow: Arc::new(allow), marks: Arc::new(marks) };
    tokio::spawn(async move {
        let present: Arc<Mutex<Vec<Role>>> = Arc::default();
        while let Ok((stream, _)) = listener.accept().await {
            let Some(role) = role_of(&stream) else {
                tracing::warn!("a process without a role of its own connected; closed");
                continue;
            };
            {
                let Ok(mut present) = present.lock() else { return };
                if present.contains(&role) {
                    tracing::warn!(?role, "a second connection of the same role; closed");
                    continue;
                }
                present.push(role);
            }
            let (shared, present) = (shared.clone(), Arc::clone(&present));
            tokio::spawn(async move {
                let peer = converse(role, stream, &shared).await;
                if let Ok(mut present) = present.lock() {
                    present.retain(|other| *other != role);
                }
                if let Some(peer) = peer {
                    let _ = shared.events.send(Event::PeerGone(peer)).await;
                }
            });
        }
    });
    Ok(())
}

fn role_of(stream: &UnixStream) -> Option<Role> {
    Role::from_uid(stream.peer_cred().ok()?.uid())
}

/// Until the peer is gone or is ended.
async fn converse(role: Role, stream: UnixStream, shared: &Shared) -> Option<Peer> {
    let (read, mut write) = stream.into_split();
    let (peer, ended) = match role {
        Role::Reader => {
            let marks = Arc::clone(&shared.marks);
            (
                Peer::Reader,
                pump(read, &shared.events, move |event: ReaderEvent| {
                    Event::Reader(event.clone(), mark(&marks, &event))
                })
                .await,
            )
        }
        Role::Shell => {
            let ended = both_ways(read, write, &shared.told.shell, &shared.events, Event::Shell).await;
            (Peer::Shell, ended)
        }
        Role::Agent => {
            let ended = both_ways(read, write, &shared.told.agent, &shared.events, Event::Agent).await;
            (Peer::Agent, ended)
        }
        Role::Egress => {
            if send(&mut write, shared.allow.as_ref()).await.is_err() {
                return Some(Peer::Egress);
            }
            (Peer::Egress, pump(read, &shared.events, |EgressEvent::Ready| Event::EgressReady).await)
        }
        Role::Supervisor | Role::Browser | Role::WaylandFilter | Role::Compositor => {
            tracing::warn!(?role, "this role has nothing to say here; closed");
            return None;
        }
    };
    match ended {
        FrameError::Closed => tracing::info!(?peer, "peer gone"),
        error => tracing::warn!(?peer, %error, "peer ended"),
    }
    Some(peer)
}

/// Orders out and events in, until the peer is gone or breaks the protocol.
async fn both_ways<O, E>(
    read: OwnedReadHalf,
    mut write: OwnedWriteHalf,
    orders: &Orders<O>,
    events: &mpsc::Sender<Event>,
    to_event: impl Fn(E) -> Event,
) -> FrameError
where
    O: serde::Serialize + Send + Sync + 'static,
    E: serde::de::DeserializeOwned,
{
    let (sender, mut pending) = mpsc::unbounded_channel();
    orders.set(Some(sender));
    let writer = tokio::spawn(async move {
        while let Some(order) = pending.recv().await {
            if send(&mut write, &order).await.is_err() {
                return;
            }
        }
    });
    let ended = pump(read, events, to_event).await;
    orders.set(None);
    writer.abort();
    ended
}

fn mark(key: &hmac::Key, event: &ReaderEvent) -> BadgeMark {
    let mut mark = [0; 32];
    if let ReaderEvent::Card(card) = event {
        mark.copy_from_slice(hmac::sign(key, card.uid.expose().as_bytes()).as_ref());
    }
    BadgeMark(mark)
}

/// Frames to events, until the peer is gone or breaks the protocol.
pub async fn pump<T: serde::de::DeserializeOwned>(
    mut read: OwnedReadHalf,
    events: &mpsc::Sender<Event>,
    to_event: impl Fn(T) -> Event,
) -> FrameError {
    let mut decoder = Decoder::default();
    let mut buffer = [0; 4096];
    let ended = loop {
        match read.read(&mut buffer).await {
            Ok(0) => break FrameError::Closed,
            Ok(len) => decoder.push(buffer.get(..len).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break FrameError::Closed,
            Err(error) => break error.into(),
        }
        let refused = loop {
            match decoder.next_message::<T>() {
                Ok(Some(message)) => {
                    if events.send(to_event(message)).await.is_err() {
                        break Some(FrameError::Closed);
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        if let Some(error) = refused {
            break error;
        }
    };
    buffer.zeroize();
    ended
}

/// One frame, zeroised after sending.
///
/// # Errors
/// The socket's, or a message that is too long.
pub async fn send<T: serde::Serialize + Sync>(write: &mut OwnedWriteHalf, message: &T) -> Result<(), FrameError> {
    let mut bytes = frame::encode(message)?;
    let sent = write.write_all(&bytes).await;
    bytes.zeroize();
    Ok(sent?)
}
