//! The town's directory over LDAPS: who an agent is, and whether the account is open. Every wait is
//! bounded.
//!
//! A right that the service account lacks hides exactly what closes an account. So an entry may
//! have to match a filter, and accounts that are known to be closed (`directory.locked_canary`) are
//! looked up beside every agent: while one of them seems open or is not found, nobody is let in.
//!
//! Never: a write; a user's password; an agent's name in a log.

mod link;

use crate::config;
use borne_gateway_api::{Refusal, Secret};
use borne_gateway_model::{Account, Attributes, Login, Moment, judge};
use futures_util::future::try_join_all;
use ldap3::{LdapError, Scope, SearchEntry, ldap_escape};
use link::{Entry, Link};
use rustls::ClientConfig;
use std::time::Duration;
use tokio::time::timeout;

/// The directory.
pub struct Directory {
    settings: config::Directory,
    link: Link,
}

/// The directory's answers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It did not answer, or with an error.
    #[error(transparent)]
    Ldap(#[from] LdapError),
    /// It took too long.
    #[error("no answer within directory.timeout_ms")]
    Late,
    /// What closes an account is hidden from us.
    #[error(
        "directory.locked_canary: {0} seems open, so a disabled agent would too; let bind_dn read the \
         attributes that profile = … in docs/gateway.example.toml names, or disable this account again"
    )]
    CanaryOpen(String),
    /// The canary is not there, or twice.
    #[error(
        "directory.locked_canary: {0} is not one account below directory.base; name one that is disabled for good"
    )]
    CanaryMissing(String),
}

impl Directory {
    /// Does not connect yet.
    pub fn new(settings: config::Directory, password: Secret, tls: ClientConfig) -> Self {
        let link = Link::new(&settings, password, tls);
        Self { settings, link }
    }

    /// Opens the connection if it is not; called when a badge is laid, so that it is there when the
    /// PIN is.
    pub async fn warm(&self) {
        if let Err(error) = self.link.connection().await {
            tracing::warn!(%error, "directory unreachable");
        }
    }

    /// Says in the log at start whether the directory can be used, so that nobody has to learn it
    /// from a refused badge.
    pub async fn report(&self, now: Moment) {
        if self.settings.locked_canary.is_empty() {
            tracing::warn!(
                "directory.locked_canary is not set: should bind_dn lose the right to read what closes an \
                 account, disabled agents could log in"
            );
        }
        if let Err(error) = self.probe(now).await {
            tracing::error!(%error, "the directory cannot be used, nobody can log in");
        }
    }

    /// Whether it answers, and shows each canary as closed.
    pub async fn probe(&self, now: Moment) -> Result<(), DirectoryError> {
        self.in_time(async {
            self.link.connection().await?;
            self.canaries(now).await
        })
        .await
    }

    /// Looks the login up and judges it, within the configured time whatever the directory does.
    pub async fn account(&self, login: &Login, now: Moment) -> Result<Account, Refusal> {
        let looked_up = self.in_time(async {
            let filter = self.settings.filter.as_deref().unwrap_or_default();
            tokio::try_join!(self.find(login, filter, now), self.canaries(now))
        });
        match looked_up.await {
            Ok((Some(verdict), ())) => verdict,
            // None, or two that share one login: nobody can say whose badge it is.
            Ok((None, ())) => Err(Refusal::AccountDisabled),
            Err(error) => {
                tracing::error!(%error, "directory cannot be used");
                self.link.forget().await;
                Err(Refusal::DirectoryUnavailable)
            }
        }
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, DirectoryError>>,
    ) -> Result<T, DirectoryError> {
        let whole = Duration::from_millis(self.settings.timeout_ms);
        timeout(whole, work).await.unwrap_or(Err(DirectoryError::Late))
    }

    async fn canaries(&self, now: Moment) -> Result<(), DirectoryError> {
        let each = self.settings.locked_canary.iter().map(async |name: &Login| {
            let shown = || name.as_str().to_owned();
            match self.find(name, "", now).await? {
                Some(Err(_)) => Ok(()),
                Some(Ok(_)) => Err(DirectoryError::CanaryOpen(shown())),
                None => Err(DirectoryError::CanaryMissing(shown())),
            }
        });
        try_join_all(each).await.map(drop)
    }

    /// The verdict on the one entry with this login that matches the filter; `None` when there is
    /// none, or more than one.
    async fn find(
        &self,
        login: &Login,
        filter: &str,
        now: Moment,
    ) -> Result<Option<Result<Account, Refusal>>, DirectoryError> {
        let profile = self.settings.profile;
        // RFC 4515 section 3: the value is escaped.
        let (name, value) = (profile.login_attribute(), ldap_escape(login.as_str()));
        let filter = format!("(&({name}={value}){filter})");
        let entries =
            self.link.search_twice(&self.settings.base, &filter, profile.attributes()).await?;
        let [entry] = &entries[..] else { return Ok(None) };
        let policy = self.policy(entry).await?;
        let policy = policy.as_ref().map(Entry);
        let policy = policy.as_ref().map(|policy| policy as &dyn Attributes);
        Ok(Some(judge(profile, login, &Entry(entry), policy, now)))
    }

    /// The password policy that the entry's lock depends on; `None` also when it cannot be read.
    async fn policy(&self, entry: &SearchEntry) -> Result<Option<SearchEntry>, LdapError> {
        let profile = self.settings.profile;
        let entry = Entry(entry);
        let Some(own) = profile.wanted_policy(&entry) else { return Ok(None) };
        let Some(dn) = own.as_deref().or(self.settings.default_policy.as_deref()) else {
            return Ok(None);
        };
        let attributes = profile.policy_attributes();
        match self.link.search(dn, Scope::Base, "(objectClass=*)", attributes).await {
            Ok(entries) => Ok(entries.into_iter().next()),
            // Not there, or not ours to read: the lock then has no end.
            Err(LdapError::LdapResult { result }) => {
                tracing::warn!(code = result.rc, "the policy of a locked account cannot be read");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
