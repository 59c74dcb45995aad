//! What Active Directory says: `userAccountControl`, `msDS-User-Account-Control-Computed`,
//! `lockoutTime` and `accountExpires` (MS-ADTS 2.2.16, 3.1.1.4.5.17; MS-ADA1, MS-ADA3).

use super::moment::filetime;
use super::{Attributes, number};
use crate::Moment;
use borne_gateway_api::Refusal;

/// What the account's entry is asked for.
pub const ATTRIBUTES: &[&str] = &[
    "sAMAccountName",
    "givenName",
    "sn",
    "mail",
    "userAccountControl",
    "msDS-User-Account-Control-Computed",
    "lockoutTime",
    "accountExpires",
];

/// UF_ACCOUNTDISABLE.
const DISABLED: i64 = 0x2;
/// UF_LOCKOUT. Kept up to date in the computed attribute only.
const LOCKED_OUT: i64 = 0x10;

/// Whether the account is open now.
pub fn judge(entry: &dyn Attributes, now: Moment) -> Result<(), Refusal> {
    if number(entry, "userAccountControl")?.is_none_or(|flags| flags & DISABLED != 0) {
        return Err(Refusal::AccountDisabled);
    }
    // `lockoutTime` keeps the time of a lock that is long over: only the server can tell, and does
    // in the computed flags. Without them any lock counts.
    let locked = match number(entry, "msDS-User-Account-Control-Computed")? {
        Some(flags) => flags & LOCKED_OUT != 0,
        None => number(entry, "lockoutTime")?.is_some_and(|at| at != 0),
    };
    if locked {
        return Err(Refusal::AccountDisabled);
    }
    match number(entry, "accountExpires")? {
        // Never.
        None | Some(0 | i64::MAX) => Ok(()),
        Some(..0) => Err(Refusal::AccountDisabled),
        Some(ticks) if filetime(ticks) <= now => Err(Refusal::AccountExpired),
        Some(_) => Ok(()),
    }
}
