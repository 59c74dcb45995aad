//! One accepted connection, as the handlers see it.

use crate::door::Place;
use rustls::pki_types::CertificateDer;
use std::net::IpAddr;
use std::sync::Arc;

/// Who is at the other end, as far as TCP and TLS know.
#[derive(Clone)]
pub struct Connection {
    /// Its address.
    pub address: IpAddr,
    /// The certificate it showed, which rustls has verified.
    pub certificate: Option<CertificateDer<'static>>,
    /// Its place among strangers; `None` for a known terminal.
    pub place: Option<Arc<Place<IpAddr>>>,
}

impl Connection {
    /// A request was refused: this stranger will have to come slower.
    pub fn refused(&self) {
        if let Some(place) = &self.place {
            place.refused();
        }
    }
}
