//! The gateway's parts, put together once. A handler asks for those it uses, by `State`, and so shows
//! what it may touch.

use crate::authority::Authority;
use crate::config::{Config, Limits, Session, Web};
use crate::directory::Directory;
use crate::edges::{Clock, OsRandom};
use crate::error::StartError;
use crate::outbox::Outbox;
use crate::pins::Pins;
use crate::reserve::Reserve;
use crate::seats::Seats;
use crate::secrets::Secrets;
use crate::sessions::Sessions;
use crate::state_dir::StateDir;
use crate::tls;
use crate::trail::Trail;
use axum::extract::FromRef;
use borne_gateway_api::{EndReason, Secret};
use borne_gateway_model::{AuditEvent, AuditKind, Clients};
use borne_gateway_storage::{Storage, StorageError};
use std::sync::Arc;
use std::time::Duration;

/// Of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

const FORGET_EVERY: Duration = Duration::from_secs(600);
const FORGET_AFTER_MS: u64 = 24 * 3_600_000;
/// Lines that are kept of each trail, whatever their age; some 150 MB and 3 MB.
const AUDIT_LINES: u32 = 1_000_000;
const STRANGER_LINES: u32 = 20_000;

/// All parts.
#[derive(Clone)]
pub struct Gateway {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub random: Arc<OsRandom>,
    pub db: Storage,
    pub trail: Arc<Trail>,
    pub reserve: Arc<Reserve>,
    pub pins: Arc<Pins>,
    pub authority: Arc<Authority>,
    pub directory: Arc<Directory>,
    pub clients: Arc<Clients>,
    /// One pool of connections to the applications, for proxy callbacks and logout.
    pub http: reqwest::Client,
    pub seats: Arc<Seats>,
    pub outbox: Arc<Outbox>,
    pub sessions: Arc<Sessions>,
}

macro_rules! parts {
    ($($part:ident: $kind:ty),* $(,)?) => {
        $(impl FromRef<Gateway> for $kind {
            fn from_ref(gateway: &Gateway) -> Self {
                gateway.$part.clone()
            }
        })*
    };
}
parts! {
    config: Arc<Config>, clock: Clock, random: Arc<OsRandom>, db: Storage, trail: Arc<Trail>,
    pins: Arc<Pins>, authority: Arc<Authority>, directory: Arc<Directory>, clients: Arc<Clients>,
    http: reqwest::Client, seats: Arc<Seats>, outbox: Arc<Outbox>, sessions: Arc<Sessions>,
}

impl FromRef<Gateway> for Session {
    fn from_ref(gateway: &Gateway) -> Self {
        gateway.config.session
    }
}

impl FromRef<Gateway> for Limits {
    fn from_ref(gateway: &Gateway) -> Self {
        gateway.config.limits
    }
}

impl Gateway {
    /// Opens or makes all that is needed; answers nobody yet.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (clock, random) = (Clock::start(), Arc::new(OsRandom::new()));
        let state = StateDir::open(&config.state_dir)?;
        let db = Storage::open(&state.database()?, VERSION).await?;
        let secrets = Secrets::open(&state, &db, random.as_ref(), clock.now()).await?;
        let pins = Arc::new(Pins::new(secrets.pepper, Arc::clone(&random)));
        let authority = Arc::new(secrets.authority.with_life(config.terminal_api.certificate_s));
        let directory = Arc::new(directory(&config)?);
        let patience = Duration::from_millis(config.session.logout_timeout_ms);
        let http = http(&config.web, patience)?;
        let outbox = Outbox::new(db.clone(), clock, Arc::clone(&random), http.clone(), patience);
        let (clients, seats, outbox) =
            (Arc::new(config.clients.clone()), Arc::new(Seats::default()), Arc::new(outbox));
        let sessions = Sessions {
            db: db.clone(),
            clock,
            random: Arc::clone(&random),
            seats: Arc::clone(&seats),
            outbox: Arc::clone(&outbox),
            directory: Arc::clone(&directory),
            lives: config.session,
            redeem_url: format!("{}/borne/redeem", config.web.url),
            logout_urls: clients.logout_visits(),
        };
        Ok(Self {
            trail: Arc::new(Trail::new(db.clone(), clock)),
            reserve: Arc::new(Reserve::new(&state)),
            config: Arc::new(config),
            sessions: Arc::new(sessions),
            clock,
            random,
            db,
            pins,
            authority,
            directory,
            clients,
            http,
            seats,
            outbox,
        })
    }

    /// Fail closed: whatever was open when the last run stopped is over, and the applications are
    /// told.
    pub async fn after_restart(&self) -> Result<(), StorageError> {
        let mut tx = self.db.begin().await?;
        let ended = self.sessions.end_all_in(&mut tx, |_| true, EndReason::Restarted, None).await?;
        tx.audit(&AuditEvent::of(AuditKind::Started), self.clock.now()).await?;
        tx.commit().await?;
        self.sessions.ended(ended);
        let (directory, now) = (Arc::clone(&self.directory), self.clock.now());
        tokio::spawn(async move { directory.report(now).await });
        Ok(())
    }

    /// What goes on beside the requests. Never returns.
    pub async fn keep_house(&self) {
        let forget = async {
            let mut tick = tokio::time::interval(FORGET_EVERY);
            loop {
                tick.tick().await;
                self.reserve.restore();
                if let Err(error) = self.forget().await {
                    tracing::error!(%error, source = %error.source, "cannot forget what is over");
                }
            }
        };
        let trail = self.trail.unfold_from_time_to_time();
        tokio::join!(forget, self.outbox.work(), trail, self.reserve.watch());
    }

    /// Keeps the database small.
    async fn forget(&self) -> Result<(), StorageError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        tx.forget(now, now.minus_ms(FORGET_AFTER_MS)).await?;
        let horizon = now.minus_ms(self.config.audit.keep_days * 24 * 3_600_000);
        if tx.shorten_audit(horizon, AUDIT_LINES, STRANGER_LINES).await? > 0 {
            tx.audit(&AuditEvent::of(AuditKind::AuditShortened), now).await?;
        }
        tx.commit().await
    }
}

pub fn directory(config: &Config) -> Result<Directory, StartError> {
    let settings = config.directory.clone();
    let password = crate::files::read(&settings.password_file)?;
    let text = String::from_utf8_lossy(&password).trim_end_matches(['\r', '\n']).to_owned();
    let tls = tls::client(&settings.trust)?;
    Ok(Directory::new(settings, Secret::new(text), tls))
}

pub fn http(web: &Web, patience: Duration) -> Result<reqwest::Client, StartError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client(&web.trust)?)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(patience)
        .timeout(patience)
        .build()
        .map_err(StartError::Client)
}
