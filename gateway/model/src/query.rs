//! Queries and forms that browsers and applications send: their shapes, before anything in them is
//! believed. An unknown field is skipped, as the CAS protocol wants; a field that comes twice is
//! refused.

use borne_gateway_api::Secret;
use serde::Deserialize;

/// `POST /borne/redeem`.
#[derive(Debug, Deserialize)]
pub struct Redeem {
    /// `ticket.proof`.
    pub ticket: Secret,
}

/// `GET /cas/login` (CAS Protocol 3.0, 2.1.1).
#[derive(Debug, Deserialize)]
pub struct Login {
    /// Where the ticket is for.
    pub service: Option<String>,
    /// Fresh credentials only.
    pub renew: Option<String>,
    /// Never ask the person.
    pub gateway: Option<String>,
}

/// `GET /cas/logout` (2.3.1).
#[derive(Debug, Deserialize)]
pub struct Logout {
    /// Where to go afterwards.
    pub service: Option<String>,
    /// CAS 2's name for it.
    pub url: Option<String>,
}

/// `GET /cas/proxy` (2.7.1).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proxy {
    /// Proxy-granting ticket.
    pub pgt: Option<Secret>,
    /// Where the proxy ticket is for.
    pub target_service: Option<String>,
}

/// `GET /cas/serviceValidate` and `/cas/proxyValidate` (2.5.1, 2.6.1).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validate {
    /// Where the ticket was for.
    pub service: Option<String>,
    /// Service ticket or proxy ticket.
    pub ticket: Option<Secret>,
    /// Where a proxy-granting ticket is to be sent.
    pub pgt_url: Option<String>,
    /// Fresh credentials only.
    pub renew: Option<String>,
}
