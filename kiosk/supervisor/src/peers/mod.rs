//! The supervisor's socket: reader, shell, egress, agent and panel, one connection each, known by their
//! socket credentials.
//!
//! Duties: frames in, events out; orders in, frames out. A frame that is not a message of its
//! direction ends the peer, and so does a message out of turn ([`conduct`]). Never: a decision.

mod conduct;

use crate::machine::{Event, Peer};
use borne_ipc::frame::{self, Decoder, FrameError};
use borne_ipc::{AgentOrder, EgressOrder, PanelModes, PanelOrder, Role, ShellOrder};
use conduct::{Heard, Misconduct};
use ring::hmac;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zeroize::Zeroize;

/// Orders that a peer has not read yet. A shell paints each within milliseconds: one that is so far
/// behind hangs.
const UNREAD: usize = 64;

/// Where the runtime sends a peer's orders; the newest peer gets them, and none is kept for a later
/// one. A peer that does not read them is ended.
pub struct Orders<T>(Arc<Mutex<Option<mpsc::Sender<T>>>>);

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
        if let Ok(mut place) = self.0.lock()
            && place.as_ref().is_some_and(|peer| peer.try_send(order).is_err())
        {
            // Without a sender its writer ends, and with that the conversation.
            *place = None;
        }
    }

    fn set(&self, peer: Option<mpsc::Sender<T>>) {
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
    /// Light and sound.
    pub panel: Orders<PanelOrder>,
}

/// Why a peer is not listened to any more.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// It is gone, or its bytes are no message.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Its message may not come now.
    #[error(transparent)]
    Misconduct(#[from] Misconduct),
    /// It does not read its orders.
    #[error("{UNREAD} orders unread")]
    Deaf,
}

/// What two peers are told first, before they have said anything.
pub struct First {
    /// Egress.
    pub allow: EgressOrder,
    /// The panel.
    pub modes: PanelModes,
}

/// What every connection needs.
#[derive(Clone)]
struct Shared {
    events: mpsc::Sender<Event>,
    told: Told,
    first: Arc<First>,
    marks: Arc<hmac::Key>,
}

/// Binds the socket and serves it in the background; the task ends with the error that stops it.
///
/// # Errors
/// When the socket cannot be bound.
pub fn serve(
    socket: &Path,
    first: First,
    told: Told,
    events: mpsc::Sender<Event>,
) -> std::io::Result<JoinHandle<std::io::Error>> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::os::unix::fs::PermissionsExt::from_mode(0o660))?;
    let marks = hmac::Key::generate(hmac::HMAC_SHA256, &ring::rand::SystemRandom::new())
        .map_err(|_| std::io::Error::other("the system's random numbers failed"))?;
    let shared = Shared { events, told, first: Arc::new(first), marks: Arc::new(marks) };
    Ok(tokio::spawn(async move {
        let present: Arc<Mutex<Vec<Role>>> = Arc::default();
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                // Nobody could come back any more: better a supervisor that begins anew.
                Err(error) => return error,
            };
            let Some(role) = role_of(&stream) else {
                tracing::warn!("a process without a role of its own connected; closed");
                continue;
            };
            {
                let Ok(mut present) = present.lock() else {
                    return std::io::Error::other("the list of present peers is broken");
                };
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
    }))
}

fn role_of(stream: &UnixStream) -> Option<Role> {
    Role::from_uid(stream.peer_cred().ok()?.uid())
}

/// Until the peer is gone or is ended.
async fn converse(role: Role, stream: UnixStream, shared: &Shared) -> Option<Peer> {
    let (read, mut write) = stream.into_split();
    let (events, told) = (&shared.events, &shared.told);
    let (peer, ended) = match role {
        Role::Reader => {
            let mut reader = conduct::Reader::new(Arc::clone(&shared.marks));
            (Peer::Reader, pump(read, events, move |event| reader.hears(event)).await)
        }
        Role::Shell => {
            let (mut shell, newest) = conduct::Shell::new();
            let note = move |order: &ShellOrder| newest.note(order);
            let hears = move |event| shell.hears(event);
            (Peer::Shell, both_ways(read, write, &told.shell, note, events, hears).await)
        }
        Role::Agent => {
            let mut agent = conduct::Agent::default();
            let hears = move |event| agent.hears(event);
            (Peer::Agent, both_ways(read, write, &told.agent, |_| (), events, hears).await)
        }
        Role::Panel => {
            if send(&mut write, &PanelOrder::Modes(shared.first.modes)).await.is_err() {
                return Some(Peer::Panel);
            }
            let mut panel = conduct::Panel::default();
            let hears = move |event| panel.hears(event);
            (Peer::Panel, both_ways(read, write, &told.panel, |_| (), events, hears).await)
        }
        Role::Egress => {
            if send(&mut write, &shared.first.allow).await.is_err() {
                return Some(Peer::Egress);
            }
            let mut egress = conduct::Egress::default();
            (Peer::Egress, pump(read, events, move |event| egress.hears(event)).await)
        }
        Role::Supervisor | Role::Browser | Role::WaylandFilter | Role::Compositor => {
            tracing::warn!(?role, "this role has nothing to say here; closed");
            return None;
        }
    };
    match ended {
        Ended::Frame(FrameError::Closed) => tracing::info!(?peer, "peer gone"),
        error => tracing::warn!(?peer, %error, "peer ended"),
    }
    Some(peer)
}

/// Orders out and events in, until the peer is gone or breaks the protocol. `note` sees each order
/// before it is sent.
async fn both_ways<O, E>(
    read: OwnedReadHalf,
    mut write: OwnedWriteHalf,
    orders: &Orders<O>,
    note: impl Fn(&O) + Send + 'static,
    events: &mpsc::Sender<Event>,
    hears: impl FnMut(E) -> Heard,
) -> Ended
where
    O: serde::Serialize + Send + Sync + 'static,
    E: serde::de::DeserializeOwned,
{
    let (sender, mut pending) = mpsc::channel(UNREAD);
    orders.set(Some(sender));
    let mut writer = tokio::spawn(async move {
        while let Some(order) = pending.recv().await {
            note(&order);
            if let Err(error) = send(&mut write, &order).await {
                return error.into();
            }
        }
        Ended::Deaf
    });
    let ended = tokio::select! {
        biased;
        ended = pump(read, events, hears) => ended,
        ended = &mut writer => ended.unwrap_or(Ended::Deaf),
    };
    orders.set(None);
    writer.abort();
    ended
}

/// Frames to events, until the peer is gone or breaks the protocol.
pub async fn pump<T: serde::de::DeserializeOwned>(
    mut read: OwnedReadHalf,
    events: &mpsc::Sender<Event>,
    mut hears: impl FnMut(T) -> Heard,
) -> Ended {
    let mut decoder = Decoder::default();
    let mut buffer = [0; 4096];
    loop {
        match read.read(&mut buffer).await {
            Ok(0) => break FrameError::Closed.into(),
            Ok(len) => {
                let read = buffer.get_mut(..len).unwrap_or_default();
                decoder.push(read);
                // A PIN or a badge's number may have been among it, and a shorter frame would leave
                // it here.
                read.zeroize();
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                break FrameError::Closed.into();
            }
            Err(error) => break FrameError::from(error).into(),
        }
        let refused = loop {
            let event = match decoder.next_message::<T>().map(|message| message.map(&mut hears)) {
                Ok(None) => break None,
                Ok(Some(Ok(None))) => continue,
                Ok(Some(Ok(Some(event)))) => event,
                Ok(Some(Err(misconduct))) => break Some(misconduct.into()),
                Err(error) => break Some(error.into()),
            };
            if events.send(event).await.is_err() {
                break Some(FrameError::Closed.into());
            }
        };
        if let Some(error) = refused {
            break error;
        }
    }
}

/// One frame, zeroised after sending.
///
/// # Errors
/// The socket's, or a message that is too long.
pub async fn send<T: serde::Serialize + Sync>(
    write: &mut OwnedWriteHalf,
    message: &T,
) -> Result<(), FrameError> {
    let mut bytes = frame::encode(message)?;
    let sent = write.write_all(&bytes).await;
    bytes.zeroize();
    Ok(sent?)
}
