//! The list against the installed engine: what an update brings has no line, what it takes away
//! leaves a line over.

use super::{TABLE, answer, check};
use crate::ffi;
use gtk::glib;
use gtk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use webkit2gtk::DownloadExt;

/// Comes with the engine's headers; lists every class, also those no object of which is ever made
/// here.
const GIR: &str = "/usr/share/gir-1.0/WebKit2-4.1.gir";

/// Every class of the engine that can have signals, and GTK's that carry them.
#[expect(deprecated, reason = "what is deprecated is still there")]
fn classes() -> Vec<glib::Type> {
    use webkit2gtk as wk;
    vec![
        wk::WebView::static_type(),
        wk::WebContext::static_type(),
        wk::Download::static_type(),
        wk::AuthenticationRequest::static_type(),
        wk::AutomationSession::static_type(),
        wk::BackForwardList::static_type(),
        wk::ColorChooserRequest::static_type(),
        wk::CookieManager::static_type(),
        wk::EditorState::static_type(),
        wk::FaviconDatabase::static_type(),
        wk::FileChooserRequest::static_type(),
        wk::FindController::static_type(),
        wk::FormSubmissionRequest::static_type(),
        wk::GeolocationManager::static_type(),
        wk::InputMethodContext::static_type(),
        wk::Notification::static_type(),
        wk::OptionMenu::static_type(),
        wk::PrintCustomWidget::static_type(),
        wk::PrintOperation::static_type(),
        wk::UserContentManager::static_type(),
        wk::WebInspector::static_type(),
        wk::WebResource::static_type(),
        wk::WebsiteDataManager::static_type(),
        gtk::Window::static_type(),
    ]
}

/// Class and name of every signal the installed library knows, the classes above included.
fn known() -> BTreeSet<(String, String)> {
    let mut open = classes();
    let mut seen = BTreeSet::new();
    while let Some(class) = open.pop() {
        open.extend(class.parent());
        seen.extend(
            ffi::signals(class).into_iter().map(|signal| (class.name().to_owned(), signal.name)),
        );
    }
    seen
}

#[test]
fn every_signal_of_the_engine_has_its_answer() {
    let known = known();
    assert!(known.len() > 100, "only {} signals were found", known.len());
    let silent: Vec<_> =
        known.iter().filter(|(class, name)| answer(class, name).is_none()).collect();
    assert!(silent.is_empty(), "signals without a line: {silent:?}");
}

#[test]
fn every_line_is_of_a_signal_and_there_is_one() {
    let known = known();
    let mut lines = BTreeMap::<(String, String), u32>::new();
    for (class, names, _) in TABLE {
        names.iter().for_each(|name| {
            *lines.entry(((*class).to_owned(), (*name).to_owned())).or_default() += 1
        });
    }
    let gone: Vec<_> = lines.keys().filter(|line| !known.contains(*line)).collect();
    assert!(gone.is_empty(), "lines of no signal: {gone:?}");
    let twice: Vec<_> = lines.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "signals with two lines: {twice:?}");
}

#[test]
fn every_class_of_the_engine_that_has_signals_is_in_the_list() {
    let text = fs::read_to_string(GIR).unwrap();
    let mut listed = BTreeSet::new();
    // A part is one class up to the next; its own C name is its first type name.
    for class in text.split("<class name=\"").skip(1) {
        let name = class.split_once("glib:type-name=\"").unwrap().1.split('"').next().unwrap();
        let signals =
            class.split("<glib:signal name=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        listed.extend(signals.map(|signal| (name.to_owned(), signal.to_owned())));
    }
    assert!(listed.len() > 60, "only {} signals were read from {GIR}", listed.len());
    let silent: Vec<_> =
        listed.iter().filter(|(class, name)| answer(class, name).is_none()).collect();
    assert!(silent.is_empty(), "signals without a line: {silent:?}");
}

#[test]
fn an_object_that_nobody_has_locked_is_found_out() {
    let download: webkit2gtk::Download = glib::Object::new();
    assert_eq!(
        check(&download).unwrap_err().0,
        ["WebKitDownload::decide-destination has no handler"]
    );
    download.connect_decide_destination(|_, _| true);
    check(&download).unwrap();
}
