//! The calls of the terminal API over mutual TLS.

use super::trust::Trust;
use super::{CallError, Identity};
use borne_gateway_api::update::Health;
use borne_gateway_api::{
    API_VERSION, ApiError, EndAnswer, EndReason, EndRequest, JoinAnswer, JoinRequest, MAX_BODY,
    PinAnswer, PinRequest, PollAnswer, PollRequest, RenewAnswer, RenewRequest, Secret, SessionId,
    StartAnswer, StatusAnswer, StatusRequest, TapAnswer, TapId, TapRequest, header, path,
};
use borne_ipc::{Answer, Card, Report, Terminal};
use reqwest::header::{DATE, HeaderMap, HeaderValue};
use serde::{Serialize, de::DeserializeOwned};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// A question of the terminal is answered within this, or it is not answered.
const ANSWER: Duration = Duration::from_secs(6);
const CONNECT: Duration = Duration::from_secs(3);

/// A client of one gateway, trusting one authority. Its copies are one: what one of them shows from
/// now on, all do.
#[derive(Clone)]
pub struct Client {
    /// Held, by each request, for as long as it takes.
    http: Arc<tokio::sync::RwLock<reqwest::Client>>,
    trust: Arc<Trust>,
    url: Arc<str>,
    /// The run this terminal is in, shown with every call.
    run: Arc<RwLock<Option<Secret>>>,
    /// The gateway's clock, as it answered last.
    time: Arc<RwLock<Option<SystemTime>>>,
}

impl Client {
    /// With the terminal's certificate, or without one for joining.
    ///
    /// # Errors
    /// [`CallError::File`] for the authority's file, [`CallError::Key`] for the certificate.
    pub fn new(url: &str, ca: &Path, identity: Option<&Identity>) -> Result<Self, CallError> {
        let trust = Trust::read(ca, Arc::new(rustls::crypto::ring::default_provider()))?;
        let http = http(&trust, identity)?;
        Ok(Self {
            http: Arc::new(http.into()),
            trust,
            url: url.into(),
            run: Arc::default(),
            time: Arc::default(),
        })
    }

    /// Shows this certificate from now on. `false`: a request with the one before is on its way, and
    /// nothing has changed.
    ///
    /// # Errors
    /// [`CallError::Key`].
    pub fn wear(&self, identity: &Identity) -> Result<bool, CallError> {
        let fresh = http(&self.trust, Some(identity))?;
        let Ok(mut http) = self.http.try_write() else { return Ok(false) };
        *http = fresh;
        Ok(true)
    }

    /// Whether key and certificate fit.
    ///
    /// # Errors
    /// [`CallError::Key`].
    pub fn can_wear(&self, identity: &Identity) -> Result<(), CallError> {
        http(&self.trust, Some(identity)).map(drop)
    }

    /// The gateway's clock, as it answered last.
    pub fn time(&self) -> Option<SystemTime> {
        *self.time.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose certificate is trusted.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Shows this run from now on, in every copy of this client.
    pub fn show_run(&self, run: Option<Secret>) {
        *self.run.write().unwrap_or_else(PoisonError::into_inner) = run;
    }

    /// What every request says of the terminal. The run is marked as what no log may show.
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::API, API_VERSION.into());
        let run = self.run.read().unwrap_or_else(PoisonError::into_inner);
        let run = run.as_ref().and_then(|run| HeaderValue::from_str(run.expose()).ok());
        if let Some(mut run) = run {
            run.set_sensitive(true);
            headers.insert(header::RUN, run);
        }
        headers
    }

    /// `POST /v1/join`.
    pub async fn join(&self, token: Secret, csr_pem: String) -> Result<JoinAnswer, CallError> {
        self.post(path::JOIN, &JoinRequest { token, csr_pem }).await
    }

    /// `POST /v1/renew`.
    pub async fn renew(&self, csr_pem: String) -> Result<RenewAnswer, CallError> {
        self.post(path::RENEW, &RenewRequest { csr_pem }).await
    }

    /// `POST /v1/start`.
    pub async fn start(&self) -> Result<StartAnswer, CallError> {
        self.post(path::START, &()).await
    }

    /// `POST /v1/poll`.
    pub async fn poll(&self, session: Option<SessionId>) -> Result<PollAnswer, CallError> {
        self.post(path::POLL, &PollRequest { session }).await
    }

    /// `POST /v1/tap`.
    pub async fn tap(&self, card: &Card) -> Result<TapAnswer, CallError> {
        let request = TapRequest {
            uid: card.uid.clone(),
            atqa: card.atqa.clone(),
            sak: card.sak.clone(),
            ats: card.ats.clone(),
        };
        self.post(path::TAP, &request).await
    }

    /// `POST /v1/pin`.
    pub async fn pin(&self, tap: TapId, pin: Secret) -> Result<PinAnswer, CallError> {
        self.post(path::PIN, &PinRequest { tap, pin }).await
    }

    /// `POST /v1/end`.
    pub async fn end(&self, session: SessionId, reason: EndReason) -> Result<EndAnswer, CallError> {
        self.post(path::END, &EndRequest { session, reason }).await
    }

    /// `POST /v1/status`, for the agent, which has no certificate of its own (docs/adr/0011).
    pub async fn status(&self, report: Report, terminal: Terminal) -> Result<Answer, CallError> {
        let Report { board, slot, version, confirmed, units, last } = report;
        let Terminal { screen, reader, browser, egress, panel, .. } = terminal;
        let health = Health { units: units && egress, screen, reader, browser, panel };
        let request = StatusRequest { board, slot, version, confirmed, health, last };
        let answer: StatusAnswer = self.post(path::STATUS, &request).await?;
        Ok(Answer::Heard(answer.update))
    }

    async fn post<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        path: &'static str,
        question: &Q,
    ) -> Result<A, CallError> {
        let http = self.http.read().await;
        let answer = http
            .post(format!("{}{path}", self.url))
            .headers(self.headers())
            .json(question)
            .send()
            .await;
        let mut answer = answer.map_err(|error| CallError::of(path, error))?;
        let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        *self.time.write().unwrap_or_else(PoisonError::into_inner) = date;
        let ok = answer.status().is_success();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| CallError::of(path, error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(CallError::Shape { path });
            }
            body.extend_from_slice(&chunk);
        }
        let parsed = if ok {
            serde_json::from_slice(&body).map_err(|_| CallError::Shape { path })
        } else {
            let error = serde_json::from_slice(&body).unwrap_or(ApiError::Internal);
            Err(CallError::Api { path, error })
        };
        zeroize::Zeroize::zeroize(&mut body);
        parsed
    }
}

fn http(trust: &Arc<Trust>, identity: Option<&Identity>) -> Result<reqwest::Client, CallError> {
    let key = |error: rustls::Error| CallError::Key(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(key)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(trust) as _);
    let tls = match identity.map(Identity::certificate) {
        Some((chain, key_der)) => tls.with_client_auth_cert(chain, key_der).map_err(key)?,
        None => tls.with_no_client_auth(),
    };
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .build()
        .map_err(|error| CallError::Key(error.without_url().to_string()))
}
