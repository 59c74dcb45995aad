//! What a directory entry says about an account: who, and whether it may log in.
//!
//! Directory text is cleaned here, once: nothing behind an [`Account`] needs to be careful with it.

mod active_directory;
mod moment;
mod openldap;

use crate::text::clean;
use crate::{Login, Moment};
use borne_gateway_api::Refusal;
use std::borrow::Cow;

/// Longest given or family name, in characters.
const NAME: usize = 128;
/// Longest mail address (RFC 5321, 4.5.3.1, with errata 1690).
const MAIL: usize = 254;

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
    /// `shadowExpire`, and the password policy's lock and validity.
    #[serde(rename = "openldap")]
    OpenLdap,
    /// `userAccountControl`, the computed lock, `accountExpires`.
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

    /// Attributes to ask an account's entry for.
    #[must_use]
    pub fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::OpenLdap => openldap::ATTRIBUTES,
            Self::ActiveDirectory => active_directory::ATTRIBUTES,
        }
    }

    /// Attributes to ask a password policy's entry for.
    #[must_use]
    pub fn policy_attributes(self) -> &'static [&'static str] {
        match self {
            Self::OpenLdap => openldap::POLICY_ATTRIBUTES,
            Self::ActiveDirectory => &[],
        }
    }

    /// The password policy that [`judge`] needs for this entry: none, or the default one
    /// (`Some(None)`), or the one with this DN.
    #[must_use]
    pub fn wanted_policy(self, entry: &dyn Attributes) -> Option<Option<Cow<'_, str>>> {
        match self {
            Self::OpenLdap => openldap::wanted_policy(entry),
            Self::ActiveDirectory => None,
        }
    }
}

/// First value of an attribute of an entry.
pub trait Attributes {
    /// `None` when the entry has no such attribute. Names are compared without case. A value that
    /// is no text comes with U+FFFD where it is none: it must not pass for an absent one.
    fn first(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// Says whether the account may log in now. What cannot be read closes the account, and so does a
/// lock whose policy is not there.
///
/// # Errors
/// [`Refusal::AccountDisabled`] or [`Refusal::AccountExpired`].
pub fn judge(
    profile: DirectoryProfile,
    login: &Login,
    entry: &dyn Attributes,
    policy: Option<&dyn Attributes>,
    now: Moment,
) -> Result<Account, Refusal> {
    match profile {
        DirectoryProfile::OpenLdap => openldap::judge(entry, policy, now)?,
        DirectoryProfile::ActiveDirectory => active_directory::judge(entry, now)?,
    }
    let text = |name| clean(&entry.first(name).unwrap_or_default(), NAME);
    Ok(Account {
        login: login.clone(),
        given_name: text("givenName"),
        family_name: text("sn"),
        mail: mail(&entry.first("mail").unwrap_or_default()),
    })
}

/// Half an address is another one: one that is too long is none.
fn mail(raw: &str) -> String {
    let mail = clean(raw, MAIL + 1).replace(' ', "");
    if mail.chars().count() > MAIL { String::new() } else { mail }
}

/// An attribute's whole number, if it is there.
fn number(entry: &dyn Attributes, name: &str) -> Result<Option<i64>, Refusal> {
    let text = entry.first(name);
    text.map(|text| text.trim().parse().map_err(|_| Refusal::AccountDisabled)).transpose()
}

#[cfg(test)]
mod tests;
