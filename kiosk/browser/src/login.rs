//! The login ticket's way into the groupware: one form, posted once; then the landing is watched.
//!
//! The form is a page of the gateway's origin that exists only in memory: the ticket is never part
//! of a URL, so neither history, nor a `Referer`, nor anybody's access log has it, and the form's
//! own page is replaced by the answer.
//!
//! Never: keep the ticket, write it to a log, post it anywhere but to the redeem URL.

use crate::engine::OUR_WORLD;
use crate::lock::PageEvent;
use crate::policy::Origin;
use borne_ipc::{LoadFailure, Secret};
use gtk::glib;
use gtk::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use webkit2gtk::{WebView, WebViewExt, gio};
use zeroize::Zeroizing;

/// Resolves when a text can be seen in the page and has been painted. Groupwares draw themselves by
/// script after the page has loaded, and hide what is not ready; a page that shows no text is given
/// up after five seconds.
///
/// The shell covers the page meanwhile, and a covered page is given frames only now and then: a
/// timer goes on without them. Looking makes the engine lay the page out, so it is done seldom: the
/// page is busy building itself.
const SOMETHING_PAINTED: &str = "
    const pause = ms => new Promise(done => setTimeout(done, ms));
    const frame = () => Promise.race([new Promise(requestAnimationFrame), pause(16)]);
    const seen = text => {
        const box = text.parentElement.getBoundingClientRect();
        return text.data.trim() && box.width && box.height && box.bottom > 0 && box.top < innerHeight
            && text.parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    };
    const something = () => {
        if (!document.body) return false;
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) if (seen(texts.currentNode)) return true;
        return false;
    };
    const late = performance.now() + 5000;
    while (!something() && performance.now() < late) await pause(50);
    await frame();
    await frame();";

/// A covered page whose frame does not come by then is drawn when it is uncovered.
const LATEST_FRAME: Duration = Duration::from_millis(100);

/// A login under way.
pub struct Login {
    gateway: Origin,
    step: Step,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The form's own page is loading or loaded; it posts itself.
    Form,
    /// The form was posted and answered; redirects are over.
    Answered,
    /// The page of the answer has replaced the form.
    Shown,
}

/// How a login stands after an event.
pub enum Progress {
    /// Go on waiting.
    Waiting,
    /// The groupware's first page is loaded.
    Landed,
    /// It is over.
    Failed(LoadFailure),
}

impl Login {
    /// Loads the form into `view`. `None` if the redeem URL is not an `https` URL.
    pub fn start(view: &WebView, redeem_url: &str, ticket: &Secret) -> Option<Self> {
        let gateway = Origin::of(redeem_url)?;
        let form = form(redeem_url, ticket);
        view.load_html(&form, Some(redeem_url));
        Some(Self { gateway, step: Step::Form })
    }

    /// Takes what the view met.
    pub fn on(&mut self, event: &PageEvent) -> Progress {
        match event {
            PageEvent::Answered { origin, status } => self.answered(origin.as_ref(), *status),
            PageEvent::Committed if self.step == Step::Answered => {
                self.step = Step::Shown;
                Progress::Waiting
            }
            PageEvent::Finished if self.step == Step::Shown => Progress::Landed,
            PageEvent::Failed(failure) => Progress::Failed(*failure),
            PageEvent::Refused
            | PageEvent::File(_)
            | PageEvent::Unknown(_)
            | PageEvent::FileRefused => Progress::Failed(LoadFailure::Unreachable),
            _ => Progress::Waiting,
        }
    }

    /// The gateway never answers a good ticket with a page of its own: what it does answer is a
    /// refusal.
    fn answered(&mut self, origin: Option<&Origin>, status: u32) -> Progress {
        let by_gateway = origin == Some(&self.gateway);
        match status {
            // The form's own page has no HTTP status.
            0 => Progress::Waiting,
            200..=299 if !by_gateway => {
                self.step = Step::Answered;
                Progress::Waiting
            }
            200..=499 if by_gateway => Progress::Failed(LoadFailure::TicketRefused),
            _ => Progress::Failed(LoadFailure::Unreachable),
        }
    }
}

/// Calls `painted` once a frame that shows the loaded page has been drawn.
pub fn when_painted(view: &WebView, painted: impl Fn() + 'static) {
    let drawn = view.clone();
    let painted = Rc::new(painted);
    let script = view.clone();
    script.call_async_javascript_function(
        SOMETHING_PAINTED,
        None,
        Some(OUR_WORLD),
        None,
        gio::Cancellable::NONE,
        // An error means that the page was replaced meanwhile: the next draw shows the next page.
        move |_| {
            let once = Rc::new(Cell::new(false));
            let tell = {
                let once = Rc::clone(&once);
                move || {
                    if !once.replace(true) {
                        let painted = Rc::clone(&painted);
                        // After the frame clock has handed this frame to the compositor.
                        glib::idle_add_local_once(move || painted());
                    }
                }
            };
            glib::timeout_add_local_once(LATEST_FRAME, tell.clone());
            drawn.connect_draw(move |_, _| {
                tell();
                glib::Propagation::Proceed
            });
            drawn.queue_draw();
        },
    );
}

/// An HTML page that posts the ticket. Characters that could end an attribute are escaped, whatever
/// the peer sent.
fn form(redeem_url: &str, ticket: &Secret) -> Zeroizing<String> {
    let escape = |text: &str| -> Zeroizing<String> {
        Zeroizing::new(
            text.replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('<', "&lt;")
                .replace('>', "&gt;"),
        )
    };
    Zeroizing::new(format!(
        "<!doctype html><meta charset=\"utf-8\"><form method=\"post\" action=\"{}\"><input type=\"hidden\" \
         name=\"ticket\" value=\"{}\"></form><script>document.forms[0].submit()</script>",
        *escape(redeem_url),
        *escape(ticket.expose()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_ticket_cannot_leave_its_attribute() {
        let page = form(
            "https://gateway.example/borne/redeem",
            &Secret::new("\"><script>x</script>&".to_owned()),
        );
        assert!(page.contains("value=\"&quot;&gt;&lt;script&gt;x&lt;/script&gt;&amp;\""));
        assert_eq!(page.matches("<script>").count(), 1);
    }
}
