//! Badges, for IT. A badge is meant by its number in the registry or by its agent's login, and the
//! one is never taken for the other.

use super::{Act, Answer, failed};
use borne_gateway_api::admin::{AdminAnswer, BadgeLine, BadgeState, Badges};
use borne_gateway_api::{EndReason, Secret};
use borne_gateway_model::{
    AuditKind, BUDGET, BadgeId, Counted, Login, Moment, Pin, PinHash, Uid, Verdict, verdict,
};
use borne_gateway_storage::{BadgeRow, Tx};

/// Registers a badge.
pub async fn add(act: &Act<'_>, login: &str, uid: &Secret, pin: &Secret) -> Answer {
    let login = parse_login(login)?;
    let uid = Uid::enrolled(uid.expose()).map_err(|e| e.to_string())?;
    let hash = hash(act, pin).await?;
    let (key, now) = (act.gateway.pins.key(&uid), act.now());
    let mut tx = act.begin().await?;
    let Some(id) = tx.add_badge(&key, &uid.hint(), &login, &hash, now).await.map_err(failed)?
    else {
        return Err(registered_already(&mut tx, &key, &login).await?);
    };
    let event = act.event(AuditKind::BadgeAdded).login(&login).badge(id);
    tx.audit(&event, now).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    let (hint, login) = (uid.hint(), login.as_str());
    let remark = uid.remark().map_or_else(String::new, |remark| format!("; note: {remark}"));
    Ok(AdminAnswer::Done(format!("badge {} (…{hint}) is registered for {login}{remark}", id.0)))
}

async fn registered_already(
    tx: &mut Tx,
    key: &borne_gateway_model::BadgeKey,
    login: &Login,
) -> Result<String, String> {
    let known = tx.badge_of(key).await.map_err(failed)?;
    Ok(match known {
        Some(badge) if badge.login == *login => format!(
            "this is badge {} already; for a new PIN: bornectl badge set-pin --badge {}",
            badge.id.0, badge.id.0
        ),
        _ => "this badge belongs to another login; remove it there first".to_owned(),
    })
}

/// All badges.
pub async fn list(act: &Act<'_>) -> Answer {
    let all = act.begin().await?.badges().await.map_err(failed)?;
    let of_login = |login: &Login| -> u32 {
        all.iter().filter(|badge| badge.login == *login).map(|badge| badge.wrong_since_set).sum()
    };
    let now = act.now();
    let lines = all.iter().map(|badge| line(badge, of_login(&badge.login), now)).collect();
    Ok(AdminAnswer::Badges(lines))
}

fn line(badge: &BadgeRow, since_set: u32, now: Moment) -> BadgeLine {
    let anywhere = (badge.wrong_in_row, badge.wrong_at);
    let counted = Counted { anywhere, since_set, ..Counted::default() };
    let (state, wait_seconds) = match verdict(&counted, now) {
        Verdict::NewPin => (BadgeState::Locked, None),
        Verdict::Wait(seconds) => (BadgeState::Waiting, Some(seconds)),
        Verdict::Go { .. } => (BadgeState::Ok, None),
    };
    BadgeLine {
        badge: badge.id.0,
        login: badge.login.as_str().to_owned(),
        uid_hint: badge.uid_hint.clone(),
        state,
        wait_seconds,
        wrong_in_row: badge.wrong_in_row,
        wrong_since_set: since_set,
        wrong_allowed: BUDGET,
        added: badge.added_at.iso(),
    }
}

/// Forgets the wrong PINs in a row; what was guessed since the PIN was set stays counted.
pub async fn unlock(act: &Act<'_>, wanted: &Badges) -> Answer {
    let mut tx = act.begin().await?;
    let found = find(&mut tx, wanted).await?;
    for badge in &found {
        tx.clear_wrong(badge.id).await.map_err(failed)?;
        let event = act.event(AuditKind::BadgeUnlocked).login(&badge.login).badge(badge.id);
        tx.audit(&event, act.now()).await.map_err(failed)?;
    }
    let used_up = found.iter().map(|badge| badge.wrong_since_set).sum::<u32>() >= BUDGET;
    tx.commit().await.map_err(failed)?;
    let more = if used_up { "; too many wrong PINs since it was set: set a new PIN" } else { "" };
    Ok(AdminAnswer::Done(format!("{} unlocked{more}", said(&found))))
}

/// Removes them, and ends the sessions that were opened with them.
pub async fn remove(act: &Act<'_>, wanted: &Badges) -> Answer {
    let mut tx = act.begin().await?;
    let found = find(&mut tx, wanted).await?;
    for badge in &found {
        tx.remove_badge(badge.id).await.map_err(failed)?;
    }
    finish(act, tx, &found, AuditKind::BadgeRemoved, "removed").await
}

/// Sets the PIN, and ends the sessions that were opened with the old one.
pub async fn set_pin(act: &Act<'_>, wanted: &Badges, pin: &Secret) -> Answer {
    // Hashed outside of any transaction; a hash of its own for each badge.
    let count = find(&mut act.begin().await?, wanted).await?.len();
    let mut hashes = Vec::new();
    for _ in 0..count {
        hashes.push(hash(act, pin).await?);
    }
    let mut tx = act.begin().await?;
    let found = find(&mut tx, wanted).await?;
    if found.len() != count {
        return Err("the badges have changed meanwhile; try again".to_owned());
    }
    for (badge, hash) in found.iter().zip(&hashes) {
        tx.set_pin(badge.id, hash).await.map_err(failed)?;
    }
    finish(act, tx, &found, AuditKind::PinSet, "has a new PIN").await
}

async fn finish(
    act: &Act<'_>,
    mut tx: Tx,
    found: &[BadgeRow],
    kind: AuditKind,
    what: &str,
) -> Answer {
    for badge in found {
        let event = act.event(kind).login(&badge.login).badge(badge.id);
        tx.audit(&event, act.now()).await.map_err(failed)?;
    }
    let ids: Vec<BadgeId> = found.iter().map(|badge| badge.id).collect();
    let meant = |session: &borne_gateway_storage::OpenSession| {
        session.badge().is_some_and(|badge| ids.contains(&badge))
    };
    let (sessions, actor) = (&act.gateway.sessions, Some(act.actor.as_str()));
    let ended = sessions.end_all_in(&mut tx, meant, EndReason::BadgeChanged, actor).await;
    let ended = ended.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    let over = match ended.count() {
        0 => String::new(),
        count => format!("; {count} session(s) ended"),
    };
    sessions.ended(ended);
    Ok(AdminAnswer::Done(format!("{} {what}{over}", said(found))))
}

fn said(found: &[BadgeRow]) -> String {
    let one = |badge: &BadgeRow| {
        format!("badge {} (…{}) of {}", badge.id.0, badge.uid_hint, badge.login.as_str())
    };
    found.iter().map(one).collect::<Vec<_>>().join(", ")
}

async fn hash(act: &Act<'_>, pin: &Secret) -> Result<PinHash, String> {
    let pin = Pin::chosen(pin.expose()).map_err(|e| e.to_string())?;
    act.gateway.pins.make(pin).await.map_err(failed)
}

fn parse_login(text: &str) -> Result<Login, String> {
    Login::read(text).map_err(|e| e.to_string())
}

async fn find(tx: &mut Tx, wanted: &Badges) -> Result<Vec<BadgeRow>, String> {
    let mut found = tx.badges().await.map_err(failed)?;
    match wanted {
        Badges::Badge(id) => {
            found.retain(|badge| badge.id.0 == *id);
            if found.is_empty() { Err(format!("there is no badge {id}")) } else { Ok(found) }
        }
        Badges::Login { login, all } => {
            let login = parse_login(login)?;
            found.retain(|badge| badge.login == login);
            match found.len() {
                0 => Err(format!("{} has no badge", login.as_str())),
                1 => Ok(found),
                _ if *all => Ok(found),
                _ => Err(format!(
                    "several are meant: {}; say --badge NUMBER, or --all-badges",
                    said(&found)
                )),
            }
        }
    }
}
