//! What an application that speaks CAS may ask for: the rules of queries and tickets.

/// The CAS side of an application.
#[derive(Clone, Debug)]
pub struct CasClient {
    /// Exact `service` URLs it validates tickets for; the first is where a shortcut login goes.
    pub services: Vec<String>,
    /// Send a login straight to the first service with a fresh ticket: two round trips fewer.
    pub shortcut: bool,
    /// What a `pgtUrl` must be: one of these exactly, with or without a query; or anything below one
    /// that ends in `/`. None means no proxy tickets.
    pub proxy_callbacks: Vec<String>,
    /// Exact `targetService` names its proxy tickets may be for, for instance
    /// `imap://groupware.mairie.example`.
    pub proxy_targets: Vec<String>,
}

impl CasClient {
    /// The service that a login goes straight to.
    #[must_use]
    pub fn shortcut(&self) -> Option<&str> {
        self.services.first().filter(|_| self.shortcut).map(String::as_str)
    }

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
        let app = CasClient {
            services: Vec::new(),
            shortcut: false,
            proxy_callbacks: vec![CALLBACK.to_owned(), format!("{CALLBACK}/below/")],
            proxy_targets: Vec::new(),
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
