//! The gateway's parts, put together once.

use crate::authority::Authority;
use crate::config::{Config, ConfigError};
use crate::confine::ConfineError;
use crate::directory::Directory;
use crate::edges::{OsRandom, now};
use crate::logout;
use crate::seats::Seats;
use crate::state_dir::{StateDir, StateError};
use crate::tls::{self, TlsError};
use borne_gateway_api::{EndReason, Secret};
use borne_gateway_model::{
    Apps, AuditEvent, AuditKind, Login, Minted, Pepper, Pin, PinHash, VerifiedBadge,
};
use borne_gateway_storage::{
    Audit as _, BadgeSecrets, Sessions as _, Sqlite, StorageError, Terminal,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Argon2 takes 32 MiB each; more at once than cores would only wait.
const HASHES_AT_ONCE: usize = 2;
const FORGET_EVERY: Duration = Duration::from_secs(600);
const FORGET_AFTER_MS: i64 = 24 * 3_600_000;

/// Everything a request needs.
pub struct Gateway {
    pub config: Config,
    pub apps: Apps,
    pub state: StateDir,
    pub db: Sqlite,
    pub pepper: Arc<Pepper>,
    pub random: Arc<OsRandom>,
    pub authority: Authority,
    pub directory: Arc<Directory>,
    /// One pool of connections to the applications, for proxy callbacks and logout.
    pub http: reqwest::Client,
    pub seats: Seats,
    hashing: Semaphore,
}

/// The gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Confine(#[from] ConfineError),
    #[error("state_dir: {0}")]
    State(#[from] StateError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("{0}: {source}", source = .0.source)]
    Storage(#[from] StorageError),
    #[error("{key}: cannot listen on {address}: {source}")]
    Listen { key: &'static str, address: String, source: std::io::Error },
    #[error("the client for the applications: {0}")]
    Client(reqwest::Error),
    #[error("the system: {0}")]
    Runtime(std::io::Error),
}

/// A PIN could not be checked or hashed.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    #[error(transparent)]
    Broken(#[from] borne_gateway_model::BrokenPinHash),
    #[error(transparent)]
    NoRandomness(#[from] borne_gateway_model::NoRandomness),
    #[error("the hashing thread was lost")]
    Lost,
}

impl Gateway {
    /// Opens or makes all that is needed; answers nobody yet.
    pub async fn start(config: Config) -> Result<Arc<Self>, StartError> {
        let random = OsRandom::new();
        let state = StateDir::open(&config.state_dir)?;
        let pepper = state.pepper(&random)?;
        let authority = Authority::open(&state, now())?;
        let db = Sqlite::open(&state.file("gateway.sqlite")).await?;
        let password = crate::state_dir::read(&config.directory.password_file)?;
        let password = Secret::new(
            String::from_utf8_lossy(&password).trim_end_matches(['\r', '\n']).to_owned(),
        );
        let directory = Directory::new(
            config.directory.clone(),
            password,
            tls::client(&config.directory.trust)?,
        );
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client(&config.web.trust)?)
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(config.session.logout_timeout_ms))
            .timeout(Duration::from_millis(config.session.logout_timeout_ms))
            .build()
            .map_err(StartError::Client)?;
        Ok(Arc::new(Self {
            apps: config.apps(),
            config,
            state,
            db,
            pepper: Arc::new(pepper),
            random: Arc::new(random),
            authority,
            directory: Arc::new(directory),
            http,
            seats: Seats::default(),
            hashing: Semaphore::new(HASHES_AT_ONCE),
        }))
    }

    /// Fail closed: whatever was open when the last run stopped is over, and the applications are
    /// told.
    pub async fn after_restart(self: &Arc<Self>) -> Result<(), StorageError> {
        for session in self.db.open_sessions().await? {
            self.end(&session.id, EndReason::Restarted).await?;
        }
        for call in self.db.calls_due().await? {
            logout::tell_in_background(self, call);
        }
        self.audit(AuditKind::Started, None, None).await;
        let directory = Arc::clone(&self.directory);
        tokio::spawn(async move { directory.warm().await });
        Ok(())
    }

    /// Writes an audit line. The log gets the event without the person; a full disk must not lock
    /// everybody out.
    pub async fn audit(&self, kind: AuditKind, login: Option<&Login>, terminal: Option<&str>) {
        tracing::info!(event = kind.word(), terminal, "audit");
        let event =
            AuditEvent { kind, login: login.cloned(), terminal: terminal.map(str::to_owned) };
        if let Err(error) = self.db.audit(&event, now()).await {
            tracing::error!(%error, source = %error.source, "audit line lost");
        }
    }

    /// A fresh ticket.
    pub fn mint(
        &self,
        kind: borne_gateway_model::Kind,
    ) -> Result<Minted, borne_gateway_model::NoRandomness> {
        borne_gateway_model::mint(kind, self.random.as_ref())
    }

    /// Checks a PIN on a thread of its own.
    pub async fn check_pin(
        &self,
        badge: BadgeSecrets,
        terminal: &Terminal,
        pin: Pin,
    ) -> Result<Option<VerifiedBadge>, PinError> {
        let (pepper, terminal) = (Arc::clone(&self.pepper), terminal.id);
        self.hash(move || {
            borne_gateway_model::check(
                badge.id,
                badge.login,
                terminal,
                &badge.pin_hash,
                &pin,
                &pepper,
            )
            .map_err(PinError::from)
        })
        .await
    }

    /// Hashes a chosen PIN.
    pub async fn hash_pin(&self, pin: Pin) -> Result<PinHash, PinError> {
        let (pepper, random) = (Arc::clone(&self.pepper), Arc::clone(&self.random));
        self.hash(move || PinHash::make(&pin, &pepper, random.as_ref()).map_err(PinError::from))
            .await
    }

    async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PinError> + Send + 'static,
    ) -> Result<T, PinError> {
        let _turn = self.hashing.acquire().await.map_err(|_| PinError::Lost)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| PinError::Lost)?
    }
}

/// Keeps the database small. Never returns.
pub async fn forget_from_time_to_time(gateway: &Gateway) {
    let mut tick = tokio::time::interval(FORGET_EVERY);
    loop {
        tick.tick().await;
        let now = now();
        if let Err(error) =
            gateway.db.forget(now, borne_gateway_model::Moment(now.0 - FORGET_AFTER_MS)).await
        {
            tracing::error!(%error, source = %error.source, "cannot forget old tickets");
        }
    }
}
