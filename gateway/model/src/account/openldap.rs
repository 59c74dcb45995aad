//! What OpenLDAP says: `shadowExpire` (RFC 2307, days), and the password policy's lock and validity
//! (draft-behera-ldap-password-policy-10, slapo-ppolicy(5)).

use super::moment::generalized;
use super::{Attributes, number};
use crate::Moment;
use borne_gateway_api::Refusal;
use std::borrow::Cow;

/// What the account's own entry is asked for.
pub const ATTRIBUTES: &[&str] = &[
    "uid",
    "givenName",
    "sn",
    "mail",
    "shadowExpire",
    "pwdAccountLockedTime",
    "pwdStartTime",
    "pwdEndTime",
    "pwdPolicySubentry",
];

/// What a policy's entry is asked for.
pub const POLICY_ATTRIBUTES: &[&str] = &["pwdLockout", "pwdLockoutDuration"];

/// Whether the account is open now. A lock whose end cannot be worked out has none.
pub fn judge(
    entry: &dyn Attributes,
    policy: Option<&dyn Attributes>,
    now: Moment,
) -> Result<(), Refusal> {
    if let Some(since) = entry.first("pwdAccountLockedTime")
        && is_locked(&since, policy, now)
    {
        return Err(Refusal::AccountDisabled);
    }
    let time = |name| {
        let text = entry.first(name);
        text.map(|text| generalized(text.trim()).ok_or(Refusal::AccountDisabled)).transpose()
    };
    if time("pwdStartTime")?.is_some_and(|start| now < start) {
        return Err(Refusal::AccountDisabled);
    }
    let day = number(entry, "shadowExpire")?.filter(|&days| days >= 0);
    if day.is_some_and(|day| day <= now.days()) || time("pwdEndTime")?.is_some_and(|end| end <= now)
    {
        return Err(Refusal::AccountExpired);
    }
    Ok(())
}

/// DN of the policy that says how long a lock lasts: the account's own, or nothing for the
/// default one. `None` when no policy matters.
pub fn wanted_policy(entry: &dyn Attributes) -> Option<Option<Cow<'_, str>>> {
    let since = entry.first("pwdAccountLockedTime")?;
    (!is_for_ever(&since)).then(|| entry.first("pwdPolicySubentry"))
}

/// 000001010000Z, in any spelling: locked until somebody unlocks it (slapo-ppolicy(5)).
fn is_for_ever(since: &str) -> bool {
    since.trim().starts_with("0000")
}

fn is_locked(since: &str, policy: Option<&dyn Attributes>, now: Moment) -> bool {
    if is_for_ever(since) {
        return true;
    }
    let Some((since, policy)) = generalized(since.trim()).zip(policy) else { return true };
    if policy.first("pwdLockout").is_some_and(|text| text.trim().eq_ignore_ascii_case("false")) {
        return false;
    }
    // Absent or 0: until somebody unlocks it.
    match number(policy, "pwdLockoutDuration") {
        Ok(Some(seconds @ 1..)) => {
            now < since.plus_ms(seconds.unsigned_abs().saturating_mul(1_000))
        }
        _ => true,
    }
}
