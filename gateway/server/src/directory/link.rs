//! One warm LDAPS connection, opened again when it breaks.
//!
//! Never: a write; a user's password; a name in a log.

use crate::config;
use borne_gateway_api::Secret;
use borne_gateway_model::Attributes;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions};
use rustls::ClientConfig;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// The connection, and what it takes to make one.
pub struct Link {
    url: String,
    bind_dn: String,
    password: Secret,
    tls: Arc<ClientConfig>,
    /// Half of the whole, so that there is time for a second try.
    patience: Duration,
    warm: Mutex<Option<Ldap>>,
}

impl Link {
    pub fn new(settings: &config::Directory, password: Secret, tls: ClientConfig) -> Self {
        Self {
            url: settings.url.clone(),
            bind_dn: settings.bind_dn.clone(),
            password,
            tls: Arc::new(tls),
            patience: Duration::from_millis(settings.timeout_ms / 2),
            warm: Mutex::new(None),
        }
    }

    /// The next search begins with a new connection.
    pub async fn forget(&self) {
        *self.warm.lock().await = None;
    }

    /// A connection the server closed while idle shows only when it is used: then once more on a
    /// fresh one.
    pub async fn search_twice(
        &self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<SearchEntry>, LdapError> {
        match self.search(base, Scope::Subtree, filter, attributes).await {
            Ok(entries) => Ok(entries),
            Err(_) => {
                self.forget().await;
                self.search(base, Scope::Subtree, filter, attributes).await
            }
        }
    }

    /// At most two entries: more could not be told apart either.
    pub async fn search(
        &self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<SearchEntry>, LdapError> {
        let mut ldap = self.connection().await?;
        let found = ldap
            .with_timeout(self.patience)
            .with_search_options(SearchOptions::new().sizelimit(2))
            .search(base, scope, filter, attributes)
            .await?;
        // sizeLimitExceeded (4) still carries the two entries that say "not unique".
        if !matches!(found.1.rc, 0 | 4) {
            return Err(found.1.into());
        }
        let entries = found.0.into_iter().filter(|entry| !entry.is_ref());
        Ok(entries.map(SearchEntry::construct).collect())
    }

    /// The open connection, or a new one, bound.
    pub async fn connection(&self) -> Result<Ldap, LdapError> {
        let mut warm = self.warm.lock().await;
        if let Some(ldap) = warm.as_mut()
            && !ldap.is_closed()
        {
            return Ok(ldap.clone());
        }
        let settings = LdapConnSettings::new()
            .set_conn_timeout(self.patience)
            .set_config(Arc::clone(&self.tls));
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &self.url).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "directory connection closed");
            }
        });
        ldap.with_timeout(self.patience)
            .simple_bind(&self.bind_dn, self.password.expose())
            .await?
            .success()?;
        *warm = Some(ldap.clone());
        Ok(ldap)
    }
}

/// What the rules see of an entry.
pub struct Entry<'a>(pub &'a SearchEntry);

impl Attributes for Entry<'_> {
    fn first(&self, name: &str) -> Option<Cow<'_, str>> {
        // ldap3 keeps an attribute apart when one of its values is not UTF-8.
        let text = self.0.attrs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let bytes = self.0.bin_attrs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        // An attribute without a value is there all the same.
        let text = text.map(|(_, all)| Cow::Borrowed(all.first().map_or("", String::as_str)));
        let bytes = bytes
            .map(|(_, all)| String::from_utf8_lossy(all.first().map_or(&[][..], Vec::as_slice)));
        bytes.or(text)
    }
}
