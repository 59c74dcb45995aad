//! Every signal of WebKit that can open something or leave the page, and its answer: no.
//!
//! WebKitGTK is fail-open: with no handler a file chooser, a print dialog, a context menu or a
//! password prompt appears. So each such signal is connected here, and nowhere else; `signals` has
//! the list of all, and looks that none was forgotten.
//!
//! Never: ask the person, remember an answer, let a page choose.

mod refusals;

pub use refusals::{context as lock_context, widget as lock_widget};

use crate::kinds;
use crate::policy::{AllowList, Origin};
use crate::signals::{self, Unanswered};
use borne_ipc::LoadFailure;
use gtk::prelude::*;
use std::rc::Rc;
use webkit2gtk::{
    LoadEvent, NavigationPolicyDecision, NavigationPolicyDecisionExt, NetworkError, PolicyDecision,
    PolicyDecisionExt, PolicyDecisionType, PolicyError, ResponsePolicyDecision,
    ResponsePolicyDecisionExt, URIRequestExt, URIResponseExt, WebProcessTerminationReason, WebView,
    WebViewExt,
};

/// What a locked view tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// A navigation off the allow list was refused.
    Refused,
    /// A link that leads to no page was touched; its URL.
    NoPage(String),
    /// A script of a document has closed it.
    Closed,
    /// A link asked for a window of its own; the URL is on the list.
    WantsWindow(String),
    /// The main frame was answered.
    Answered {
        /// Who answered.
        origin: Option<Origin>,
        /// HTTP status.
        status: u32,
    },
    /// The main frame's answer is a file the engine can show; it was not loaded.
    File(String),
    /// The main frame's answer is a file of a kind the engine cannot show; it was not loaded.
    Unknown(String),
    /// A file to be saved.
    FileRefused,
    /// A file was to be chosen.
    NothingToAttach,
    /// A new page replaced the old one.
    Committed,
    /// The page and what it needs are loaded.
    Finished,
    /// The page did not load.
    Failed(LoadFailure),
    /// The web process is gone; by the engine's word since it took too much memory.
    Terminated {
        /// Whether the engine ended it at its limit.
        greedy: bool,
    },
}

/// How a view treats what is not a web page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Web pages; a file is handed to the owner.
    Pages,
    /// A file the engine can show (PDF, picture, text).
    Files,
    /// A file that `document::look` has made a PDF or picture of, in memory.
    OwnFile,
}

/// Connects everything; what `view` meets is told to `owner`. An error is a signal that the engine
/// would answer itself.
pub fn lock(
    view: &WebView,
    shows: Shows,
    allow: Rc<AllowList>,
    owner: impl Fn(PageEvent) + 'static,
) -> Result<(), Unanswered> {
    let owner: Rc<dyn Fn(PageEvent)> = Rc::new(owner);
    refusals::windows(view, &owner);
    let (tell, list) = (Rc::clone(&owner), Rc::clone(&allow));
    view.connect_create(move |_, action| {
        // `window.open()` comes here without a policy decision. The script gets no handle on what
        // is shown instead.
        let url = action.request().and_then(|request| request.uri()).unwrap_or_default();
        if action.is_user_gesture() && list.permits(&url) && !url.starts_with("about:") {
            tell(PageEvent::WantsWindow(url.into()));
        } else if action.is_user_gesture() && kinds::notice(&url).is_some() {
            tell(PageEvent::NoPage(url.into()));
        }
        None
    });
    refusals::questions(view);
    watch_loading(view, &owner);
    let tell = Rc::clone(&owner);
    view.connect_decide_policy(move |_, decision, kind| {
        decide(decision, kind, shows, &allow, &*tell);
        true
    });
    refusals::inspector(view)?;
    signals::check(view)
}

fn watch_loading(view: &WebView, owner: &Rc<dyn Fn(PageEvent)>) {
    let tell = Rc::clone(owner);
    view.connect_load_changed(move |_, event| match event {
        LoadEvent::Committed => tell(PageEvent::Committed),
        LoadEvent::Finished => tell(PageEvent::Finished),
        _ => (),
    });
    let tell = Rc::clone(owner);
    view.connect_load_failed(move |_, _, _, error| {
        // Our own refusals come back as failures of their own kind; they have been told already.
        let ours = error.matches(NetworkError::Cancelled)
            || error.matches(PolicyError::FrameLoadInterruptedByPolicyChange)
            || error.matches(webkit2gtk::PluginError::WillHandleLoad);
        if !ours {
            // The text of the error may name the URL: it stays out of the log.
            tracing::warn!(domain = ?error.domain(), "a page did not load");
            tell(PageEvent::Failed(LoadFailure::Unreachable));
        }
        true
    });
    let tell = Rc::clone(owner);
    view.connect_load_failed_with_tls_errors(move |_, _, _, errors| {
        tracing::warn!(?errors, "a certificate was refused");
        tell(PageEvent::Failed(LoadFailure::UntrustedCertificate));
        true
    });
    let tell = Rc::clone(owner);
    view.connect_web_process_terminated(move |_, reason| {
        tracing::warn!(?reason, "the web process ended");
        let greedy = reason == WebProcessTerminationReason::ExceededMemoryLimit;
        tell(PageEvent::Terminated { greedy });
    });
}

fn decide(
    decision: &PolicyDecision,
    kind: PolicyDecisionType,
    shows: Shows,
    allow: &AllowList,
    tell: &dyn Fn(PageEvent),
) {
    let told = if let Some(navigation) = decision.downcast_ref::<NavigationPolicyDecision>() {
        navigate(navigation, kind, shows, allow)
    } else if let Some(response) = decision.downcast_ref::<ResponsePolicyDecision>() {
        respond(response, shows, tell)
    } else {
        Err(None)
    };
    match told {
        Ok(()) => decision.use_(),
        Err(event) => {
            decision.ignore();
            if let Some(event) = event {
                tell(event);
            }
        }
    }
}

/// `Err` refuses, with what to tell the owner.
fn navigate(
    decision: &NavigationPolicyDecision,
    kind: PolicyDecisionType,
    shows: Shows,
    allow: &AllowList,
) -> Result<(), Option<PageEvent>> {
    let Some(action) = decision.navigation_action() else { return Err(None) };
    let url = action.request().and_then(|request| request.uri()).unwrap_or_default();
    let made = url.strip_prefix("blob:").filter(|_| shows == Shows::OwnFile);
    let permitted = allow.permits(made.unwrap_or(&url));
    match kind {
        PolicyDecisionType::NavigationAction if permitted => Ok(()),
        PolicyDecisionType::NewWindowAction if permitted && !url.starts_with("about:") => {
            Err(Some(PageEvent::WantsWindow(url.into())))
        }
        _ => {
            tracing::info!(?kind, "a navigation was refused");
            // Frames are held by their own policy (`filter::frames`): this is the page itself,
            // whoever started it.
            let touched = action.is_user_gesture() && kinds::notice(&url).is_some();
            Err(Some(if touched { PageEvent::NoPage(url.into()) } else { PageEvent::Refused }))
        }
    }
}

/// `Err` refuses, with what to tell the owner.
fn respond(
    decision: &ResponsePolicyDecision,
    shows: Shows,
    tell: &dyn Fn(PageEvent),
) -> Result<(), Option<PageEvent>> {
    let Some(response) = decision.response() else { return Err(None) };
    let main = decision.is_main_frame_main_resource();
    let url = response.uri().unwrap_or_default();
    if main {
        tell(PageEvent::Answered { origin: Origin::of(&url), status: response.status_code() });
    }
    if !decision.is_mime_type_supported() {
        tracing::info!("a file was refused");
        return Err(main.then(|| PageEvent::Unknown(url.into())));
    }
    let mime = response.mime_type().unwrap_or_default();
    let page = matches!(mime.as_str(), "text/html" | "application/xhtml+xml");
    if main && !page && shows == Shows::Pages && url.starts_with("https:") {
        return Err(Some(PageEvent::File(url.into())));
    }
    Ok(())
}
