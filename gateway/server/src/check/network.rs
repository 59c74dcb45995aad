//! What the gateway calls: the directory and the applications.

use super::{Line, Verdict};
use crate::config::Config;
use crate::gateway;
use borne_gateway_api::Refusal;
use borne_gateway_model::{Client, Login, Moment};
use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);
/// Nobody's: it is looked up to see that look-ups below the base are answered.
const NOBODY: &str = "borne-check-nobody";

/// All of them.
pub async fn look(config: &Config, now: Moment) -> Vec<Line> {
    let mut lines = vec![directory(config, now).await];
    let http = match gateway::http(&config.web, PATIENCE) {
        Ok(http) => http,
        Err(error) => {
            let fix = "write the applications' authorities there, PEM";
            lines.push(Line::bad(Verdict::Fail, "web.trust", error.to_string(), fix));
            return lines;
        }
    };
    for client in config.clients.iter() {
        lines.push(entry(&http, client).await);
        let cas = client.cas();
        let urls = cas.iter().flat_map(|cas| cas.services.iter().chain(&cas.proxy_callbacks));
        let hosts = urls.filter_map(|url| host(url)).collect::<BTreeSet<_>>();
        for (host, port) in hosts {
            lines.extend(unresolved(client, &host, port).await);
        }
    }
    lines
}

/// Bind, a look-up below the base, and each canary seen as closed.
async fn directory(config: &Config, now: Moment) -> Line {
    let what = "directory";
    let fix =
        "correct directory.url, .trust, .bind_dn, .base or the password file, as the words say";
    let directory = match gateway::directory(config) {
        Ok(directory) => directory,
        Err(error) => return Line::bad(Verdict::Fail, what, error.to_string(), fix),
    };
    let url = &config.directory.url;
    let nobody = Login::parse(NOBODY);
    if let Some(nobody) = nobody
        && directory.probe(now).await.is_ok()
        && matches!(directory.account(&nobody, now).await, Err(Refusal::DirectoryUnavailable))
    {
        let found = format!("{url} cannot be searched below {}", config.directory.base);
        return Line::bad(Verdict::Fail, what, found, fix);
    }
    match directory.probe(now).await {
        Err(error) => Line::bad(Verdict::Fail, what, format!("{url}: {error}"), fix),
        Ok(()) if config.directory.locked_canary.is_empty() => Line::bad(
            Verdict::Warn,
            what,
            format!("{url} answers, but nothing shows that it says who is locked"),
            "name an account that is locked for good: directory.locked_canary",
        ),
        Ok(()) => Line::ok(what, format!("{url} answers, and shows every canary as locked")),
    }
}

async fn entry(http: &reqwest::Client, client: &Client) -> Line {
    let what = format!("app.{}.entry", client.name);
    match http.get(&client.entry).send().await {
        Ok(answer) if answer.status().as_u16() < 400 => {
            Line::ok(what, format!("{} answers {}", client.entry, answer.status().as_u16()))
        }
        Ok(answer) => Line::bad(
            if answer.status().is_server_error() { Verdict::Fail } else { Verdict::Warn },
            what,
            format!("{} answers {}", client.entry, answer.status().as_u16()),
            "is the address right, and the application up?",
        ),
        Err(error) => Line::bad(
            Verdict::Fail,
            what,
            format!("{}: {}", client.entry, root(&error)),
            "name, network, certificate: web.trust must hold its authority",
        ),
    }
}

fn host(url: &str) -> Option<(String, u16)> {
    let parsed = reqwest::Url::parse(url).ok()?;
    Some((parsed.host_str()?.to_owned(), parsed.port_or_known_default()?))
}

async fn unresolved(client: &Client, host: &str, port: u16) -> Option<Line> {
    let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host, port))).await;
    let why = match found {
        Ok(Ok(_)) => return None,
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    let what = format!("app.{}.services", client.name);
    Some(Line::bad(
        Verdict::Fail,
        what,
        format!("{host}: {why}"),
        "correct the name, or the name server",
    ))
}

fn root(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
