//! What may be reached: the allow list, as decisions about URLs.
//!
//! Never: match a part of a name. WebKit hands over URLs in the URL standard's canonical form
//! (lower-case ASCII host, default port left out), so exact comparison is enough and nothing is
//! normalised here.

use borne_ipc::HostPort;
use gtk::glib;

/// Scheme, host and port of an `https` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    host: String,
    port: u16,
}

impl Origin {
    /// `None` for anything that is not `https` with a host and without user information.
    pub fn of(url: &str) -> Option<Self> {
        let uri = glib::Uri::parse(url, glib::UriFlags::NONE).ok()?;
        if uri.scheme() != "https" || uri.userinfo().is_some() {
            return None;
        }
        let port = match uri.port() {
            -1 => 443,
            port => u16::try_from(port).ok()?,
        };
        Some(Self { host: uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase(), port })
    }
}

/// The hosts and ports of the policy.
pub struct AllowList {
    allowed: Vec<HostPort>,
}

impl AllowList {
    /// Takes the policy's list as it is.
    pub fn new(allowed: Vec<HostPort>) -> Self {
        Self { allowed }
    }

    /// Whether this URL may be loaded in any frame. `about:blank` and `about:srcdoc` are how pages
    /// make empty frames; they hold nothing and reach nothing.
    pub fn permits(&self, url: &str) -> bool {
        matches!(url, "about:blank" | "about:srcdoc")
            || Origin::of(url).is_some_and(|origin| self.has(&origin))
    }

    /// Host and port, for the content filter.
    pub fn iter(&self) -> impl Iterator<Item = &HostPort> {
        self.allowed.iter()
    }

    fn has(&self, origin: &Origin) -> bool {
        self.allowed
            .iter()
            .any(|allowed| allowed.host == origin.host && allowed.port == origin.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> AllowList {
        AllowList::new(vec![
            HostPort { host: "groupware.mairie.example".to_owned(), port: 443 },
            HostPort { host: "gateway.mairie.example".to_owned(), port: 8443 },
        ])
    }

    #[test]
    fn only_the_exact_host_and_port_by_https_is_permitted() {
        for url in [
            "https://groupware.mairie.example/SOGo/",
            "https://groupware.mairie.example:443/",
            "https://gateway.mairie.example:8443/cas",
        ] {
            assert!(list().permits(url), "{url} must be permitted");
        }
        for url in [
            "http://groupware.mairie.example/",
            "https://groupware.mairie.example:8443/",
            "https://gateway.mairie.example/",
            "https://evil.groupware.mairie.example/",
            "https://groupware.mairie.example.evil.test/",
            "https://groupware.mairie.example@evil.test/",
            "https://agent@groupware.mairie.example/",
            "https://evil.test/?https://groupware.mairie.example/",
            "https://groupware.mairie.example./",
            "file:///etc/passwd",
            "data:text/html,x",
            "blob:https://groupware.mairie.example/1",
            "about:config",
            "view-source:https://groupware.mairie.example/",
            "javascript:alert(1)",
            "https://",
            "",
        ] {
            assert!(!list().permits(url), "{url} must be refused");
        }
    }
}
