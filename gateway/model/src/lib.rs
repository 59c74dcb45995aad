//! The rules of the gateway, without a socket, a file, a clock or a source of randomness of its
//! own.
//!
//! Duties: what a badge, a PIN, a ticket and an [`SsoSession`] are and when they may come to be.
//! Never: I/O; the current time ([`Moment`] is a parameter); its own randomness ([`Random`] is a
//! parameter).
#![forbid(unsafe_code)]

pub use borne_gateway_api as api;

mod account;
mod audit;
mod badge;
mod cas;
mod client;
mod guard;
mod limit;
mod login;
mod moment;
mod pin;
pub mod query;
mod random;
mod renewal;
mod session;
mod text;
mod ticket;
mod update;

pub use account::{Account, Attributes, DirectoryProfile, judge};
pub use audit::{AuditEvent, AuditKind, LogoutOutcome};
pub use badge::{BadEnrolment, BadUid, BadgeId, BadgeKey, Uid};
pub use cas::{CasClient, append_query};
pub use client::{Client, Clients, Logout, LogoutStrategy, Protocol};
pub use guard::{
    BUDGET, Counted, SLOWED_MS, SUSPECT_MS, SUSPECTS_IN_TOWN, SUSPECTS_PER_TERMINAL, Verdict,
    verdict,
};
pub use limit::RateLimit;
pub use login::{BadLogin, Login, NotALogin};
pub use moment::Moment;
pub use pin::{BadPin, BrokenPinHash, Pepper, Pin, PinHash, VerifiedBadge, Weak, check};
pub use random::{NoRandomness, Random};
pub use renewal::{RENEWALS_PER_MINUTE, is_renewal_due};
pub use session::{SsoSession, TerminalId, tap_id};
pub use ticket::{Digest, Kind, Minted, digest, mint, verify_proof};
pub use update::{BadOffer, Offer, due};
