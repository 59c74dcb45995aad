//! A file, or a page that asked for a window of its own, above the groupware: the page below keeps
//! its state (a half-written message stays). A strip on top leads back.
//!
//! Never: a second document over the first, a script's handle on the page below.

use crate::engine::{Engine, OUR_WORLD};
use crate::link;
use crate::lock::{self, PageEvent, Shows};
use crate::policy::AllowList;
use gtk::glib;
use gtk::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use webkit2gtk::{LoadEvent, WebView, WebViewExt, gio};

/// Leads back to the groupware. The person's first language, as in the shell.
const BACK: &str = "←  Retour";

/// What a document is made of.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// A page, or a file whose kind the engine knows.
    Page(&'a str),
    /// A file whose sender or server names no kind, or a wrong one: it is looked at.
    Unknown(&'a str),
}

/// Fetches a file, and shows it when its first bytes say that it is a PDF (ISO 32000-1, 7.5.2) or a
/// picture. What a sender calls a file is often wrong, and a download is "application/octet-stream"
/// whatever it is; a page or a script is never made of it.
const LOOK: &str = include_str!("unknown.js");
/// Bytes of a file that is looked at. Mail servers take no larger ones.
const MOST: f64 = 50e6;

/// A locked view with its strip.
pub struct Document {
    root: gtk::Box,
    view: WebView,
    /// Until then its events count.
    shown: Rc<Cell<bool>>,
}

impl Document {
    /// Opens `url` in a view that shares the web process of `page`. `back` is called when the strip
    /// is touched.
    pub fn open(
        engine: &Engine,
        page: &WebView,
        allow: Rc<AllowList>,
        content: Content<'_>,
        back: impl Fn() + 'static,
        owner: impl Fn(PageEvent) + 'static,
    ) -> Self {
        let view = engine.view(Some(page));
        let shown = Rc::new(Cell::new(true));
        let heard = Rc::clone(&shown);
        // A view that is being closed says so, and would close the one that took its place.
        let owner = Rc::new(move |event| {
            if heard.get() {
                owner(event);
            }
        });
        let tell = Rc::clone(&owner);
        let shows = match content {
            Content::Page(_) => Shows::Files,
            Content::Unknown(_) => Shows::OwnFile,
        };
        if let Err(unanswered) = lock::lock(&view, shows, allow, move |event| tell(event)) {
            link::end(&unanswered);
        }
        let button = gtk::Button::with_label(BACK);
        button.set_widget_name("back");
        button.set_halign(gtk::Align::Start);
        // The keyboard stays with the page: the strip is for a finger.
        button.set_can_focus(false);
        button.connect_clicked(move |_| back());
        let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
        root.set_widget_name("document");
        root.pack_start(&button, false, false, 0);
        root.pack_start(&view, true, true, 0);
        root.show_all();
        match content {
            Content::Page(url) => view.load_uri(url),
            Content::Unknown(url) => look(&view, url, owner),
        }
        Self { root, view, shown }
    }

    /// For the window.
    pub fn widget(&self) -> &gtk::Widget {
        self.root.upcast_ref()
    }

    /// Stops the view and frees it, wherever it is shown.
    pub fn close(self) {
        self.shown.set(false);
        self.view.stop_loading();
        self.view.try_close();
        if let Some(parent) =
            self.root.parent().and_then(|parent| parent.downcast::<gtk::Container>().ok())
        {
            parent.remove(&self.root);
        }
    }
}

/// From an empty page of the file's own host, once that is there.
fn look(view: &WebView, url: &str, owner: Rc<impl Fn(PageEvent) + 'static>) {
    let arguments = glib::VariantDict::new(None);
    arguments.insert("url", url);
    arguments.insert("most", MOST);
    let arguments = Cell::new(Some(arguments.end()));
    view.connect_load_changed(move |view, event| {
        if event != LoadEvent::Finished {
            return;
        }
        let Some(arguments) = arguments.take() else { return };
        let owner = Rc::clone(&owner);
        view.call_async_javascript_function(
            LOOK,
            Some(&arguments),
            Some(OUR_WORLD),
            None,
            gio::Cancellable::NONE,
            move |shown| {
                if shown.is_err() {
                    owner(PageEvent::FileRefused);
                }
            },
        );
    });
    view.load_html("", Some(url));
}
