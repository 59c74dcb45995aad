//! The SSO session: made of a verified badge and a good account, and of nothing else.

use crate::{Account, Moment, NoRandomness, Random, VerifiedBadge};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use borne_gateway_api::SessionId;

/// A joined terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TerminalId(pub i64);

impl From<i64> for TerminalId {
    fn from(row: i64) -> Self {
        Self(row)
    }
}

/// A session of an agent at the gateway. There is no other way to one than [`SsoSession::open`].
#[derive(Debug)]
pub struct SsoSession {
    id: SessionId,
    badge: VerifiedBadge,
    account: Account,
    started: Moment,
    ends: Moment,
}

impl SsoSession {
    /// Opens a session for at most `life_ms`.
    ///
    /// # Errors
    /// No randomness.
    pub fn open(
        badge: VerifiedBadge,
        account: Account,
        now: Moment,
        life_ms: u64,
        random: &dyn Random,
    ) -> Result<Self, NoRandomness> {
        let id = SessionId(identifier(random)?);
        Ok(Self { id, badge, account, started: now, ends: now.plus_ms(life_ms) })
    }

    /// Its name, which opens nothing.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The badge it was opened with.
    #[must_use]
    pub fn badge(&self) -> &VerifiedBadge {
        &self.badge
    }

    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// When it was opened.
    #[must_use]
    pub fn started(&self) -> Moment {
        self.started
    }

    /// Its absolute end.
    #[must_use]
    pub fn ends(&self) -> Moment {
        self.ends
    }
}

/// 128 random bits, base64url: names a thing, opens nothing.
pub(crate) fn identifier(random: &dyn Random) -> Result<String, NoRandomness> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(BASE64.encode(bytes))
}

/// A fresh name for a tap.
///
/// # Errors
/// No randomness.
pub fn tap_id(random: &dyn Random) -> Result<borne_gateway_api::TapId, NoRandomness> {
    Ok(borne_gateway_api::TapId(identifier(random)?))
}
