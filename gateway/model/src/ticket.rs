//! Everything random that opens something: 256 bits, handed out once as text, kept as a SHA-256
//! digest.

use crate::{NoRandomness, Random};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use borne_gateway_api::Secret;
use ring::signature;

/// What a ticket opens; CAS wants its kinds to be told by their beginning (CAS Protocol 3.0,
/// section 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One joining of one terminal.
    Join,
    /// One redeem by one terminal's browser.
    Login,
    /// The SSO cookie (CAS: ticket-granting cookie).
    Cookie,
    /// CAS service ticket.
    Service,
    /// CAS proxy ticket.
    Proxy,
    /// CAS proxy-granting ticket.
    ProxyGranting,
    /// CAS proxy-granting ticket's receipt.
    ProxyGrantingIou,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Join | Self::Login | Self::Cookie => "",
            Self::Service => "ST-",
            Self::Proxy => "PT-",
            Self::ProxyGranting => "PGT-",
            Self::ProxyGrantingIou => "PGTIOU-",
        }
    }
}

/// A fresh ticket.
pub struct Minted {
    /// To be handed out, once.
    pub text: Secret,
    /// To be kept.
    pub digest: Digest,
}

/// SHA-256 of a ticket's text.
#[derive(Clone, PartialEq, Eq)]
pub struct Digest(pub Vec<u8>);

/// Makes a ticket of 256 random bits.
///
/// # Errors
/// No randomness.
pub fn mint(kind: Kind, random: &dyn Random) -> Result<Minted, NoRandomness> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    random.fill(bytes.as_mut_slice())?;
    let text = format!("{}{}", kind.prefix(), BASE64.encode(bytes.as_slice()));
    let digest = digest(&text);
    Ok(Minted { text: Secret::new(text), digest })
}

/// What a presented ticket is looked up by.
#[must_use]
pub fn digest(text: &str) -> Digest {
    Digest(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref().to_vec())
}

/// Checks that `proof` (base64url of an ASN.1 DER ECDSA P-256 SHA-256 signature) over
/// `borne_gateway_api::proof(ticket)` was made by the key whose uncompressed point is `public_key`.
#[must_use]
pub fn verify_proof(ticket: &str, proof: &str, public_key: &[u8]) -> bool {
    let Ok(proof) = BASE64.decode(proof) else { return false };
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, public_key)
        .verify(&borne_gateway_api::proof(ticket), &proof)
        .is_ok()
}
