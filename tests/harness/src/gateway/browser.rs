//! A browser without a window: follows no redirect by itself, keeps the gateway's cookie.

use super::Secrets;
use super::pki::{HOST, Pki};
use rustls::ClientConfig;
use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// An answer as it came.
#[derive(Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Where to go next.
    pub location: Option<String>,
    /// The `set-cookie` line.
    pub cookie: Option<String>,
    /// Content-Security-Policy.
    pub policy: Option<String>,
    /// Content-Type.
    pub kind: Option<String>,
    /// The text.
    pub text: String,
}

impl Page {
    /// The ticket in the address to go to next.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn ticket(&self) -> String {
        self.location
            .as_deref()
            .and_then(|url| url.split_once("ticket="))
            .expect("a ticket")
            .1
            .to_owned()
    }

    /// The text of an XML element.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("<cas:{name}>"))?;
        rest.split_once(&format!("</cas:{name}>")).map(|(text, _)| text)
    }

    /// Whether it is a CAS failure with this code.
    #[must_use]
    pub fn fails_with(&self, code: &str) -> bool {
        self.text.contains(&format!("code=\"{code}\""))
    }
}

/// The browser.
pub struct Browser {
    runtime: Runtime,
    http: reqwest::Client,
    cookie: RefCell<Option<String>>,
    secrets: Secrets,
}

impl Browser {
    pub(super) fn new(pki: &Pki, address: SocketAddr, secrets: Secrets) -> Self {
        Self::of(pki, address, secrets, None)
    }

    /// On another host of the loopback network.
    pub(super) fn of(
        pki: &Pki,
        address: SocketAddr,
        secrets: Secrets,
        host: Option<IpAddr>,
    ) -> Self {
        let builder =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(pki.roots());
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(builder.with_no_client_auth())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .resolve(HOST, address)
            .local_address(host)
            .timeout(Duration::from_secs(20));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, http: http.build().unwrap(), cookie: RefCell::default(), secrets }
    }

    /// Posts `ticket.proof` to the redeem URL.
    #[must_use]
    pub fn redeem(&self, signed: &str) -> Page {
        let form = query(&[("ticket", signed)]);
        let request = self.http.post(format!("https://{HOST}/borne/redeem"));
        self.send(request.header("content-type", "application/x-www-form-urlencoded").body(form))
    }

    /// The same, of somebody the gateway may turn away: the status, if there was an answer.
    #[must_use]
    pub fn try_redeem(&self, signed: &str) -> Option<u16> {
        let request = self.http.post(format!("https://{HOST}/borne/redeem"));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(query(&[("ticket", signed)]));
        let answer = self.runtime.block_on(async { request.send().await });
        answer.ok().map(|response| response.status().as_u16())
    }

    /// Asks for a page and hangs up so soon after, whatever the gateway is doing with it.
    pub fn hang_up_on(&self, path: &str, after: Duration) {
        let request = self.http.get(format!("https://{HOST}{path}"));
        let request = match &*self.cookie.borrow() {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let _late =
            self.runtime.block_on(async { tokio::time::timeout(after, request.send()).await });
    }

    /// Gets a page of the gateway.
    #[must_use]
    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Page {
        self.send(self.http.get(format!("https://{HOST}{path}?{}", query(parameters))))
    }

    /// Asks as no browser would: any method, a target as it is written, these fields (a `cookie`
    /// among them is sent beside our own).
    ///
    /// # Panics
    /// When the test's own words are no request.
    #[must_use]
    pub fn ask(&self, method: &str, target: &str, fields: &[(&str, &[u8])]) -> Page {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("https://{HOST}{target}"));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        self.send(request)
    }

    /// The gateway's cookie, `name=value`.
    #[must_use]
    pub fn cookie(&self) -> Option<String> {
        self.cookie.borrow().clone()
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let request = match &*self.cookie.borrow() {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let page = self.runtime.block_on(async {
            let response = request.send().await.expect("an answer");
            let header = |name| {
                response
                    .headers()
                    .get(name)
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned)
            };
            let (location, cookie, policy) =
                (header("location"), header("set-cookie"), header("content-security-policy"));
            let kind = header("content-type");
            Page {
                status: response.status().as_u16(),
                location,
                cookie,
                policy,
                kind,
                text: response.text().await.expect("a body"),
            }
        });
        if let Some(line) = &page.cookie {
            let pair = line.split(';').next().unwrap_or_default();
            let value = pair.split_once('=').map_or("", |(_, value)| value);
            self.secrets.add(value);
            *self.cookie.borrow_mut() = (!value.is_empty()).then(|| pair.to_owned());
        }
        for name in ["proxyTicket", "proxyGrantingTicket"] {
            page.element(name).into_iter().for_each(|ticket| self.secrets.add(ticket));
        }
        if page.location.as_deref().is_some_and(|url| url.contains("ticket=")) {
            self.secrets.add(&page.ticket());
        }
        page
    }
}

fn query(parameters: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("form:x").unwrap();
    url.query_pairs_mut().extend_pairs(parameters);
    url.query().unwrap_or_default().to_owned()
}
