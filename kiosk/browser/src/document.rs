//! A file, or a page that asked for a window of its own, above the groupware: the page below keeps
//! its state (a half-written message stays). A strip on top leads back.
//!
//! Never: a second document over the first, a script's handle on the page below.

use crate::engine::Engine;
use crate::link;
use crate::lock::{self, PageEvent, Shows};
use crate::policy::AllowList;
use gtk::prelude::*;
use std::rc::Rc;
use webkit2gtk::{WebView, WebViewExt};

/// Leads back to the groupware. The person's first language, as in the shell.
const BACK: &str = "←  Retour";

/// A locked view with its strip.
pub struct Document {
    root: gtk::Box,
    view: WebView,
}

impl Document {
    /// Opens `url` in a view that shares the web process of `page`. `back` is called when the strip
    /// is touched.
    pub fn open(
        engine: &Engine,
        page: &WebView,
        allow: Rc<AllowList>,
        url: &str,
        back: impl Fn() + 'static,
        owner: impl Fn(PageEvent) + 'static,
    ) -> Self {
        let view = engine.view(Some(page));
        if let Err(unanswered) = lock::lock(&view, Shows::Files, allow, owner) {
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
        view.load_uri(url);
        Self { root, view }
    }

    /// For the window.
    pub fn widget(&self) -> &gtk::Widget {
        self.root.upcast_ref()
    }

    /// Stops the view and frees it, wherever it is shown.
    pub fn close(self) {
        self.view.stop_loading();
        self.view.try_close();
        if let Some(parent) =
            self.root.parent().and_then(|parent| parent.downcast::<gtk::Container>().ok())
        {
            parent.remove(&self.root);
        }
    }
}
