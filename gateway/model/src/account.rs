//! What a directory entry says about an account: who, and whether it may log in.

use crate::{Login, Moment};
use borne_gateway_api::Refusal;

/// An account that may log in. Only [`judge`] makes one.
#[derive(Clone, Debug)]
pub struct Account {
    login: Login,
    given_name: String,
    family_name: String,
    mail: String,
}

impl Account {
    /// Login name, as in the badge registry.
    #[must_use]
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// Given name; may be empty.
    #[must_use]
    pub fn given_name(&self) -> &str {
        &self.given_name
    }

    /// Family name; may be empty.
    #[must_use]
    pub fn family_name(&self) -> &str {
        &self.family_name
    }

    /// E-mail address; may be empty.
    #[must_use]
    pub fn mail(&self) -> &str {
        &self.mail
    }

    /// Given name and family name, or the login when the directory has neither.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.given_name, self.family_name).trim().to_owned();
        if name.is_empty() { self.login.as_str().to_owned() } else { name }
    }
}

/// How a directory tells that an account is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectoryProfile {
    /// `shadowExpire` (RFC 2307, days) and `pwdAccountLockedTime` (ppolicy).
    #[serde(rename = "openldap")]
    OpenLdap,
    /// `userAccountControl` and `accountExpires` (MS-ADTS 2.2.16).
    ActiveDirectory,
}

impl DirectoryProfile {
    /// Attribute that holds the login name.
    #[must_use]
    pub fn login_attribute(self) -> &'static str {
        match self {
            Self::OpenLdap => "uid",
            Self::ActiveDirectory => "sAMAccountName",
        }
    }

    /// Attributes to ask for.
    #[must_use]
    pub fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::OpenLdap => &["givenName", "sn", "mail", "shadowExpire", "pwdAccountLockedTime"],
            Self::ActiveDirectory => {
                &["givenName", "sn", "mail", "userAccountControl", "accountExpires"]
            }
        }
    }
}

/// First value of an attribute of an entry.
pub trait Attributes {
    /// `None` when the entry has no such attribute. Names are compared without case.
    fn first(&self, name: &str) -> Option<&str>;
}

/// UF_ACCOUNTDISABLE (MS-ADTS 2.2.16).
const DISABLED: i64 = 0x2;
/// Milliseconds between 1601-01-01 and 1970-01-01 (MS-DTYP 2.3.3).
const FILETIME_EPOCH_MS: i64 = 11_644_473_600_000;

/// Says whether the account may log in now. Numbers that cannot be read close the account.
///
/// # Errors
/// [`Refusal::AccountDisabled`] or [`Refusal::AccountExpired`].
pub fn judge(
    profile: DirectoryProfile,
    login: &Login,
    entry: &dyn Attributes,
    now: Moment,
) -> Result<Account, Refusal> {
    let number = |name| {
        entry
            .first(name)
            .map(|text| text.trim().parse::<i64>().map_err(|_| Refusal::AccountDisabled))
    };
    match profile {
        DirectoryProfile::OpenLdap => {
            if entry.first("pwdAccountLockedTime").is_some() {
                return Err(Refusal::AccountDisabled);
            }
            let expires = number("shadowExpire").transpose()?.filter(|&days| days >= 0);
            if expires.is_some_and(|day| day <= now.days()) {
                return Err(Refusal::AccountExpired);
            }
        }
        DirectoryProfile::ActiveDirectory => {
            if number("userAccountControl").transpose()?.is_none_or(|flags| flags & DISABLED != 0) {
                return Err(Refusal::AccountDisabled);
            }
            // 0 and the greatest number mean "never".
            let expires = number("accountExpires").transpose()?.filter(|&t| t > 0 && t != i64::MAX);
            if expires.is_some_and(|t| t / 10_000 - FILETIME_EPOCH_MS <= now.0) {
                return Err(Refusal::AccountExpired);
            }
        }
    }
    let text = |name| entry.first(name).unwrap_or_default().to_owned();
    Ok(Account {
        login: login.clone(),
        given_name: text("givenName"),
        family_name: text("sn"),
        mail: text("mail"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Entry(&'static [(&'static str, &'static str)]);
    impl Attributes for Entry {
        fn first(&self, name: &str) -> Option<&str> {
            self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
        }
    }

    fn verdict(
        profile: DirectoryProfile,
        entry: &'static [(&'static str, &'static str)],
    ) -> Option<Refusal> {
        let now = Moment(20_000 * 86_400_000);
        judge(profile, &Login::parse("e.benali").unwrap(), &Entry(entry), now).err()
    }

    #[test]
    fn openldap_says_expired_and_disabled() {
        use DirectoryProfile::OpenLdap;
        assert_eq!(verdict(OpenLdap, &[]), None);
        assert_eq!(verdict(OpenLdap, &[("shadowExpire", "-1")]), None);
        assert_eq!(verdict(OpenLdap, &[("shadowExpire", "20001")]), None);
        assert_eq!(verdict(OpenLdap, &[("shadowExpire", "20000")]), Some(Refusal::AccountExpired));
        assert_eq!(verdict(OpenLdap, &[("shadowExpire", "soon")]), Some(Refusal::AccountDisabled));
        assert_eq!(
            verdict(OpenLdap, &[("pwdAccountLockedTime", "000001010000Z")]),
            Some(Refusal::AccountDisabled)
        );
    }

    #[test]
    fn active_directory_says_expired_and_disabled() {
        use DirectoryProfile::ActiveDirectory;
        const NORMAL: (&str, &str) = ("userAccountControl", "512");
        assert_eq!(verdict(ActiveDirectory, &[NORMAL, ("accountExpires", "0")]), None);
        assert_eq!(
            verdict(ActiveDirectory, &[NORMAL, ("accountExpires", "9223372036854775807")]),
            None
        );
        assert_eq!(
            verdict(ActiveDirectory, &[NORMAL, ("accountExpires", "132223104000000000")]),
            Some(Refusal::AccountExpired)
        );
        assert_eq!(
            verdict(ActiveDirectory, &[("userAccountControl", "514")]),
            Some(Refusal::AccountDisabled)
        );
        assert_eq!(verdict(ActiveDirectory, &[]), Some(Refusal::AccountDisabled));
    }
}
