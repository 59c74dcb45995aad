//! The secrets a database belongs to: the pepper and the terminals' authority.
//!
//! They are drawn once, for a database that nothing depends on yet; from then on the database knows
//! them by digest. Never: draw a new one beside a database in use; start with one that is not its own.

use crate::authority::Authority;
use crate::error::StartError;
use crate::files::{read_if_there, write_private};
use crate::state_dir::{CA_CERTIFICATE, CA_KEY, PEPPER, StateDir, StateError};
use borne_gateway_model::{Moment, Pepper, Random};
use borne_gateway_storage::{Born, Storage};
use ring::digest::{Context, SHA256};
use zeroize::Zeroizing;

/// 2026-01-01: no gateway of this version has run before.
pub const FIRST_DAY: Moment = Moment(1_767_225_600_000);

/// Both, belonging to the database.
pub struct Secrets {
    pub pepper: Pepper,
    pub authority: Authority,
}

impl Secrets {
    /// Reads them, or draws them on first start.
    pub async fn open(
        state: &StateDir,
        db: &Storage,
        random: &dyn Random,
        now: Moment,
    ) -> Result<Self, StartError> {
        let mut tx = db.begin().await?;
        let born = tx.born().await?;
        if born.is_none() && !tx.is_used().await? {
            draw(state, random, now)?;
        }
        let (secrets, found) = Self::read(state)?;
        match born {
            Some(born) => belongs(state, &born, &found)?,
            None => {
                tx.bear(&found, now).await?;
                tx.commit().await?;
            }
        }
        Ok(secrets)
    }

    /// Reads what is there, with its digests.
    pub fn read(state: &StateDir) -> Result<(Self, Born), StateError> {
        let path = state.file(PEPPER);
        let bytes = read_if_there(&path)?.map(Zeroizing::new);
        let bytes = bytes.ok_or_else(|| StateError::Missing { path: path.clone() })?;
        let pepper: Zeroizing<[u8; 64]> =
            Zeroizing::new(bytes.as_slice().try_into().map_err(|_| StateError::Damaged { path })?);
        let authority = Authority::read(state)?;
        let born = Born {
            pepper: digest("pepper", pepper.as_slice()),
            authority: digest("authority", authority.key_der().as_slice()),
            certificate: digest("certificate", authority.certificate()),
        };
        Ok((Self { pepper: Pepper::new(*pepper), authority }, born))
    }
}

/// Whether what is there is what the database was born with.
pub fn belongs(state: &StateDir, born: &Born, found: &Born) -> Result<(), StateError> {
    let own = [
        (PEPPER, born.pepper == found.pepper),
        (CA_KEY, born.authority == found.authority),
        (CA_CERTIFICATE, born.certificate == found.certificate),
    ];
    match own.iter().find(|(_, own)| !own) {
        Some((name, _)) => Err(StateError::Foreign { path: state.file(name) }),
        None => Ok(()),
    }
}

/// Draws what a start that was cut short has not left already.
fn draw(state: &StateDir, random: &dyn Random, now: Moment) -> Result<(), StateError> {
    if now < FIRST_DAY {
        return Err(StateError::Clock { now: now.iso() });
    }
    let path = state.file(PEPPER);
    if read_if_there(&path)?.is_none() {
        let mut fresh = Zeroizing::new([0; 64]);
        random.fill(fresh.as_mut_slice())?;
        write_private(&path, fresh.as_slice())?;
    }
    Authority::make(state, now)
}

fn digest(of: &str, bytes: &[u8]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(format!("borne born with this {of}\n").as_bytes());
    context.update(bytes);
    context.finish().as_ref().to_vec()
}
