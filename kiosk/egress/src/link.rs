//! The connection to the supervisor: one `Ready`, then allow lists, each replacing the one before.
//! Its end is our end.

use borne_ipc::frame::{self, Decoder, FrameError};
use borne_ipc::{EgressEvent, EgressOrder, HostPort, Network};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::watch;

/// What may be reached at present; nothing before the first order.
#[derive(Debug, Default)]
pub struct Allowed {
    /// Exactly these.
    pub places: Vec<HostPort>,
    /// Networks in which they may live beside the public ones.
    pub lan: Vec<Network>,
}

/// The newest order.
pub type Allow = watch::Receiver<Arc<Allowed>>;

/// Why there is no supervisor any more.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nobody listens there.
    #[error("connect to the supervisor at {}: {source}", path.display())]
    Connect {
        /// Its socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The connection failed or ended, or carried something else than an order.
    #[error("supervisor: {0}")]
    Frame(#[from] FrameError),
}

/// The connected socket.
pub struct Link {
    socket: UnixStream,
    allow: watch::Sender<Arc<Allowed>>,
}

impl Link {
    /// Connects, once, and says `Ready`: call it when the proxy's own socket listens.
    pub async fn connect(path: &Path) -> Result<(Self, Allow), LinkError> {
        let failed = |source| LinkError::Connect { path: path.to_owned(), source };
        let mut socket = UnixStream::connect(path).await.map_err(failed)?;
        socket.write_all(&frame::encode(&EgressEvent::Ready)?).await.map_err(failed)?;
        let (allow, watched) = watch::channel(Arc::default());
        Ok((Self { socket, allow }, watched))
    }

    /// Takes orders until the supervisor is gone, which is the value returned.
    pub async fn follow(mut self) -> LinkError {
        let mut decoder = Decoder::default();
        let mut bytes = [0; 4096];
        loop {
            match self.socket.read(&mut bytes).await {
                Ok(0) => return FrameError::Closed.into(),
                Ok(count) => decoder.push(&bytes[..count]),
                Err(error) => return FrameError::from(error).into(),
            }
            loop {
                match decoder.next_message() {
                    Ok(Some(EgressOrder::Allow { places, lan })) => {
                        tracing::info!(places = places.len(), networks = lan.len(), "allow list");
                        self.allow.send_replace(Arc::new(Allowed { places, lan }));
                    }
                    Ok(None) => break,
                    Err(error) => return error.into(),
                }
            }
        }
    }
}
