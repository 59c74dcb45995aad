//! The identity that follows the present one: asked for, kept, shown, settled
//! (docs/protocol/terminal-api.md, "Renewal").
//!
//! Key and certificate are one file, `terminal.next`, written in one step. From then on it is shown
//! first, at this start and at every later one: the gateway may have seen it already, and then knows
//! the one before as what only a copy of the card can show. Only when the gateway refuses it, which
//! then does not know it, is the one before shown again. Once it was accepted, its parts take their
//! places one by one, and the file goes last.
//!
//! Never: two keys in use at once; a change while anybody is logging in.

use super::identity::{
    Identity, certificate_file, key_file, pem_of, read, remove, request_pem, write,
};
use super::link::Joined;
use super::{CallError, Client, clock};
use borne_gateway_api::ApiError;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// Between two requests, whatever became of the first.
const AGAIN: Duration = Duration::from_secs(600);

/// What a running terminal does to have a certificate to go on with.
pub struct Renewal {
    data: PathBuf,
    joined: watch::Sender<Option<Joined>>,
    /// Whether nobody is logged in or logging in.
    quiet: watch::Receiver<bool>,
    asked: Option<Instant>,
    /// Kept, not shown yet.
    next: Option<Identity>,
    /// What was shown before the one that is being tried.
    before: Option<Arc<Identity>>,
}

impl Renewal {
    /// Of a terminal that has just started.
    pub const fn new(
        data: PathBuf,
        joined: watch::Sender<Option<Joined>>,
        quiet: watch::Receiver<bool>,
    ) -> Self {
        Self { data, joined, quiet, asked: None, next: None, before: None }
    }

    /// Before each poll: shows what is kept, from now on and in every copy of the client.
    pub fn change(&mut self, client: &Client) -> Result<(), CallError> {
        if !*self.quiet.borrow() {
            return Ok(());
        }
        let Some(next) = self.next.take() else { return Ok(()) };
        if !client.wear(&next)? {
            // A request with the present one is on its way.
            self.next = Some(next);
            return Ok(());
        }
        let client = client.clone();
        let before = self.joined.send_replace(Some((client, Arc::new(next))));
        self.before = before.map(|(_, identity)| identity);
        Ok(())
    }

    /// After each poll that was answered: what is being tried has proved itself; and when the gateway
    /// says so, the next one is asked for.
    pub async fn answered(&mut self, client: &Client, renew: bool) -> Result<(), CallError> {
        if self.before.take().is_some() {
            tracing::info!("the terminal's certificate is renewed");
            return settle(&self.data);
        }
        let waits = self.asked.is_some_and(|asked| asked.elapsed() < AGAIN);
        if !renew || waits || self.next.is_some() || !*self.quiet.borrow() {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        if !client.time().is_some_and(|told| clock::agree(told, SystemTime::now())) {
            // A certificate by a wrong clock may not be good by the right one.
            tracing::warn!(
                "not renewed: the gateway's clock and this terminal's are more than a day apart"
            );
            return Ok(());
        }
        // Nothing is asked for before what was given last has its place.
        settle(&self.data)?;
        self.next = Some(ask(client, &self.data).await?);
        Ok(())
    }

    /// After a poll that was refused: the gateway does not know what is being tried, so the one
    /// before is shown again. `false`: nothing was being tried, or the one before cannot be shown.
    pub fn refused(&mut self, client: &Client) -> bool {
        let Some(before) = self.before.take() else { return false };
        match client.wear(&before) {
            Ok(true) => {
                tracing::warn!(
                    "the gateway refuses the certificate it gave; the one before goes on"
                );
                self.joined.send_replace(Some((client.clone(), before)));
                discard(&self.data).inspect_err(|error| tracing::warn!("{error}")).is_ok()
            }
            // A request with the new one is on its way.
            Ok(false) => {
                self.before = Some(before);
                false
            }
            Err(error) => {
                tracing::error!("{error}");
                false
            }
        }
    }
}

/// Whether the gateway lets nobody in by the certificate that was shown.
pub const fn is_refusal(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Api { error: ApiError::TerminalRevoked, .. }
            | CallError::CertificateEnded { .. }
    )
}

/// What is kept and was perhaps shown; a file that cannot be used is none.
///
/// # Errors
/// [`CallError::File`].
pub fn kept(data: &Path) -> Result<Option<Identity>, CallError> {
    let Some(text) = read(&next_file(data))?.map(Zeroizing::new) else { return Ok(None) };
    let identity = KeyPair::from_pem(&text)
        .map_err(|error| CallError::Key(error.to_string()))
        .and_then(|key| Identity::new(&key, &text));
    Ok(identity.inspect_err(|error| tracing::error!(%error, "terminal.next")).ok())
}

/// What is kept was accepted: it takes its place. What is interrupted is done again.
///
/// # Errors
/// [`CallError::File`].
pub fn settle(data: &Path) -> Result<(), CallError> {
    let Some(text) = read(&next_file(data))?.map(Zeroizing::new) else { return Ok(()) };
    let Some((key, certificate)) = pem_of(&text) else { return Ok(()) };
    write(&key_file(data), key.as_bytes())?;
    write(&certificate_file(data), certificate.as_bytes())?;
    discard(data)
}

/// What is kept is not wanted any more.
///
/// # Errors
/// [`CallError::File`].
pub fn discard(data: &Path) -> Result<(), CallError> {
    remove(&next_file(data))
}

async fn ask(client: &Client, data: &Path) -> Result<Identity, CallError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .map_err(|error| CallError::Key(error.to_string()))?;
    let answer = client.renew(request_pem(&key)?).await?;
    let identity = Identity::new(&key, &answer.certificate_pem)?;
    client.can_wear(&identity)?;
    let key = Zeroizing::new(key.serialize_pem());
    let text = Zeroizing::new(format!("{}{}", key.as_str(), answer.certificate_pem));
    write(&next_file(data), text.as_bytes())?;
    tracing::info!("the gateway has given the next certificate");
    Ok(identity)
}

fn next_file(data: &Path) -> PathBuf {
    data.join("terminal.next")
}
