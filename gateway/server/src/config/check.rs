//! What a configuration must hold besides its shape: every number has bounds, every name is one.

use super::{Config, ConfigError, Directory};
use crate::authority::LONGEST_LIFE;
use borne_gateway_api::{POLL_HOLD_MS, TICKET_LIFE_MS};
use borne_gateway_model::{CasClient, Client, Logout, Protocol};
use std::collections::BTreeSet;

type Checked = Result<(), ConfigError>;

/// Everything. The first thing that is wrong is said.
pub fn check(config: &Config) -> Checked {
    let origin = config.web.url.strip_prefix("https://");
    let bare = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@']);
    demand(
        origin.is_some_and(|host| bare(host) && is_plain(host)),
        "web.url",
        &config.web.url,
        "write an origin such as https://passerelle.mairie.fr, without a path",
    )?;
    let (terminals, web) = (config.terminal_api.listen, config.web.listen);
    demand(
        terminals != web || web.port() == 0,
        "web.listen",
        &web.to_string(),
        "give it another address or port than terminal_api.listen",
    )?;
    directory(&config.directory)?;
    numbers(config)?;
    clients(config)?;
    advise(config);
    Ok(())
}

fn directory(directory: &Directory) -> Checked {
    let host = directory.url.strip_prefix("ldaps://");
    demand(
        host.is_some_and(|host| !host.is_empty() && is_plain(host)),
        "directory.url",
        &directory.url,
        "write ldaps://host: the account's state must not be forged on the way",
    )?;
    // A bind without a name succeeds anywhere, and sees what strangers see (RFC 4513, 5.1).
    for (key, dn) in
        [("directory.bind_dn", &directory.bind_dn), ("directory.base", &directory.base)]
    {
        demand(
            dn.contains('='),
            key,
            dn,
            "write a DN such as cn=borne,ou=services,dc=mairie,dc=fr",
        )?;
    }
    let filter = directory.filter.as_deref().unwrap_or("(objectClass=*)");
    demand(
        filter.starts_with('(') && ldap3::parse_filter(filter).is_ok(),
        "directory.filter",
        filter,
        "write one LDAP filter in parentheses, such as (memberOf=cn=agents,ou=groups,dc=mairie,dc=fr)",
    )?;
    let policy = directory.default_policy.as_deref().unwrap_or("cn=none");
    demand(
        policy.contains('='),
        "directory.default_policy",
        policy,
        "write the DN of OpenLDAP's ppolicy_default",
    )
}

fn numbers(config: &Config) -> Checked {
    let (session, limits) = (&config.session, &config.limits);
    let longest_life = LONGEST_LIFE.whole_seconds().unsigned_abs();
    for (key, value, least, most) in [
        ("terminal_api.certificate_s", config.terminal_api.certificate_s, 1, longest_life),
        ("session.heartbeat_ms", session.heartbeat_ms, 100, 600_000),
        ("session.absolute_s", session.absolute_s, 1, 43_200),
        ("session.login_ticket_ms", session.login_ticket_ms, 1, TICKET_LIFE_MS),
        ("session.service_ticket_ms", session.service_ticket_ms, 1, 300_000),
        ("session.tap_ms", session.tap_ms, 100, 300_000),
        ("session.logout_timeout_ms", session.logout_timeout_ms, 100, 30_000),
        ("session.recheck_s", session.recheck_s, 1, 3_600),
        // The terminal waits 6 s for its answer.
        ("directory.timeout_ms", config.directory.timeout_ms, 100, 5_000),
        ("limits.taps_per_minute", count(limits.taps_per_minute), 1, 1_000),
        ("limits.pins_per_minute", count(limits.pins_per_minute), 1, 1_000),
        ("limits.strange_badges", limits.strange_badges.into(), 1, 1_000),
        ("limits.requests_per_minute", count(limits.requests_per_minute), 60, 100_000),
        ("limits.connections_per_address", count(limits.connections_per_address), 1, 1_024),
        ("limits.connections_per_second", limits.connections_per_second.into(), 1, 10_000),
        ("audit.keep_days", config.audit.keep_days, 1, 3_650),
    ] {
        if !(least..=most).contains(&value) {
            return Err(ConfigError::Range { key, value, least, most });
        }
    }
    Ok(())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// 90 days: a third of it is a summer's closing.
const SHORT_LIFE_S: u64 = 90 * 86_400;

/// Works, but not well: said in the log.
fn advise(config: &Config) {
    let (session, life) = (&config.session, config.terminal_api.certificate_s);
    if life < SHORT_LIFE_S {
        tracing::warn!(
            "terminal_api.certificate_s = {life}: a terminal that is switched off for a third of that \
             must be invited again"
        );
    }
    if session.heartbeat_ms < 3 * POLL_HOLD_MS {
        tracing::warn!(
            "session.heartbeat_ms = {}: a terminal's poll takes up to {POLL_HOLD_MS} ms; below three \
             times that, one lost answer ends a session",
            session.heartbeat_ms
        );
    }
}

fn clients(config: &Config) -> Checked {
    let clients = || config.clients.iter();
    once(clients().map(|client| &client.name), "app.name", "give each [[app]] a name of its own")?;
    let services = clients().filter_map(Client::cas).flat_map(|cas| &cas.services);
    once(services, "app.services", "a ticket must be for one application: name each URL once")?;
    demand(
        config.clients.named(&config.web.home).is_some(),
        "web.home",
        &config.web.home,
        "write the name of one of the [[app]] tables",
    )?;
    clients().try_for_each(client)
}

fn once<'a>(values: impl Iterator<Item = &'a String>, key: &str, fix: &'static str) -> Checked {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value) {
            return Err(ConfigError::Twice { key: key.to_owned(), value: value.clone(), fix });
        }
    }
    Ok(())
}

fn client(client: &Client) -> Checked {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    demand(
        (1..=64).contains(&client.name.len()) && client.name.chars().all(name),
        "app.name",
        &client.name,
        "write 1 to 64 letters, digits, - _ and .",
    )?;
    let key = |name: &str| format!("app.{}.{name}", client.name);
    match &client.protocol {
        Protocol::Cas(app) => cas(app, &key)?,
    }
    client.warm_assets.iter().try_for_each(|url| https(&key("warm_assets"), url))?;
    https(&key("entry"), &client.entry)?;
    match &client.logout {
        Logout::CasSloTo(url) | Logout::BrowserVisit(url) => https(&key("logout"), url),
        Logout::CasSlo | Logout::None => Ok(()),
    }
}

fn cas(app: &CasClient, key: &dyn Fn(&str) -> String) -> Checked {
    demand(!app.services.is_empty(), &key("services"), "", "name at least one service URL")?;
    app.services.iter().try_for_each(|url| https(&key("services"), url))?;
    app.proxy_callbacks.iter().try_for_each(|url| {
        https(&key("proxy_callbacks"), url)?;
        demand(
            app.may_call_back(url),
            &key("proxy_callbacks"),
            url,
            "write it as an HTTP client sends it: no . or .. as a part of the path, no #, no backslash",
        )
    })?;
    app.proxy_targets.iter().try_for_each(|target| {
        demand(
            !target.is_empty() && is_plain(target),
            &key("proxy_targets"),
            target,
            "name a service",
        )
    })
}

fn https(key: &str, url: &str) -> Checked {
    demand(
        has_path(url),
        key,
        url,
        "write a full https:// URL with a path (a host alone would also match host.elsewhere)",
    )
}

fn has_path(url: &str) -> bool {
    let rest = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    let host = |host: &str| !host.is_empty() && !host.contains(['?', '@', '\\']);
    is_plain(url) && !url.contains('#') && rest.is_some_and(|(name, _)| host(name))
}

fn is_plain(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>');
    !text.chars().any(odd)
}

fn demand(good: bool, key: &str, value: &str, fix: &'static str) -> Checked {
    let fault = || ConfigError::Value { key: key.to_owned(), value: value.to_owned(), fix };
    good.then_some(()).ok_or_else(fault)
}
