//! Updates, for IT: offered to terminals by name, so that a new image meets one of them before it
//! meets all.

use super::{Answer, failed, row};
use crate::edges::now;
use crate::gateway::Gateway;
use borne_gateway_api::admin::{AdminAnswer, Terminals};
use borne_gateway_api::update::{Hours, LastUpdate};
use borne_gateway_model::{AuditKind, Offer};
use borne_gateway_storage::{TerminalRow, Terminals as _, Updates as _};

/// Offers one to all that are meant, or to none: a version that one of them already runs is a
/// mistake.
pub async fn offer(gateway: &Gateway, offer: &Offer, wanted: &Terminals) -> Answer {
    let meant = meant(gateway, wanted).await?;
    for terminal in &meant {
        if let Some(report) =
            terminal.report.as_ref().filter(|report| report.version >= offer.version)
        {
            return Err(format!(
                "{} runs {} already, which is not older than {}; nothing is offered",
                terminal.name, report.version, offer.version
            ));
        }
    }
    for terminal in &meant {
        gateway.db.offer(terminal.id, offer, now()).await.map_err(failed)?;
        gateway.audit(AuditKind::UpdateOffered, None, Some(&terminal.name)).await;
    }
    Ok(AdminAnswer::Done(format!("{} is offered to {} terminal(s)", offer.version, meant.len())))
}

/// Takes offers back.
pub async fn withdraw(gateway: &Gateway, wanted: &Terminals) -> Answer {
    let mut count = 0;
    for terminal in meant(gateway, wanted).await? {
        if gateway.db.withdraw(terminal.id).await.map_err(failed)? {
            gateway.audit(AuditKind::UpdateWithdrawn, None, Some(&terminal.name)).await;
            count += 1;
        }
    }
    Ok(AdminAnswer::Done(format!("{count} offer(s) withdrawn")))
}

/// What is offered to whom, and how far it has come.
pub async fn list(gateway: &Gateway) -> Answer {
    let mut table = vec![row(["TERMINAL", "OFFERED", "HOURS", "SINCE", "RUNS", "OUTCOME", "URL"])];
    for line in gateway.db.offers().await.map_err(failed)? {
        let last = line.report.as_ref().and_then(|report| report.last_update.as_deref());
        let last: Option<LastUpdate> = last.and_then(|text| serde_json::from_str(text).ok());
        let outcome = last
            .filter(|last| last.offer == line.update.offer)
            .map_or("waiting", |last| last.outcome.word());
        let runs = line.report.map_or_else(|| "-".to_owned(), |report| report.version.to_string());
        let hours = line.update.hours.as_ref().map_or_else(|| "any".to_owned(), Hours::to_string);
        let offered = line.update.version.to_string();
        table.push(vec![
            line.terminal,
            offered,
            hours,
            line.offered.iso(),
            runs,
            outcome.to_owned(),
            line.update.url,
        ]);
    }
    Ok(AdminAnswer::Table(table))
}

async fn meant(gateway: &Gateway, wanted: &Terminals) -> Result<Vec<TerminalRow>, String> {
    let mut all = gateway.db.terminals().await.map_err(failed)?;
    all.retain(|terminal| terminal.joined.is_some() && terminal.revoked.is_none());
    let Terminals::Named(names) = wanted else {
        return if all.is_empty() { Err("no terminal has joined".to_owned()) } else { Ok(all) };
    };
    if let Some(name) =
        names.iter().find(|name| !all.iter().any(|terminal| terminal.name == **name))
    {
        return Err(format!("there is no terminal {name} that has joined and is not revoked"));
    }
    all.retain(|terminal| names.contains(&terminal.name));
    Ok(all)
}
