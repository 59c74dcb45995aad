//! Every signal of WebKit that can open something or leave the page, and its answer: no.
//!
//! WebKitGTK is fail-open: with no handler a file chooser, a print dialog, a context menu or a password prompt appears.
//! So each such signal is connected here, and nowhere else.
//!
//! Never: ask the person, remember an answer, let a page choose.

use crate::policy::{AllowList, Origin};
use borne_ipc::LoadFailure;
use gtk::prelude::*;
use std::rc::Rc;
use webkit2gtk::{
    AuthenticationRequestExt, ColorChooserRequestExt, DownloadExt, FileChooserRequestExt, LoadEvent, NavigationAction,
    NavigationPolicyDecision, NavigationPolicyDecisionExt, NavigationType, NetworkError, PermissionRequestExt,
    PolicyDecision, PolicyDecisionExt, PolicyDecisionType, PolicyError, ResponsePolicyDecision,
    ResponsePolicyDecisionExt, URIRequestExt, URIResponseExt, WebContext, WebContextExt, WebView, WebViewExt,
};

/// What a locked view tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// A navigation off the allow list was refused.
    Refused,
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
    /// A file of a kind the engine cannot show, or one to be saved or chosen.
    FileRefused,
    /// A new page replaced the old one.
    Committed,
    /// The page and what it needs are loaded.
    Finished,
    /// The page did not load.
    Failed(LoadFailure),
    /// The web process is gone.
    Terminated,
}

/// How a view treats what is not a web page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Web pages; a file is handed to the owner.
    Pages,
    /// A file the engine can show (PDF, picture, text).
    Files,
}

/// Connects everything; what `view` meets is told to `owner`.
pub fn lock(view: &WebView, shows: Shows, allow: Rc<AllowList>, owner: impl Fn(PageEvent) + 'static) {
    let owner: Rc<dyn Fn(PageEvent)> = Rc::new(owner);
    refuse_windows(view, &owner);
    let (tell, list) = (Rc::clone(&owner), Rc::clone(&allow));
    view.connect_create(move |_, action| {
        // `window.open()` comes here without a policy decision. The script gets no handle on what is shown instead.
        let url = action.request().and_then(|request| request.uri()).unwrap_or_default();
        if action.is_user_gesture() && list.permits(&url) && !url.starts_with("about:") {
            tell(PageEvent::WantsWindow(url.into()));
        }
        None
    });
    refuse_requests(view);
    watch_loading(view, &owner);
    let tell = Rc::clone(&owner);
    view.connect_decide_policy(move |_, decision, kind| {
        decide(decision, kind, shows, &allow, &*tell);
        true
    });
}

/// Anything that would draw beside the page, or in its own window.
fn refuse_windows(view: &WebView, owner: &Rc<dyn Fn(PageEvent)>) {
    view.connect_close(|_| ());
    view.connect_context_menu(|_, _, _, _| true);
    view.connect_print(|_, _| true);
    view.connect_enter_fullscreen(|_| true);
    view.connect_show_notification(|_, _| true);
    view.connect_run_color_chooser(|_, request| {
        request.cancel();
        true
    });
    let tell = Rc::clone(owner);
    view.connect_run_file_chooser(move |_, request| {
        request.cancel();
        tell(PageEvent::FileRefused);
        true
    });
    // Answered without a dialog: alert is dismissed, confirm and prompt are "no", leaving a page is never held up.
    view.connect_script_dialog(|_, dialog| {
        if dialog.dialog_type() == webkit2gtk::ScriptDialogType::BeforeUnloadConfirm {
            dialog.clone().confirm_set_confirmed(true);
        }
        true
    });
    view.drag_dest_unset();
}

/// Anything that would ask the person.
fn refuse_requests(view: &WebView) {
    view.connect_permission_request(|_, request| {
        request.deny();
        true
    });
    view.connect_authenticate(|_, request| {
        request.cancel();
        true
    });
}

/// The same for what belongs to all views; once for each context.
pub fn lock_context(context: &WebContext, owner: impl Fn(PageEvent) + 'static) {
    context.connect_download_started(move |_, download| {
        download.cancel();
        owner(PageEvent::FileRefused);
    });
    context.connect_automation_started(|_, _| tracing::warn!("an automation session was ignored"));
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
        tell(PageEvent::Terminated);
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
        navigate(navigation, kind, allow)
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
    allow: &AllowList,
) -> Result<(), Option<PageEvent>> {
    let Some(action) = decision.navigation_action() else { return Err(None) };
    let url = action.request().and_then(|request| request.uri()).unwrap_or_default();
    let permitted = allow.permits(&url);
    match kind {
        PolicyDecisionType::NavigationAction if permitted => Ok(()),
        PolicyDecisionType::NewWindowAction if permitted && !url.starts_with("about:") => {
            Err(Some(PageEvent::WantsWindow(url.into())))
        }
        _ => {
            tracing::info!(?kind, "a navigation was refused");
            Err(somebody_asked(action).then_some(PageEvent::Refused))
        }
    }
}

/// WebKitGTK does not say which frame navigates. What a finger started, or a server answered, is worth a word to the
/// person; a frame that an advertisement in a mail fills by itself is not.
fn somebody_asked(mut action: NavigationAction) -> bool {
    action.is_user_gesture()
        || action.is_redirect()
        || matches!(action.navigation_type(), NavigationType::LinkClicked | NavigationType::FormSubmitted)
}

/// `Err` refuses, with what to tell the owner.
fn respond(decision: &ResponsePolicyDecision, shows: Shows, tell: &dyn Fn(PageEvent)) -> Result<(), Option<PageEvent>> {
    let Some(response) = decision.response() else { return Err(None) };
    let main = decision.is_main_frame_main_resource();
    let url = response.uri().unwrap_or_default();
    if main {
        tell(PageEvent::Answered { origin: Origin::of(&url), status: response.status_code() });
    }
    if !decision.is_mime_type_supported() {
        tracing::info!("a file was refused");
        return Err(main.then_some(PageEvent::FileRefused));
    }
    let mime = response.mime_type().unwrap_or_default();
    let page = matches!(mime.as_str(), "text/html" | "application/xhtml+xml");
    if main && !page && shows == Shows::Pages && url.starts_with("https:") {
        return Err(Some(PageEvent::File(url.into())));
    }
    Ok(())
}
