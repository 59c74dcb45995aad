//! Updates, for IT: offered to terminals by name, so that a new image meets one of them before it
//! meets all.

use super::{Act, Answer, failed};
use borne_gateway_api::admin::{AdminAnswer, Terminals, UpdateLine};
use borne_gateway_api::update::LastUpdate;
use borne_gateway_model::{AuditKind, Offer};
use borne_gateway_storage::{OfferRow, TerminalRow, Tx};

/// Offers one to all that are meant, or to none: a version that one of them already runs is a
/// mistake.
pub async fn offer(act: &Act<'_>, offer: &Offer, wanted: &Terminals) -> Answer {
    let mut tx = act.begin().await?;
    let meant = meant(&mut tx, wanted).await?;
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
        tx.offer(terminal.id, offer, act.now()).await.map_err(failed)?;
        let event = act.event(AuditKind::UpdateOffered).terminal(&terminal.name);
        tx.audit(&event, act.now()).await.map_err(failed)?;
    }
    tx.commit().await.map_err(failed)?;
    Ok(AdminAnswer::Done(format!("{} is offered to {} terminal(s)", offer.version, meant.len())))
}

/// Takes offers back.
pub async fn withdraw(act: &Act<'_>, wanted: &Terminals) -> Answer {
    let mut tx = act.begin().await?;
    let mut count = 0;
    for terminal in meant(&mut tx, wanted).await? {
        if tx.withdraw(terminal.id).await.map_err(failed)? {
            let event = act.event(AuditKind::UpdateWithdrawn).terminal(&terminal.name);
            tx.audit(&event, act.now()).await.map_err(failed)?;
            count += 1;
        }
    }
    tx.commit().await.map_err(failed)?;
    Ok(AdminAnswer::Done(format!("{count} offer(s) withdrawn")))
}

/// What is offered to whom, and how far it has come.
pub async fn list(act: &Act<'_>) -> Answer {
    let offers = act.begin().await?.offers().await.map_err(failed)?;
    Ok(AdminAnswer::Updates(offers.into_iter().map(line).collect()))
}

fn line(row: OfferRow) -> UpdateLine {
    let last = row.report.as_ref().and_then(|report| report.last_update.as_deref());
    let last: Option<LastUpdate> = last.and_then(|text| serde_json::from_str(text).ok());
    UpdateLine {
        outcome: last.filter(|last| last.offer == row.update.offer).map(|last| last.outcome),
        runs: row.report.map(|report| report.version),
        terminal: row.terminal,
        version: row.update.version,
        url: row.update.url,
        manifest_sha256: row.update.manifest_sha256,
        hours: row.update.hours,
        offered: row.offered.iso(),
    }
}

async fn meant(tx: &mut Tx, wanted: &Terminals) -> Result<Vec<TerminalRow>, String> {
    let mut all = tx.terminals().await.map_err(failed)?;
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
