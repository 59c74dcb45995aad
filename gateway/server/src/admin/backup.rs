//! A backup, for IT: the line that says how long it is, and then the file.

use crate::backup;
use crate::gateway::Gateway;
use borne_gateway_api::admin::AdminAnswer;
use borne_gateway_model::{AuditEvent, AuditKind};
use std::io;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Mutex;

/// One at a time: they share a place on the disk.
static ONE: Mutex<()> = Mutex::const_new(());

/// Makes it and sends it.
pub async fn send(
    gateway: &Gateway,
    actor: &str,
    recipients: &[String],
    to: &mut OwnedWriteHalf,
) -> io::Result<()> {
    let _one = ONE.lock().await;
    let made = make(gateway, actor, recipients).await;
    let (answer, file) = match made {
        Ok((file, bytes)) => (AdminAnswer::File(bytes), Some(file)),
        Err(why) => (AdminAnswer::Refused(why), None),
    };
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    if let Some(file) = file {
        tokio::io::copy(&mut tokio::fs::File::from_std(file), to).await?;
    }
    Ok(())
}

async fn make(
    gateway: &Gateway,
    actor: &str,
    recipients: &[String],
) -> Result<(std::fs::File, u64), String> {
    let recipients = backup::recipients(recipients)?;
    let (config, now) = (&gateway.config, gateway.clock.now());
    let made = backup::make(config, &gateway.db, recipients, now).await;
    let made = made.map_err(super::failed)?;
    let mut tx = gateway.db.begin().await.map_err(super::failed)?;
    let event = AuditEvent::of(AuditKind::BackupMade).by(actor);
    tx.audit(&event, now).await.map_err(super::failed)?;
    tx.commit().await.map_err(super::failed)?;
    Ok(made)
}
