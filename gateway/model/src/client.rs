//! The applications that trust the gateway, as data: which protocol each speaks, and how it learns
//! that a session is over. What is not in the configuration is refused.
//!
//! Another protocol is one more [`Protocol`]; another way to be told is one more [`Logout`], with its
//! [`LogoutStrategy`]. Never: a branch on an application's name.

use crate::CasClient;
use serde::Deserialize;

/// One application.
#[derive(Clone, Debug)]
pub struct Client {
    /// Short name, for logs and `web.home`.
    pub name: String,
    /// What it speaks with the gateway.
    pub protocol: Protocol,
    /// Where a login goes that is not a shortcut: the application then asks for the agent itself.
    pub entry: String,
    /// How it learns of the end of a session.
    pub logout: Logout,
    /// Anonymous assets that the standby browser loads ahead: absolute URLs.
    pub warm_assets: Vec<String>,
}

/// What an application speaks with the gateway.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// The CAS Protocol 3.0.
    Cas(CasClient),
}

/// How an application learns of the end of a session, as the configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Logout {
    /// CAS single logout: a POST to the service URL that got the ticket.
    #[default]
    CasSlo,
    /// The same, to another URL.
    CasSloTo(String),
    /// The terminal's browser visits this URL before it is killed.
    BrowserVisit(String),
    /// It is not told; its cookie goes with the browser.
    None,
}

/// What ends one session that an application holds, written down when the application lets the agent
/// in: the configuration may change meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutStrategy {
    /// CAS single logout.
    CasSlo {
        /// Where to POST.
        address: String,
        /// The used service ticket that the application knows its session by.
        ticket: String,
    },
    /// The terminal's browser has the URL since the login.
    BrowserVisit,
    /// Nobody is told.
    None,
}

impl LogoutStrategy {
    /// What is stored of it: its word, where to tell it, and what the application knows its session
    /// by.
    #[must_use]
    pub fn parts(&self) -> (&'static str, Option<&str>, Option<&str>) {
        match self {
            Self::CasSlo { address, ticket } => ("cas_slo", Some(address), Some(ticket)),
            Self::BrowserVisit => ("browser_visit", None, None),
            Self::None => ("none", None, None),
        }
    }

    /// The reverse of [`LogoutStrategy::parts`]; `None` for what no gateway has stored.
    #[must_use]
    pub fn of_parts(word: &str, address: Option<String>, handle: Option<String>) -> Option<Self> {
        match (word, address, handle) {
            ("cas_slo", Some(address), Some(ticket)) => Some(Self::CasSlo { address, ticket }),
            ("browser_visit", None, None) => Some(Self::BrowserVisit),
            ("none", None, None) => Some(Self::None),
            _ => None,
        }
    }
}

impl Client {
    /// Its CAS side.
    #[must_use]
    pub fn cas(&self) -> Option<&CasClient> {
        match &self.protocol {
            Protocol::Cas(cas) => Some(cas),
        }
    }

    /// What will end the session that it makes of this CAS ticket for this service.
    #[must_use]
    pub fn strategy(&self, service: &str, ticket: &str) -> LogoutStrategy {
        let told_at = |address: &str| LogoutStrategy::CasSlo {
            address: address.to_owned(),
            ticket: ticket.to_owned(),
        };
        match &self.logout {
            Logout::CasSlo => told_at(service),
            Logout::CasSloTo(address) => told_at(address),
            Logout::BrowserVisit(_) => LogoutStrategy::BrowserVisit,
            Logout::None => LogoutStrategy::None,
        }
    }
}

/// All applications.
#[derive(Clone, Debug, Default)]
pub struct Clients(Vec<Client>);

impl FromIterator<Client> for Clients {
    fn from_iter<I: IntoIterator<Item = Client>>(clients: I) -> Self {
        Self(clients.into_iter().collect())
    }
}

impl Clients {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.0.iter()
    }

    /// By name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Client> {
        self.iter().find(|client| client.name == name)
    }

    /// The application that has exactly this CAS service URL, and its CAS side.
    #[must_use]
    pub fn of_service(&self, service: &str) -> Option<(&Client, &CasClient)> {
        let mut all = self.iter().filter_map(|client| Some((client, client.cas()?)));
        all.find(|(_, cas)| cas.services.iter().any(|own| own == service))
    }

    /// URLs the browser must visit at the end of a session.
    #[must_use]
    pub fn logout_visits(&self) -> Vec<String> {
        let visit = |client: &Client| match &client.logout {
            Logout::BrowserVisit(url) => Some(url.clone()),
            _ => None,
        };
        self.iter().filter_map(visit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_of_a_strategy_is_read_back() {
        let slo = LogoutStrategy::CasSlo { address: "https://a/".into(), ticket: "ST-1".into() };
        for strategy in [slo, LogoutStrategy::BrowserVisit, LogoutStrategy::None] {
            let (word, address, handle) = strategy.parts();
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let read = LogoutStrategy::of_parts(word, owned(address), owned(handle));
            assert_eq!(read.as_ref(), Some(&strategy));
        }
        assert_eq!(LogoutStrategy::of_parts("cas_slo", None, Some("ST-1".into())), None);
        assert_eq!(LogoutStrategy::of_parts("owl", None, None), None);
    }
}
