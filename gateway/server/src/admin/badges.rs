//! Badges, for IT. A badge is named by its number in the registry or by its agent's login (then:
//! all of that agent's).

use super::{Answer, failed, row};
use crate::edges::now;
use crate::gateway::Gateway;
use borne_gateway_api::admin::AdminAnswer;
use borne_gateway_api::{PIN_TRIES, Secret};
use borne_gateway_model::{AuditKind, BadgeId, Login, Pin, PinHash, Uid};
use borne_gateway_storage::Badges as _;

/// Registers a badge.
pub async fn add(gateway: &Gateway, login: &str, uid: &Secret, pin: &Secret) -> Answer {
    let login = Login::parse(login).ok_or("a login is letters, digits, . _ - and @, at most 64")?;
    let uid = Uid::parse(uid.expose()).map_err(|e| e.to_string())?;
    let hash = hash(gateway, pin).await?;
    let added = gateway
        .db
        .put_badge(&uid.key(&gateway.pepper), &uid.hint(), &login, &hash, now())
        .await
        .map_err(failed)?;
    if !added {
        return Err("this badge belongs to another login; remove it there first".to_owned());
    }
    gateway.audit(AuditKind::BadgeAdded, Some(&login), None).await;
    Ok(AdminAnswer::Done(format!("badge …{} is registered for {}", uid.hint(), login.as_str())))
}

/// All badges.
pub async fn list(gateway: &Gateway) -> Answer {
    let mut table = vec![row(["BADGE", "LOGIN", "UID", "STATE", "SINCE"])];
    let all = gateway.db.badges().await.map_err(failed)?;
    table.extend(all.into_iter().map(|badge| {
        let state = match badge.tries {
            0 => "ok".to_owned(),
            tries if tries >= PIN_TRIES => "locked".to_owned(),
            tries => format!("{tries} wrong PIN(s)"),
        };
        vec![
            badge.id.0.to_string(),
            badge.login,
            format!("…{}", badge.hint),
            state,
            badge.added.iso(),
        ]
    }));
    Ok(AdminAnswer::Table(table))
}

/// Forgets the wrong PINs.
pub async fn unlock(gateway: &Gateway, wanted: &str) -> Answer {
    let found = find(gateway, wanted).await?;
    for (id, login) in &found {
        gateway.db.clear_tries(*id).await.map_err(failed)?;
        gateway.audit(AuditKind::BadgeUnlocked, login.as_ref(), None).await;
    }
    Ok(AdminAnswer::Done(format!("{} badge(s) unlocked", found.len())))
}

/// Removes them.
pub async fn remove(gateway: &Gateway, wanted: &str) -> Answer {
    let found = find(gateway, wanted).await?;
    for (id, login) in &found {
        gateway.db.remove_badge(*id).await.map_err(failed)?;
        gateway.audit(AuditKind::BadgeRemoved, login.as_ref(), None).await;
    }
    Ok(AdminAnswer::Done(format!("{} badge(s) removed", found.len())))
}

/// Sets the PIN.
pub async fn set_pin(gateway: &Gateway, wanted: &str, pin: &Secret) -> Answer {
    let found = find(gateway, wanted).await?;
    for (id, login) in &found {
        let hash = hash(gateway, pin).await?;
        gateway.db.set_pin(*id, &hash).await.map_err(failed)?;
        gateway.audit(AuditKind::PinSet, login.as_ref(), None).await;
    }
    Ok(AdminAnswer::Done(format!("PIN set on {} badge(s)", found.len())))
}

async fn hash(gateway: &Gateway, pin: &Secret) -> Result<PinHash, String> {
    let pin = Pin::chosen(pin.expose()).map_err(|e| e.to_string())?;
    gateway.hash_pin(pin).await.map_err(failed)
}

async fn find(gateway: &Gateway, wanted: &str) -> Result<Vec<(BadgeId, Option<Login>)>, String> {
    let all = gateway.db.badges().await.map_err(failed)?;
    let meant = |id: BadgeId, login: &str| login == wanted || id.0.to_string() == wanted;
    let found: Vec<_> = all
        .into_iter()
        .filter(|b| meant(b.id, &b.login))
        .map(|b| (b.id, Login::parse(&b.login)))
        .collect();
    if found.is_empty() {
        Err(format!("there is no badge {wanted}, and no agent of that login has one"))
    } else {
        Ok(found)
    }
}
