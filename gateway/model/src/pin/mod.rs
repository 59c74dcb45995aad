//! PINs: six digits, Argon2id (RFC 9106) with a pepper kept outside the database.

mod weak;

pub use weak::Weak;

use crate::{BadgeId, Login, NoRandomness, Random, TerminalId};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use borne_gateway_api::PIN_DIGITS;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Argon2id cost: memory in KiB, passes, lanes. Chosen for 50 to 100 ms on a small office server.
const COST: (u32, u32, u32) = (32 * 1024, 2, 1);
/// How many PINs there are.
const ALL: u32 = 1_000_000;
const DRAWS: usize = 100;
const SALT: usize = 16;
const OUTPUT: usize = 32;

/// The gateway's long-term secret, a file beside the database: 32 bytes for PINs, 32 for UIDs.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Pepper([u8; 64]);

impl Pepper {
    /// Takes 64 random bytes over.
    #[must_use]
    pub fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    fn for_pins(&self) -> &[u8] {
        &self.0[..32]
    }

    pub(crate) fn for_uids(&self) -> &[u8] {
        &self.0[32..]
    }
}

/// Six digits.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Pin(String);

/// Why digits are no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPin {
    /// Wrong count, or not digits.
    #[error("a PIN is six digits")]
    Shape,
    /// Among the first that are tried.
    #[error("this PIN is too easy to guess: {}; choose another one", .0.why())]
    TooSimple(Weak),
}

impl Pin {
    /// Reads a PIN somebody typed.
    ///
    /// # Errors
    /// [`BadPin::Shape`] only: what is too simple is refused when it is chosen, not when it is
    /// typed.
    pub fn typed(text: &str) -> Result<Self, BadPin> {
        let good = text.len() == PIN_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        good.then(|| Self(text.to_owned())).ok_or(BadPin::Shape)
    }

    /// Reads a PIN somebody chose.
    ///
    /// # Errors
    /// See [`BadPin`].
    pub fn chosen(text: &str) -> Result<Self, BadPin> {
        let pin = Self::typed(text)?;
        match weak::weakness(&pin.0) {
            Some(weak) => Err(BadPin::TooSimple(weak)),
            None => Ok(pin),
        }
    }

    /// Draws one that could have been chosen, each as likely as any other.
    ///
    /// # Errors
    /// No randomness.
    pub fn draw(random: &dyn Random) -> Result<Self, NoRandomness> {
        // Some one in nine is drawn again, and the few numbers that would make the first ones
        // likelier; a source that never gives a good one is none.
        for _ in 0..DRAWS {
            let mut bytes = Zeroizing::new([0; 4]);
            random.fill(bytes.as_mut_slice())?;
            let number = Zeroizing::new(u32::from_le_bytes(*bytes));
            if *number < u32::MAX / ALL * ALL
                && let Ok(pin) = Self::chosen(&Zeroizing::new(format!("{:06}", *number % ALL)))
            {
                return Ok(pin);
            }
        }
        Err(NoRandomness)
    }

    /// Its digits, to be shown once to whoever hands it to the agent.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A hash as the database keeps it: `argon2id$m,t,p$salt$hash`.
#[derive(Clone)]
pub struct PinHash(pub String);

impl From<String> for PinHash {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A stored hash cannot be read: the database was damaged.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a stored PIN hash cannot be read")]
pub struct BrokenPinHash;

impl PinHash {
    /// Hashes a chosen PIN with a fresh salt.
    ///
    /// # Errors
    /// No randomness.
    pub fn make(pin: &Pin, pepper: &Pepper, random: &dyn Random) -> Result<Self, NoRandomness> {
        let mut salt = [0; SALT];
        random.fill(&mut salt)?;
        let hash = argon2id(COST, pin, pepper, &salt).map_err(|BrokenPinHash| NoRandomness)?;
        let (m, t, p) = COST;
        Ok(Self(format!(
            "argon2id${m},{t},{p}${}${}",
            BASE64.encode(salt),
            BASE64.encode(hash.as_slice())
        )))
    }

    fn matches(&self, pin: &Pin, pepper: &Pepper) -> Result<bool, BrokenPinHash> {
        let fields: Vec<&str> = self.0.split('$').collect();
        let ["argon2id", cost, salt, hash] = fields[..] else { return Err(BrokenPinHash) };
        let numbers: Vec<u32> = cost.split(',').filter_map(|n| n.parse().ok()).collect();
        let [m, t, p] = numbers[..] else { return Err(BrokenPinHash) };
        let salt = BASE64.decode(salt).map_err(|_| BrokenPinHash)?;
        let hash = BASE64.decode(hash).map_err(|_| BrokenPinHash)?;
        let found = argon2id((m, t, p), pin, pepper, &salt)?;
        // No early exit on the first difference.
        let differences = found.iter().zip(&hash).fold(0, |sum, (a, b)| sum | (a ^ b));
        Ok(hash.len() == OUTPUT && differences == 0)
    }
}

fn argon2id(
    cost: (u32, u32, u32),
    pin: &Pin,
    pepper: &Pepper,
    salt: &[u8],
) -> Result<Zeroizing<[u8; OUTPUT]>, BrokenPinHash> {
    let params = Params::new(cost.0, cost.1, cost.2, Some(OUTPUT)).map_err(|_| BrokenPinHash)?;
    let mut out = Zeroizing::new([0; OUTPUT]);
    Argon2::new_with_secret(pepper.for_pins(), Algorithm::Argon2id, Version::V0x13, params)
        .and_then(|argon2| argon2.hash_password_into(pin.0.as_bytes(), salt, out.as_mut_slice()))
        .map_err(|_| BrokenPinHash)?;
    Ok(out)
}

/// Proof that a badge was laid on a terminal and its PIN was typed there. Only [`check`] makes one,
/// and an `SsoSession` cannot be opened without.
#[derive(Debug)]
pub struct VerifiedBadge {
    badge: BadgeId,
    login: Login,
    terminal: TerminalId,
}

impl VerifiedBadge {
    /// The badge.
    #[must_use]
    pub fn badge(&self) -> BadgeId {
        self.badge
    }

    /// Whose badge it is.
    #[must_use]
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// Where it was laid.
    #[must_use]
    pub fn terminal(&self) -> TerminalId {
        self.terminal
    }
}

/// Compares a typed PIN with the badge's hash. The caller has counted the try already, so that
/// tries in parallel or a killed process cannot win any. Takes 50 to 100 ms of one core.
///
/// # Errors
/// The stored hash is damaged.
pub fn check(
    badge: BadgeId,
    login: Login,
    terminal: TerminalId,
    hash: &PinHash,
    pin: &Pin,
    pepper: &Pepper,
) -> Result<Option<VerifiedBadge>, BrokenPinHash> {
    Ok(hash.matches(pin, pepper)?.then_some(VerifiedBadge { badge, login, terminal }))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Random for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
            out.fill(9);
            Ok(())
        }
    }

    #[test]
    fn only_the_right_pin_under_the_right_pepper_verifies() {
        let (pepper, other) = (Pepper::new([1; 64]), Pepper::new([2; 64]));
        let hash = PinHash::make(&Pin::chosen("604817").unwrap(), &pepper, &Fixed).unwrap();
        let verify = |pin: &str, pepper| {
            let pin = Pin::typed(pin).unwrap();
            check(BadgeId(1), Login::parse("a.b").unwrap(), TerminalId(1), &hash, &pin, pepper)
                .unwrap()
                .is_some()
        };
        assert!(verify("604817", &pepper));
        assert!(!verify("604818", &pepper));
        assert!(!verify("604817", &other));
    }

    #[test]
    fn what_is_too_simple_to_choose_can_be_typed() {
        assert_eq!(Pin::chosen("121212").err(), Some(BadPin::TooSimple(Weak::TwoDigits)));
        assert!(Pin::typed("121212").is_ok());
        for odd in ["12345", "12345a", "1234567", "", "１２３４５６"] {
            assert_eq!(Pin::typed(odd).err(), Some(BadPin::Shape), "{odd}");
            assert_eq!(Pin::chosen(odd).err(), Some(BadPin::Shape), "{odd}");
        }
        let said = BadPin::TooSimple(Weak::Date).to_string();
        assert!(said.contains("easy to guess") && said.contains("date"), "{said}");
    }

    #[test]
    fn a_drawn_pin_could_have_been_chosen_and_a_broken_source_gives_none() {
        struct Counting(std::sync::atomic::AtomicU32);
        impl Random for Counting {
            fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
                let next = self.0.fetch_add(48_271 * 65_537, std::sync::atomic::Ordering::SeqCst);
                out.copy_from_slice(&next.to_le_bytes());
                Ok(())
            }
        }
        struct Zeros;
        impl Random for Zeros {
            fn fill(&self, out: &mut [u8]) -> Result<(), NoRandomness> {
                out.fill(0);
                Ok(())
            }
        }
        let source = Counting(1.into());
        let drawn: std::collections::BTreeSet<String> =
            (0..1_000).map(|_| Pin::draw(&source).unwrap().expose().to_owned()).collect();
        assert!(drawn.len() > 990, "{}", drawn.len());
        assert!(drawn.iter().all(|pin| Pin::chosen(pin).is_ok()));
        assert!(Pin::draw(&Zeros).is_err());
    }
}
