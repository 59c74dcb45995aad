//! The town's directory over LDAPS: one warm connection, opened again when it breaks, every wait
//! bounded.
//!
//! Never: a write; a user's password; a name in a log.

use crate::config;
use borne_gateway_api::{Refusal, Secret};
use borne_gateway_model::{Account, Attributes, Login, Moment, judge};
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, Scope, SearchEntry, SearchOptions, ldap_escape,
};
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The directory.
pub struct Directory {
    settings: config::Directory,
    password: Secret,
    tls: Arc<ClientConfig>,
    warm: Mutex<Option<Ldap>>,
}

impl Directory {
    /// Does not connect yet.
    pub fn new(settings: config::Directory, password: Secret, tls: ClientConfig) -> Self {
        Self { settings, password, tls: Arc::new(tls), warm: Mutex::new(None) }
    }

    /// Opens the connection if it is not; called when a badge is laid, so that it is there when the
    /// PIN is.
    pub async fn warm(&self) {
        if let Err(error) = self.connection().await {
            tracing::warn!(%error, "directory unreachable");
        }
    }

    /// Looks the login up and judges it, within the configured time whatever the directory does.
    pub async fn account(&self, login: &Login, now: Moment) -> Result<Account, Refusal> {
        let entries = match timeout(
            Duration::from_millis(self.settings.timeout_ms),
            self.search_twice(login),
        )
        .await
        {
            Ok(Ok(entries)) => entries,
            Ok(Err(error)) => return Err(self.unreachable(&error).await),
            Err(late) => return Err(self.unreachable(&late).await),
        };
        match &entries[..] {
            [entry] => judge(self.settings.profile, login, &Entry(entry), now),
            // None, or two that share one login: nobody can say whose badge it is.
            _ => Err(Refusal::AccountDisabled),
        }
    }

    async fn unreachable(&self, error: &(dyn std::error::Error + Sync)) -> Refusal {
        tracing::warn!(%error, "directory unreachable");
        *self.warm.lock().await = None;
        Refusal::DirectoryUnavailable
    }

    /// A connection the server closed while idle shows only when it is used: then once more on a
    /// fresh one.
    async fn search_twice(&self, login: &Login) -> Result<Vec<SearchEntry>, ldap3::LdapError> {
        match self.search(login).await {
            Ok(entries) => Ok(entries),
            Err(_) => {
                *self.warm.lock().await = None;
                self.search(login).await
            }
        }
    }

    /// Half of the whole, so that there is time for the second try.
    fn patience(&self) -> Duration {
        Duration::from_millis(self.settings.timeout_ms / 2)
    }

    async fn search(&self, login: &Login) -> Result<Vec<SearchEntry>, ldap3::LdapError> {
        let mut ldap = self.connection().await?;
        // RFC 4515 section 3: the value is escaped, though a Login holds nothing that needs it.
        let filter = format!(
            "({}={})",
            self.settings.profile.login_attribute(),
            ldap_escape(login.as_str())
        );
        let found = ldap
            .with_timeout(self.patience())
            .with_search_options(SearchOptions::new().sizelimit(2))
            .search(
                &self.settings.base,
                Scope::Subtree,
                &filter,
                self.settings.profile.attributes(),
            )
            .await?;
        // sizeLimitExceeded (4) still carries the two entries that say "not unique".
        Ok(found
            .0
            .into_iter()
            .filter(|entry| !entry.is_ref())
            .map(SearchEntry::construct)
            .collect::<Vec<_>>())
        .and_then(
            |entries| if matches!(found.1.rc, 0 | 4) { Ok(entries) } else { Err(found.1.into()) },
        )
    }

    async fn connection(&self) -> Result<Ldap, ldap3::LdapError> {
        let mut warm = self.warm.lock().await;
        if let Some(ldap) = warm.as_mut()
            && !ldap.is_closed()
        {
            return Ok(ldap.clone());
        }
        let settings = LdapConnSettings::new()
            .set_conn_timeout(self.patience())
            .set_config(Arc::clone(&self.tls));
        let (connection, mut ldap) =
            LdapConnAsync::with_settings(settings, &self.settings.url).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "directory connection closed");
            }
        });
        ldap.with_timeout(self.patience())
            .simple_bind(&self.settings.bind_dn, self.password.expose())
            .await?
            .success()?;
        *warm = Some(ldap.clone());
        Ok(ldap)
    }
}

struct Entry<'a>(&'a SearchEntry);

impl Attributes for Entry<'_> {
    fn first(&self, name: &str) -> Option<&str> {
        let of_name = |(key, _): &(&String, &Vec<String>)| key.eq_ignore_ascii_case(name);
        self.0.attrs.iter().find(of_name).and_then(|(_, values)| values.first()).map(String::as_str)
    }
}
