//! The trap: a hostile web site at the far end of real TLS, in the town's network, driven by the
//! test.
//!
//! ```text
//! let world = world(Settings { trap: Lure::Home, ..Settings::default() });   // a login lands on the trap
//! let trap = world.trap();                                                   // starts it
//! trap.forget();                                                             // what was of an earlier session
//! Visit::at(&world.terminal).log_in(&agent("a.martin"));
//! let page = trap.page();                                                    // waits until the page asks for orders
//! page.run("localStorage.setItem('a', 'b'); return document.cookie");        // body of an async function; its outcome
//! let click = page.on_touch("return String(window.open('/'))");              // within the next touch: a user gesture
//! visit.click((640, 400)); click.outcome();
//! trap.heard("piege.mairie.example", "/path");                       // what came to the site
//! trap.wire().strayed();                                             // where the terminal sent packets to
//! ```
//!
//! The sites: [`HOST`] and [`NEIGHBOUR`] are on the terminal's list, in the attacker's hands, with
//! certificates of the town's authority; so are the [`faces`], whose certificates are not to be
//! trusted. *Every other name* there is leads to one more server of the attacker's that really
//! listens and answers everything, so that the terminal's list is the only wall. Each answers any
//! path with the page that asks for orders ([`Trap::serve`] changes that for one path).
//!
//! Duties: do what the attacker's servers would do, and write down all that reaches them, each
//! packet, each question to the name server. Never: a verdict.

mod control;
pub mod faces;
mod http;
mod names;
mod site;
mod socket;
mod wire;

pub use control::{Page, Pending};
pub use http::{Answer, Request};
pub use wire::Wire;

use crate::town::{House, Town};
use site::Site;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex, OnceLock};

/// On the list: where a login lands with [`crate::settings::Lure::Home`].
pub const HOST: &str = "piege.mairie.example";
/// On the list too: another origin of the same attacker.
pub const NEIGHBOUR: &str = "voisin.mairie.example";
/// Not on the list. Any other name off the list will do as well: all lead to the same server.
pub const EVIL: &str = "mal.example";

/// Where the server behind all other names listens.
const ELSEWHERE_PORTS: [u16; 5] = [80, 443, 8080, 8443, 3128];

/// The attacker's servers. They run until the process ends.
pub struct Trap {
    site: Arc<Site>,
    names: Arc<Mutex<Vec<String>>>,
    wire: Wire,
    elsewhere: IpAddr,
}

impl Trap {
    /// The servers, in this process' town; started when they are first asked for.
    ///
    /// # Panics
    /// When an address of theirs is taken.
    #[must_use]
    pub fn of(town: &Town) -> &'static Self {
        static TRAP: OnceLock<Trap> = OnceLock::new();
        TRAP.get_or_init(|| Self::start(town))
    }

    fn start(town: &Town) -> Self {
        let address =
            |name: &str| -> IpAddr { town.variable(name).parse().expect("an address of the town") };
        let (trap, elsewhere) = (address("TRAP_ADDRESS"), address("ELSEWHERE_ADDRESS"));
        let site = Site::new(&town.state().join("pki"));
        let listen = |at: SocketAddr| {
            TcpListener::bind(at).unwrap_or_else(|error| panic!("listen at {at}: {error}"))
        };
        let (ours, others, names, wire) = town.within(House::Hall, || {
            let ours = listen((trap, 443).into());
            let others = ELSEWHERE_PORTS.map(|port| listen((elsewhere, port).into()));
            let names = UdpSocket::bind((elsewhere, 53)).expect("listen for the name server");
            (ours, others, names, Wire::listen(address("TERMINAL_ADDRESS")))
        });
        site::serve(&site, ours);
        others.into_iter().for_each(|listener| site::serve(&site, listener));
        faces::serve_old_tls(town, trap);
        Self { site, names: names::serve(names, trap, elsewhere), wire, elsewhere }
    }

    /// The page at `/` of [`HOST`] that asked for orders last.
    ///
    /// # Panics
    /// When none does within half a minute.
    #[must_use]
    #[track_caller]
    pub fn page(&self) -> Page {
        self.page_at(HOST, "/")
    }

    /// Forgets pages, requests, names and packets: before a login, so that what comes is of that
    /// session.
    pub fn forget(&self) {
        self.site.forget();
        lock(&self.names).clear();
        self.wire.forget();
    }

    /// Forgets pages alone: the next one is a page that was loaded, or that asks again, after this.
    pub fn forget_pages(&self) {
        self.site.control.forget();
    }

    /// The page that asked for orders last, of those with this address (no query).
    ///
    /// # Panics
    /// When none does within half a minute.
    #[must_use]
    #[track_caller]
    pub fn page_at(&self, host: &str, path: &str) -> Page {
        Page::wait_for(&self.site.control, host, path)
    }

    /// Whether a page with this address has ever asked for orders: did something open there?
    #[must_use]
    pub fn has_page(&self, host: &str, path: &str) -> bool {
        self.site.control.latest(host, path).is_some()
    }

    /// From now on `path`, at every host, is answered so.
    pub fn serve(&self, path: &str, answer: Answer) {
        self.site.put(path, answer);
    }

    /// The requests a host got for a path (without its query); `host` is the one of the address
    /// line.
    #[must_use]
    pub fn heard(&self, host: &str, path: &str) -> Vec<Request> {
        self.requests()
            .into_iter()
            .filter(|request| request.host == host && request.path == path)
            .collect()
    }

    /// All requests so far, but those for orders.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.site.requests()
    }

    /// Connections that got as far as TLS: the name each client asked for, and how the handshake
    /// ended.
    #[must_use]
    pub fn handshakes(&self) -> Vec<(String, Result<(), String>)> {
        self.site.handshakes()
    }

    /// Names the terminal asked its name server for.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        lock(&self.names).clone()
    }

    /// Those of them that are not on the terminal's list.
    #[must_use]
    pub fn asked_off_the_list(&self) -> Vec<String> {
        self.asked().into_iter().filter(|name| !names::is_ours(name)).collect()
    }

    /// Every packet of the terminal.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The address behind every name that is not the town's.
    #[must_use]
    pub fn elsewhere(&self) -> IpAddr {
        self.elsewhere
    }

    /// The places a terminal must list to be trapped, as in `browser.allow`.
    #[must_use]
    pub fn places() -> Vec<String> {
        let hosts = [HOST, NEIGHBOUR].into_iter().chain(faces::FACES.iter().map(|face| face.host));
        hosts.map(|host| format!("{host}:443")).chain([faces::old_tls_place()]).collect()
    }
}

/// A poisoned lock only means that another connection's thread failed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
