//! Has the init start a wayland-filter and a cage, by connecting to their sockets: the supervisor
//! itself starts nothing.
//!
//! Duties: connect, wait for each one's first word, give the cage its order; when that fails, see
//! to it that nothing of the attempt can come up later. Never: hand out a connection whose process
//! has not spoken yet.

use crate::wipe;
use borne_ipc::frame::{self, FrameError};
use borne_ipc::{CageEvent, CageOrder, FilterEvent, paths};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Both have this long to be there.
const THERE: Duration = Duration::from_secs(5);

/// Why there is no pair.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{path}: {source}")]
    Connect { path: PathBuf, source: std::io::Error },
    #[error("{who}: {source}")]
    Word { who: &'static str, source: FrameError },
    #[error("wayland-filter or cage did not come")]
    Late,
    #[error("the filter's socket is not a plain file name")]
    Display,
}

/// Where to connect, and what each cage is told.
#[derive(Debug)]
pub struct Starter {
    filter: PathBuf,
    cage: PathBuf,
    ca: PathBuf,
}

impl Starter {
    /// For this run directory, and browsers that trust this authority.
    pub fn new(run: &Path, ca: PathBuf) -> Self {
        Self { filter: paths::filter_start(run), cage: paths::cage_start(run), ca }
    }

    /// Both, side by side: the connection of the filter, and the one on which the browser will take
    /// its orders.
    ///
    /// # Errors
    /// [`StartError`]; nothing of the attempt is left then, and nothing of it comes later.
    pub async fn start(&self) -> Result<(UnixStream, UnixStream), StartError> {
        let mut filter = connect(&self.filter).await?;
        let mut cage = match connect(&self.cage).await {
            Ok(cage) => cage,
            Err(error) => {
                give_up(vec![filter]).await;
                return Err(error);
            }
        };
        let met = tokio::time::timeout(THERE, self.meet(&mut filter, &mut cage)).await;
        match met.unwrap_or(Err(StartError::Late)) {
            Ok(()) => Ok((filter, cage)),
            Err(error) => {
                give_up(vec![filter, cage]).await;
                Err(error)
            }
        }
    }

    async fn meet(&self, filter: &mut UnixStream, cage: &mut UnixStream) -> Result<(), StartError> {
        let word = |who| move |source| StartError::Word { who, source };
        let (ready, here) = tokio::join!(first::<FilterEvent>(filter), first::<CageEvent>(cage));
        let FilterEvent::Ready { socket: display } = ready.map_err(word("wayland-filter"))?;
        let CageEvent::Here = here.map_err(word("cage"))?;
        if display.is_empty() || display.contains('/') || display.starts_with('.') {
            return Err(StartError::Display);
        }
        let order =
            frame::encode(&CageOrder { display, ca: self.ca.clone() }).map_err(word("cage"))?;
        cage.write_all(&order).await.map_err(|error| word("cage")(error.into()))
    }
}

async fn connect(path: &Path) -> Result<UnixStream, StartError> {
    UnixStream::connect(path)
        .await
        .map_err(|source| StartError::Connect { path: path.to_owned(), source })
}

/// One frame and not a byte more.
async fn first<T: DeserializeOwned>(link: &mut UnixStream) -> Result<T, FrameError> {
    let mut decoder = frame::Decoder::default();
    loop {
        if let Some(word) = decoder.next_message()? {
            return Ok(word);
        }
        let byte = link.read_u8().await.map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => FrameError::Closed,
            _ => error.into(),
        })?;
        decoder.push(&[byte]);
    }
}

/// Says no more, and kills until the other ends are gone: a process that the init has yet to start
/// for one of these connections has not got its user yet, so no sweep would see it. It finds that
/// nobody speaks and ends; its end of the connection is the sign (docs/adr/0012).
async fn give_up(mut links: Vec<UnixStream>) {
    tracing::warn!("nothing of this attempt may come any more; waiting until it is gone");
    let gone = async {
        for link in &mut links {
            let _ = link.shutdown().await;
        }
        for link in &mut links {
            while link.read(&mut [0; 256]).await.is_ok_and(|read| read > 0) {}
        }
    };
    wipe::sweep_until(gone).await;
}
