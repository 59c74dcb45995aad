//! The terminal's side of the terminal API: real TLS with a real client certificate.

use super::Secrets;
use super::pki::{HOST, Pki};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use borne_gateway_api::*;
use rcgen::{CertificateParams, KeyPair};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// What the gateway answered instead.
#[derive(Debug)]
pub enum Refused {
    /// A status and the API's error.
    Api(u16, ApiError),
    /// No answer at all.
    Unanswered(String),
}

/// A terminal; it has a key, and after joining a certificate.
pub struct JoinedTerminal {
    key: KeyPair,
    certificate: Option<String>,
    roots: RootCertStore,
    host: String,
    address: SocketAddr,
    runtime: Runtime,
    http: reqwest::Client,
    secrets: Secrets,
    /// The version of the API it names; `None` as a terminal of before there were versions.
    api: Option<u32>,
    /// The run it shows.
    run: Option<String>,
}

impl JoinedTerminal {
    pub(super) fn stranger(pki: &Pki, address: SocketAddr, secrets: Secrets) -> Self {
        Self::new(pki.roots(), HOST, address, secrets)
    }

    /// One of a gateway that is not ours: it trusts this authority (PEM) and asks for this host
    /// there.
    ///
    /// # Panics
    /// When the authority is none.
    #[must_use]
    pub fn far_away(authority: &str, host: &str, address: SocketAddr) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
        Self::new(roots, host, address, Secrets::default())
    }

    fn new(roots: RootCertStore, host: &str, address: SocketAddr, secrets: Secrets) -> Self {
        let key = KeyPair::generate().unwrap();
        let http = client(&roots, host, address, None);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self {
            key,
            certificate: None,
            roots,
            host: host.to_owned(),
            address,
            runtime,
            http,
            secrets,
            api: Some(API_VERSION),
            run: None,
        }
    }

    /// The same as a terminal of before the API had versions.
    #[must_use]
    pub fn of_version_1(mut self) -> Self {
        (self.api, self.run) = (None, None);
        self
    }

    /// The same, naming this version.
    #[must_use]
    pub fn naming_version(mut self, version: u32) -> Self {
        self.api = Some(version);
        self
    }

    /// Starts afresh: the run that begins is shown from now on.
    ///
    /// # Errors
    /// What the gateway answered instead.
    pub fn start(&mut self) -> Result<StartAnswer, Refused> {
        let answer: StartAnswer = self.post(path::START, &())?;
        if let Some(run) = &answer.run {
            self.secrets.add(run.expose());
            self.run = Some(run.expose().to_owned());
        }
        Ok(answer)
    }

    /// The run it shows.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// Shows this run from now on.
    pub fn show_run(&mut self, run: Option<&str>) {
        self.run = run.map(str::to_owned);
    }

    /// Its certificate request, PEM.
    #[must_use]
    pub fn request(&self) -> String {
        CertificateParams::default().serialize_request(&self.key).unwrap().pem().unwrap()
    }

    /// Joins with a token.
    ///
    /// # Errors
    /// What the gateway answered instead.
    pub fn join(&mut self, token: &str) -> Result<JoinAnswer, Refused> {
        let request = JoinRequest { token: Secret::new(token.to_owned()), csr_pem: self.request() };
        let answer: JoinAnswer = self.post(path::JOIN, &request)?;
        self.wear(answer.certificate_pem.clone());
        Ok(answer)
    }

    /// The same terminal with a new key and the certificate that follows its present one, as yet
    /// shown to nobody.
    ///
    /// # Errors
    /// What the gateway answered instead.
    pub fn renew(&self) -> Result<Self, Refused> {
        let mut next = self.twin();
        next.key = KeyPair::generate().unwrap();
        let answer: RenewAnswer =
            self.post(path::RENEW, &RenewRequest { csr_pem: next.request() })?;
        next.wear(answer.certificate_pem);
        Ok(next)
    }

    /// Its key and its certificate, PEM.
    ///
    /// # Panics
    /// When it has not joined.
    #[must_use]
    pub fn identity(&self) -> (String, String) {
        (self.key.serialize_pem(), self.certificate.clone().unwrap())
    }

    /// Shows this certificate from now on.
    pub fn wear(&mut self, certificate: String) {
        self.http = client(&self.roots, &self.host, self.address, Some((&certificate, &self.key)));
        self.certificate = Some(certificate);
    }

    /// Goes to where a gateway listens after its restart, by a new connection.
    pub fn follow(&mut self, gateway: &super::Gateway) {
        self.address = gateway.terminals;
        self.wear(self.certificate.clone().unwrap());
    }

    /// The same terminal on a connection of its own, for a poll in flight.
    #[must_use]
    pub fn twin(&self) -> Self {
        let key = KeyPair::from_pem(&self.key.serialize_pem()).unwrap();
        let http = client(
            &self.roots,
            &self.host,
            self.address,
            self.certificate.as_deref().map(|pem| (pem, &key)),
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (certificate, roots, host) =
            (self.certificate.clone(), self.roots.clone(), self.host.clone());
        Self {
            key,
            certificate,
            roots,
            host,
            address: self.address,
            runtime,
            http,
            secrets: self.secrets.clone(),
            api: self.api,
            run: self.run.clone(),
        }
    }

    /// A request.
    ///
    /// # Errors
    /// What the gateway answered instead.
    pub fn post<B: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<A, Refused> {
        self.runtime.block_on(async {
            let response = self.send(path, body).await?;
            let status = response.status();
            let bytes = response.bytes().await.map_err(unanswered)?;
            if status.is_success() {
                return serde_json::from_slice(&bytes)
                    .map_err(|error| Refused::Unanswered(error.to_string()));
            }
            match serde_json::from_slice(&bytes) {
                Ok(error) => Err(Refused::Api(status.as_u16(), error)),
                Err(_) => Err(Refused::Unanswered(format!(
                    "{status}: {}",
                    String::from_utf8_lossy(&bytes)
                ))),
            }
        })
    }

    /// Asks as no terminal would: status and text.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn ask(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> (u16, String) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("https://{}{path}", self.host));
        self.runtime.block_on(async {
            let response = request.header("content-type", kind).body(body).send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        })
    }

    /// Whether the gateway says, with its answer to this, that the connection ends here.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn is_hung_up_on<B: Serialize>(&self, path: &str, body: &B) -> bool {
        let response = self.runtime.block_on(self.send(path, body)).unwrap();
        response.headers().get("connection").is_some_and(|value| value == "close")
    }

    /// Sends a request and hangs up so soon after, whatever the gateway is doing with it. `false`: it
    /// was answered before that.
    pub fn hang_up_on<B: Serialize>(&self, path: &str, body: &B, after: Duration) -> bool {
        self.runtime
            .block_on(async { tokio::time::timeout(after, self.send(path, body)).await.is_err() })
    }

    async fn send<B: Serialize>(&self, path: &str, body: &B) -> Result<reqwest::Response, Refused> {
        let mut request = self.http.post(format!("https://{}{path}", self.host)).json(body);
        if let Some(api) = self.api {
            request = request.header(header::API, api);
        }
        if let Some(run) = &self.run {
            request = request.header(header::RUN, run);
        }
        request.send().await.map_err(unanswered)
    }

    /// Lays a badge.
    ///
    /// # Panics
    /// On an error of the API.
    #[must_use]
    pub fn tap(&self, uid: &str) -> TapAnswer {
        self.try_tap(uid).unwrap()
    }

    /// Lays a badge.
    ///
    /// # Errors
    /// What the gateway answered instead.
    pub fn try_tap(&self, uid: &str) -> Result<TapAnswer, Refused> {
        self.secrets.add(uid);
        let uid = Secret::new(uid.to_owned());
        let request =
            TapRequest { uid, atqa: "0044".to_owned(), sak: "20".to_owned(), ats: String::new() };
        self.post(path::TAP, &request)
    }

    /// Lays a badge that the gateway knows.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn tap_known(&self, uid: &str) -> TapId {
        match self.tap(uid) {
            TapAnswer::AskPin { tap } => tap,
            other => panic!("{other:?}"),
        }
    }

    /// Types a PIN.
    ///
    /// # Panics
    /// On an error of the API.
    #[must_use]
    pub fn pin(&self, tap: &TapId, pin: &str) -> PinAnswer {
        self.secrets.add(pin);
        self.post(path::PIN, &PinRequest { tap: tap.clone(), pin: Secret::new(pin.to_owned()) })
            .unwrap()
    }

    /// Badge and PIN, both right.
    ///
    /// # Panics
    /// When they are not.
    #[must_use]
    pub fn login(&self, uid: &str, pin: &str) -> Grant {
        match self.pin(&self.tap_known(uid), pin) {
            PinAnswer::Granted(grant) => {
                self.secrets.add(grant.ticket.expose());
                grant
            }
            other => panic!("{other:?}"),
        }
    }

    /// The heartbeat without a session, and all that is answered.
    ///
    /// # Errors
    /// What the gateway answered instead.
    pub fn poll_answer(&self) -> Result<PollAnswer, Refused> {
        self.post(path::POLL, &PollRequest { session: None })
    }

    /// The heartbeat.
    ///
    /// # Errors
    /// What the gateway answered instead.
    pub fn poll(&self, session: Option<&SessionId>) -> Result<bool, Refused> {
        self.post(path::POLL, &PollRequest { session: session.cloned() })
            .map(|answer: PollAnswer| answer.end_session)
    }

    /// Ends a session.
    ///
    /// # Panics
    /// On an error of the API.
    pub fn end(&self, session: &SessionId, reason: EndReason) {
        let _answer: EndAnswer =
            self.post(path::END, &EndRequest { session: session.clone(), reason }).unwrap();
    }

    /// `ticket.proof`, as this terminal makes it.
    ///
    /// # Panics
    /// Never, with a key of ours.
    #[must_use]
    pub fn sign(&self, ticket: &str) -> String {
        let random = ring::rand::SystemRandom::new();
        let pkcs8 = self.key.serialize_der();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random).unwrap();
        let signature = key.sign(&random, &proof(ticket)).unwrap();
        let signed = format!("{ticket}.{}", BASE64.encode(signature.as_ref()));
        self.secrets.add(&signed);
        signed
    }
}

fn unanswered(error: reqwest::Error) -> Refused {
    Refused::Unanswered(format!("{error:?}"))
}

fn client(
    roots: &RootCertStore,
    host: &str,
    address: SocketAddr,
    identity: Option<(&str, &KeyPair)>,
) -> reqwest::Client {
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots.clone());
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((pem, key)) => {
            let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .resolve(host, address);
    http.timeout(Duration::from_secs(20)).build().unwrap()
}
