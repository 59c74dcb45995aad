//! The applications that trust the gateway (CAS: services). Whatever is not in the configuration is
//! refused.

use serde::Deserialize;

/// One application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Short name, for logs and `web.home`.
    pub name: String,
    /// Exact `service` URLs it validates tickets for; the first is where a shortcut login goes.
    pub services: Vec<String>,
    /// Where a login goes that is not a shortcut: the application then asks for a ticket itself.
    pub entry: String,
    /// Send a login straight to the first service with a fresh ticket: two round trips fewer.
    #[serde(default)]
    pub shortcut: bool,
    /// What a `pgtUrl` must be: one of these exactly, with or without a query; or anything below one
    /// that ends in `/`. None means no proxy tickets.
    #[serde(default)]
    pub proxy_callbacks: Vec<String>,
    /// Exact `targetService` names its proxy tickets may be for, for instance
    /// `imap://groupware.mairie.example`.
    #[serde(default)]
    pub proxy_targets: Vec<String>,
    /// How it learns of the end of a session.
    #[serde(default)]
    pub logout: AppLogout,
    /// Anonymous assets that the standby browser loads ahead: absolute URLs.
    #[serde(default)]
    pub warm_assets: Vec<String>,
}

/// How an application learns of the end of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppLogout {
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

/// All applications.
#[derive(Clone, Debug)]
pub struct Apps(Vec<App>);

impl Apps {
    /// Takes the configuration's list over.
    #[must_use]
    pub fn new(apps: Vec<App>) -> Self {
        Self(apps)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &App> {
        self.0.iter()
    }

    /// By name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&App> {
        self.iter().find(|app| app.name == name)
    }

    /// The application that has exactly this service URL.
    #[must_use]
    pub fn of_service(&self, service: &str) -> Option<&App> {
        self.iter().find(|app| app.services.iter().any(|own| own == service))
    }

    /// URLs the browser must visit at the end of a session.
    #[must_use]
    pub fn logout_visits(&self) -> Vec<String> {
        let visit = |app: &App| match &app.logout {
            AppLogout::BrowserVisit(url) => Some(url.clone()),
            _ => None,
        };
        self.iter().filter_map(visit).collect()
    }
}

impl App {
    /// Whether a proxy-granting ticket may be sent there. A URL that an HTTP client would read as
    /// another one than it looks like is refused: the beginning of `…/casProxy/../other` is no
    /// promise about where it ends.
    #[must_use]
    pub fn may_call_back(&self, pgt_url: &str) -> bool {
        let below = |registered: &String| match pgt_url.strip_prefix(registered.as_str()) {
            Some(rest) => {
                rest.is_empty()
                    || registered.ends_with('/')
                    || rest.starts_with('?') && !registered.contains('?')
            }
            None => false,
        };
        is_plain(pgt_url) && self.proxy_callbacks.iter().any(below)
    }

    /// Where single logout for a ticket of `service` is POSTed.
    #[must_use]
    pub fn logout_address(&self, service: &str) -> Option<String> {
        match &self.logout {
            AppLogout::CasSlo => Some(service.to_owned()),
            AppLogout::CasSloTo(url) => Some(url.clone()),
            AppLogout::BrowserVisit(_) | AppLogout::None => None,
        }
    }
}

/// Printable ASCII without what the URL standard drops, turns round or cuts off, and no `.` or `..`
/// as a path segment.
fn is_plain(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default();
    let dots = |segment: &str| {
        matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
    };
    url.bytes().all(|byte| {
        byte.is_ascii_graphic()
            && !matches!(byte, b'\\' | b'#' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}')
    }) && !path.split('/').any(dots)
}

/// `url` with one more query parameter; `value` must need no escaping (tickets do not).
#[must_use]
pub fn append_query(url: &str, name: &str, value: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{name}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLBACK: &str = "https://groupware.mairie.example/SOGo/casProxy";

    #[test]
    fn a_proxy_callback_leads_where_it_seems_to() {
        let app: App = App {
            name: "sogo".to_owned(),
            services: Vec::new(),
            entry: String::new(),
            shortcut: false,
            proxy_callbacks: vec![CALLBACK.to_owned(), format!("{CALLBACK}/below/")],
            proxy_targets: Vec::new(),
            logout: AppLogout::None,
            warm_assets: Vec::new(),
        };
        for rest in ["", "?id=1", "?back=/../x", "/below/deeper/", "/below/..."] {
            assert!(app.may_call_back(&format!("{CALLBACK}{rest}")), "{rest}");
        }
        for rest in [
            "X",
            "/",
            "/deeper",
            ".evil.test",
            "/below",
            "/below/../other",
            "/../other",
            "/..",
            "/%2E%2e/other",
            "/.%2e",
            "/./x",
            "\\..\\other",
            "\t",
            "#x",
            "/é",
            " ",
        ] {
            assert!(!app.may_call_back(&format!("{CALLBACK}{rest}")), "{rest}");
        }
        assert!(!app.may_call_back("https://groupware.mairie.example.evil.test/SOGo/casProxy"));
        assert!(!app.may_call_back("HTTPS://groupware.mairie.example/SOGo/casProxy"));
    }
}
