//! Offers of updates: what may be offered, and whether a terminal is to hear of it.

use borne_gateway_api::Version;
use borne_gateway_api::update::{DAY, Hours, MAX_URL, Update};

/// An offer that may be kept. It cannot be made otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// Of the bundle.
    pub version: Version,
    /// Where it is.
    pub url: String,
    /// Lower-case hexadecimal.
    pub manifest_sha256: Option<String>,
    /// When it may be installed.
    pub hours: Option<Hours>,
}

/// Why an offer may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOffer {
    /// Terminals fetch by `https` only.
    #[error(
        "the bundle's address must be a plain https URL without user, fragment or spaces, at most {MAX_URL} bytes"
    )]
    Url,
    /// Not 64 hexadecimal digits.
    #[error("the manifest's SHA-256 is 64 hexadecimal digits, as `rauc info` prints it")]
    Hash,
    /// No minutes of a day.
    #[error("hours are two different times of the day, like 22:00-05:00")]
    Hours,
}

impl Offer {
    /// Checks one.
    ///
    /// # Errors
    /// [`BadOffer`].
    pub fn check(
        version: Version,
        url: &str,
        manifest_sha256: Option<&str>,
        hours: Option<Hours>,
    ) -> Result<Self, BadOffer> {
        let plain = url.len() <= MAX_URL
            && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\' | b'"'));
        let rest = url.strip_prefix("https://").filter(|_| plain).ok_or(BadOffer::Url)?;
        let (host, path) = rest.split_once('/').ok_or(BadOffer::Url)?;
        if host.is_empty() || host.contains('@') || path.is_empty() {
            return Err(BadOffer::Url);
        }
        let hash = manifest_sha256.map(str::to_ascii_lowercase);
        if hash
            .as_ref()
            .is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(BadOffer::Hash);
        }
        if hours.is_some_and(|hours| hours.from == hours.to || hours.from >= DAY || hours.to >= DAY)
        {
            return Err(BadOffer::Hours);
        }
        Ok(Self { version, url: url.to_owned(), manifest_sha256: hash, hours })
    }
}

/// What a terminal that runs `running` is told of an offer: never the same version again, never an
/// older one.
#[must_use]
pub fn due(offer: Option<Update>, running: Version) -> Option<Update> {
    offer.filter(|update| update.version > running)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn only_plain_https_addresses_may_be_offered() {
        let check = |url: &str| Offer::check(version("20261124.1"), url, None, None).map(drop);
        assert_eq!(check("https://maj.mairie.example/borne-rpi4.raucb"), Ok(()));
        assert_eq!(check("https://maj.mairie.example:8443/a/b.raucb?x=1"), Ok(()));
        for url in [
            "http://maj.mairie.example/b.raucb",
            "https://maj.mairie.example",
            "https://maj.mairie.example/",
            "https:///b.raucb",
            "https://u:p@maj.mairie.example/b.raucb",
            "https://maj.mairie.example/b raucb",
            "https://maj.mairie.example/b#x",
            "file:///b.raucb",
            "/b.raucb",
        ] {
            assert_eq!(check(url), Err(BadOffer::Url), "{url}");
        }
    }

    #[test]
    fn a_terminal_never_hears_of_its_own_version_or_an_older_one() {
        let update = |text| Update {
            offer: 1,
            version: version(text),
            url: String::new(),
            manifest_sha256: None,
            hours: None,
        };
        for (offered, told) in [
            ("20261124.3", true),
            ("20261124.2", false),
            ("20261124.1", false),
            ("20251231.9", false),
        ] {
            assert_eq!(
                due(Some(update(offered)), version("20261124.2")).is_some(),
                told,
                "{offered}"
            );
        }
    }
}
