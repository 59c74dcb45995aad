//! The signals whose answer is always no, whatever the policy.
//!
//! Never: a decision.

use super::PageEvent;
use crate::ffi;
use crate::link;
use crate::signals::{self, Unanswered};
use gtk::prelude::*;
use std::rc::Rc;
use webkit2gtk::{
    AuthenticationRequestExt, ColorChooserRequestExt, Download, DownloadExt, FileChooserRequestExt,
    GeolocationManagerExt, PermissionRequestExt, WebContext, WebContextExt, WebInspectorExt,
    WebView, WebViewExt,
};

/// Anything that would draw beside the page, or in its own window.
pub fn windows(view: &WebView, owner: &Rc<dyn Fn(PageEvent)>) {
    let tell = Rc::clone(owner);
    view.connect_close(move |_| tell(PageEvent::Closed));
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
        tell(PageEvent::NothingToAttach);
        true
    });
    // Answered without a dialog: alert is dismissed, confirm and prompt are "no", leaving a page is
    // never held up.
    view.connect_script_dialog(|_, dialog| {
        if dialog.dialog_type() == webkit2gtk::ScriptDialogType::BeforeUnloadConfirm {
            dialog.clone().confirm_set_confirmed(true);
        }
        true
    });
    view.drag_dest_unset();
    widget(view);
}

/// What GTK itself would show above a widget: a menu, a tooltip, help.
pub fn widget(widget: &impl IsA<gtk::Widget>) {
    widget.connect_popup_menu(|_| true);
    widget.connect_show_help(|_, _| true);
    // "False" would ask the class's own handler, "true" would show an empty tooltip.
    widget.connect_query_tooltip(|widget, _, _, _, _| {
        widget.stop_signal_emission_by_name("query-tooltip");
        false
    });
}

/// Anything that would ask the person.
pub fn questions(view: &WebView) {
    view.connect_permission_request(|_, request| {
        request.deny();
        true
    });
    view.connect_local("query-permission-state", false, |values| {
        let denied = values.get(1).is_some_and(ffi::deny_permission_state);
        if !denied {
            tracing::error!("a question for a permission had a form that is not known");
        }
        Some(true.to_value())
    });
    view.connect_authenticate(|_, request| {
        request.cancel();
        true
    });
}

/// The same for what belongs to all views; once for each context.
pub fn context(
    context: &WebContext,
    owner: impl Fn(PageEvent) + 'static,
) -> Result<(), Unanswered> {
    context.connect_download_started(move |_, started| {
        if let Err(unanswered) = download(started) {
            link::end(&unanswered);
        }
        owner(PageEvent::FileRefused);
    });
    context.connect_automation_started(|_, _| tracing::warn!("an automation session was ignored"));
    let place = ffi::geolocation(context);
    place.connect_start(|place| {
        place.failed("no place is told");
        true
    });
    signals::check(&place)?;
    signals::check(context)
}

/// Cancelled at once; and should the engine ask meanwhile where to write, it gets no answer.
fn download(download: &Download) -> Result<(), Unanswered> {
    download.connect_decide_destination(|download, _| {
        download.cancel();
        true
    });
    download.cancel();
    signals::check(download)
}

/// The inspector of a view: developer extras are off; should they come on, nothing is shown.
pub fn inspector(view: &WebView) -> Result<(), Unanswered> {
    let Some(inspector) = view.inspector() else { return Ok(()) };
    inspector.connect_attach(|_| true);
    inspector.connect_detach(|_| true);
    inspector.connect_bring_to_front(|_| true);
    inspector.connect_open_window(|_| true);
    signals::check(&inspector)
}
