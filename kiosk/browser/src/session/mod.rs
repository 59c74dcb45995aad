//! The browser's life: prepared, warmed, opened once, left once.
//!
//! Duties: one phase at a time, each order only in its phase, and what the page meets turned into
//! events. Never: a second login, a way back to the login page, an order out of turn (that ends the
//! process).

mod network;

use crate::document::{Content, Document};
use crate::engine::Engine;
use crate::kinds;
use crate::link::{self, Link};
use crate::lock::{self, PageEvent, Shows};
use crate::login::{self, Login, Progress};
use crate::policy::AllowList;
use crate::window::Window;
use borne_ipc::{BrowserEvent, BrowserOrder, BrowserPolicy, LoadFailure, PageNotice, Secret};
use gtk::glib;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};
use webkit2gtk::{WebView, WebViewExt};

/// A logout page that has not loaded by then is not waited for.
const LOGOUT_DEADLINE: Duration = Duration::from_secs(3);
/// A warm page that has not loaded by then is not waited for either: a cold standby is better than
/// none.
const WARM_DEADLINE: Duration = Duration::from_secs(10);
/// A page can refuse itself a thousand times a second; the shell need not hear of each repetition.
const NOTICE_INTERVAL: Duration = Duration::from_millis(200);

enum Phase {
    Unprepared,
    Preparing(Browser),
    Warming(Browser),
    Standby(Browser),
    Opening(Browser, Login),
    /// Loaded; the frame that shows it is awaited.
    Painting(Browser),
    Active(Browser),
    Leaving(Browser, VecDeque<String>),
    /// Nothing is left to do but to end with the supervisor.
    Over,
}

struct Browser {
    engine: Engine,
    view: WebView,
    window: Window,
    allow: Rc<AllowList>,
    /// The groupware's editor for mail addresses.
    mailto: Option<String>,
    document: Option<Document>,
    /// The groupware's first page.
    home: Option<glib::GString>,
    /// Where the page was that was shown last.
    at: Option<glib::GString>,
    /// A page did not load: WebKit has left an empty one in its place.
    lost: bool,
    last_notice: Option<(BrowserEvent, Instant)>,
    warm_url: Option<String>,
}

/// The one session of this process.
pub struct Session {
    link: Link,
    /// A process was ended for its memory (`memory::watch`).
    ended: Rc<Cell<bool>>,
    phase: RefCell<Phase>,
}

impl Session {
    /// Nothing is open before the first order.
    pub fn new(link: Link, ended: Rc<Cell<bool>>) -> Rc<Self> {
        Rc::new(Self { link, ended, phase: RefCell::new(Phase::Unprepared) })
    }

    /// Obeys the supervisor.
    pub fn order(self: &Rc<Self>, order: BrowserOrder) {
        let phase = self.phase.replace(Phase::Over);
        let next = match (phase, order) {
            (Phase::Unprepared, BrowserOrder::Prepare(policy)) => {
                Phase::Preparing(self.prepare(policy))
            }
            (Phase::Standby(browser), BrowserOrder::Open { redeem_url, ticket }) => {
                self.open(browser, &redeem_url, &ticket)
            }
            (Phase::Active(browser), BrowserOrder::Back) => Phase::Active(back(browser)),
            (Phase::Active(browser), BrowserOrder::VisitLogout { urls }) => {
                self.leave(browser, urls.into())
            }
            // Sent before the supervisor could know that the session is over already.
            (Phase::Over, BrowserOrder::VisitLogout { .. }) => {
                self.link.tell(&BrowserEvent::LoggedOut);
                Phase::Over
            }
            (phase @ (Phase::Over | Phase::Leaving(..)), BrowserOrder::Back) => phase,
            _ => link::end(&"an order out of turn"),
        };
        self.phase.replace(next);
    }

    fn prepare(self: &Rc<Self>, policy: BrowserPolicy) -> Browser {
        let allow = Rc::new(AllowList::new(policy.allow.clone()));
        let session = Rc::clone(self);
        let engine = Engine::start(&policy, &allow, move |filtered| match filtered {
            Ok(()) => session.warm(),
            Err(error) => link::end(&format_args!("content filter: {error}")),
        });
        let engine = match engine {
            Ok(engine) => engine,
            Err(error) => link::end(&format_args!("engine: {error}")),
        };
        let view = engine.view(None);
        let session = Rc::clone(self);
        let locked = lock::lock(&view, Shows::Pages, Rc::clone(&allow), move |event| {
            session.later(Source::Page, event)
        });
        let session = Rc::clone(self);
        let locked = locked
            .and_then(|()| {
                lock::lock_context(engine.context(), move |event| {
                    session.later(Source::Page, event)
                })
            })
            .and_then(|()| Window::open(&view));
        let window = match locked {
            Ok(window) => window,
            Err(unanswered) => link::end(&unanswered),
        };
        Browser {
            engine,
            view,
            window,
            allow,
            mailto: policy.mailto,
            document: None,
            home: None,
            at: None,
            lost: false,
            last_notice: None,
            warm_url: policy.warm_url,
        }
    }

    /// The filter is in place: now, and not before, something may be loaded.
    fn warm(self: &Rc<Self>) {
        let phase = self.phase.replace(Phase::Over);
        let next = match phase {
            Phase::Preparing(browser) => {
                // Without a warm page an empty one still starts the web process.
                browser.view.load_uri(browser.warm_url.as_deref().unwrap_or("about:blank"));
                let session = Rc::clone(self);
                glib::timeout_add_local_once(WARM_DEADLINE, move || {
                    let late = matches!(&*session.phase.borrow(), Phase::Warming(_));
                    if late {
                        session.on(Source::Page, PageEvent::Finished);
                    }
                });
                Phase::Warming(browser)
            }
            phase => phase,
        };
        self.phase.replace(next);
    }

    fn open(&self, browser: Browser, redeem_url: &str, ticket: &Secret) -> Phase {
        let permitted = browser.allow.permits(redeem_url);
        match permitted.then(|| Login::start(&browser.view, redeem_url, ticket)).flatten() {
            Some(login) => Phase::Opening(browser, login),
            None => {
                tracing::error!("the redeem URL is not on the allow list");
                self.failed(LoadFailure::Unreachable)
            }
        }
    }

    /// The strip's button.
    fn strip_touched(&self) {
        let next = match self.phase.replace(Phase::Over) {
            Phase::Painting(browser) => Phase::Painting(back(browser)),
            Phase::Active(browser) => Phase::Active(back(browser)),
            phase => phase,
        };
        self.phase.replace(next);
    }

    fn leave(self: &Rc<Self>, browser: Browser, urls: VecDeque<String>) -> Phase {
        self.next_logout(back(browser), urls)
    }

    fn next_logout(self: &Rc<Self>, browser: Browser, mut urls: VecDeque<String>) -> Phase {
        let Some(url) = urls.pop_front() else {
            self.link.tell(&BrowserEvent::LoggedOut);
            return Phase::Over;
        };
        browser.view.load_uri(&url);
        let (session, rest) = (Rc::clone(self), urls.len());
        glib::timeout_add_local_once(LOGOUT_DEADLINE, move || {
            let late =
                matches!(&*session.phase.borrow(), Phase::Leaving(_, urls) if urls.len() == rest);
            if late {
                session.on(Source::Page, PageEvent::Failed(LoadFailure::Unreachable));
            }
        });
        Phase::Leaving(browser, urls)
    }

    /// From a signal of WebKit's: a view must not be changed, or freed, while its own signal is
    /// being answered.
    fn later(self: &Rc<Self>, source: Source, event: PageEvent) {
        let session = Rc::clone(self);
        glib::idle_add_local_full(glib::Priority::DEFAULT, {
            let mut event = Some(event);
            move || {
                if let Some(event) = event.take() {
                    session.on(source, event);
                }
                glib::ControlFlow::Break
            }
        });
    }

    fn on(self: &Rc<Self>, source: Source, event: PageEvent) {
        let phase = self.phase.replace(Phase::Over);
        let next = match (phase, event) {
            (Phase::Over, _) => Phase::Over,
            (Phase::Active(browser), PageEvent::Terminated { greedy })
                if greedy || self.ended.get() =>
            {
                Phase::Active(self.too_large(browser))
            }
            (_, PageEvent::Terminated { .. }) => {
                self.link.tell(&BrowserEvent::Crashed);
                Phase::Over
            }
            (Phase::Warming(browser), PageEvent::Finished | PageEvent::Failed(_)) => {
                // From the standby on: nothing of a login may be in a process that nobody watches.
                if !network::watch(|| {
                    link::end(&"the network process died, and the session's cookies with it")
                }) {
                    tracing::warn!("no network process to watch");
                }
                self.link.tell(&BrowserEvent::Ready);
                Phase::Standby(browser)
            }
            (Phase::Opening(browser, login), event) => self.opening(browser, login, &event),
            (Phase::Painting(browser), event) => {
                self.active(browser, source, event, Phase::Painting)
            }
            (Phase::Active(browser), event) => self.active(browser, source, event, Phase::Active),
            (
                Phase::Leaving(browser, urls),
                PageEvent::Finished | PageEvent::Failed(_) | PageEvent::Refused,
            ) => self.next_logout(browser, urls),
            (phase, _) => phase,
        };
        self.phase.replace(next);
    }

    fn opening(
        self: &Rc<Self>,
        mut browser: Browser,
        mut login: Login,
        event: &PageEvent,
    ) -> Phase {
        match login.on(event) {
            Progress::Waiting => Phase::Opening(browser, login),
            Progress::Failed(failure) => self.failed(failure),
            Progress::Landed => {
                browser.home = browser.view.uri();
                browser.at = browser.home.clone();
                let session = Rc::clone(self);
                login::when_painted(&browser.view, move || session.painted());
                Phase::Painting(browser)
            }
        }
    }

    fn painted(&self) {
        let phase = self.phase.replace(Phase::Over);
        let next = match phase {
            Phase::Painting(browser) => {
                self.link.tell(&BrowserEvent::Opened);
                Phase::Active(browser)
            }
            phase => phase,
        };
        self.phase.replace(next);
    }

    fn failed(&self, failure: LoadFailure) -> Phase {
        self.link.tell(&BrowserEvent::OpenFailed(failure));
        Phase::Over
    }

    fn active(
        self: &Rc<Self>,
        mut browser: Browser,
        source: Source,
        event: PageEvent,
        same: fn(Browser) -> Phase,
    ) -> Phase {
        match event {
            PageEvent::Refused => self.notice(&mut browser, &BrowserEvent::Blocked),
            PageEvent::Finished if source == Source::Page && !browser.lost => {
                browser.at = browser.view.uri();
                self.ended.set(false);
            }
            PageEvent::WantsWindow(url) | PageEvent::File(url) => {
                self.show(&mut browser, Content::Page(&url))
            }
            PageEvent::NoPage(url) => self.no_page(&mut browser, &url),
            PageEvent::Closed if source == Source::Document => return same(back(browser)),
            PageEvent::Unknown(url) => self.show(&mut browser, Content::Unknown(&url)),
            PageEvent::NothingToAttach => {
                self.tell(&mut browser, PageNotice::NothingToAttach);
            }
            PageEvent::FileRefused => {
                self.tell(&mut browser, PageNotice::FileNotAvailable);
                return same(close_empty(browser, source));
            }
            PageEvent::Failed(failure) => {
                let notice = match failure {
                    LoadFailure::UntrustedCertificate => PageNotice::UntrustedCertificate,
                    LoadFailure::Unreachable | LoadFailure::TicketRefused => {
                        PageNotice::Unreachable
                    }
                };
                self.tell(&mut browser, notice);
                browser.lost |= source == Source::Page;
                return same(close_empty(browser, source));
            }
            _ => (),
        }
        same(browser)
    }

    /// What the web process showed was too large for the terminal. The session lives on in the
    /// network process: Back leads to the groupware's first page, since the one before would be
    /// too large again.
    fn too_large(&self, mut browser: Browser) -> Browser {
        if let Some(document) = browser.document.take() {
            browser.window.lower();
            document.close();
        }
        browser.at = browser.home.clone();
        browser.lost = true;
        self.tell(&mut browser, PageNotice::TooLarge);
        browser
    }

    /// A mail address opens the groupware's editor above the page; other links are words.
    fn no_page(self: &Rc<Self>, browser: &mut Browser, url: &str) {
        let Some(notice) = kinds::notice(url) else { return };
        let template = browser.mailto.clone().filter(|_| notice == PageNotice::MailAddress);
        let editor = template
            .zip(browser.home.as_deref())
            .and_then(|(template, home)| kinds::editor(&template, home, url))
            .filter(|editor| browser.allow.permits(editor));
        match editor {
            Some(editor) => self.show(browser, Content::Page(&editor)),
            None => self.tell(browser, notice),
        }
    }

    fn show(self: &Rc<Self>, browser: &mut Browser, content: Content<'_>) {
        let (back, owner) = (Rc::clone(self), Rc::clone(self));
        let document = Document::open(
            &browser.engine,
            &browser.view,
            Rc::clone(&browser.allow),
            content,
            move || back.strip_touched(),
            move |event| owner.later(Source::Document, event),
        );
        browser.window.raise(document.widget());
        if let Some(last) = browser.document.replace(document) {
            last.close();
        }
    }

    fn tell(&self, browser: &mut Browser, notice: PageNotice) {
        self.notice(browser, &BrowserEvent::PageNotice(notice));
    }

    fn notice(&self, browser: &mut Browser, event: &BrowserEvent) {
        let now = Instant::now();
        let repeated = |(last, at): &(BrowserEvent, Instant)| {
            last == event && now.duration_since(*at) < NOTICE_INTERVAL
        };
        if browser.last_notice.as_ref().is_some_and(repeated) {
            return;
        }
        browser.last_notice = Some((event.clone(), now));
        self.link.tell(event);
    }
}

/// Closes the document, if one is open; else brings back the page that another one failed to
/// replace. A refused navigation left the page where it was.
fn back(mut browser: Browser) -> Browser {
    // The last notice was read: the next one is news, even if it says the same.
    browser.last_notice = None;
    if let Some(document) = browser.document.take() {
        browser.window.lower();
        document.close();
    } else if std::mem::take(&mut browser.lost) {
        match &browser.at {
            Some(url) => browser.view.load_uri(url),
            None => browser.view.reload(),
        }
    }
    browser
}

/// A document that could not be shown leaves no empty view over the groupware.
fn close_empty(browser: Browser, source: Source) -> Browser {
    if source == Source::Document { back(browser) } else { browser }
}

/// Which view met something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Page,
    Document,
}
