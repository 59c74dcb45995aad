//! The browser's one window: tiled by the compositor below the shell's bar.
//!
//! Never: a second window, a decoration, a size of its own.

use crate::keys;
use crate::lock;
use crate::signals::{self, Unanswered};
use gtk::prelude::*;
use webkit2gtk::WebView;

/// Plain, large and dark on light: readable at arm's length.
const STYLE: &str = "
    #document { background: #ffffff; }
    #back { font-size: 18px; min-height: 48px; min-width: 160px; margin: 4px; padding: 0 16px; border-radius: 6px;
            color: #ffffff; background: #1d3c6a; border: none; box-shadow: none; text-shadow: none; }
";

/// The groupware's view, and at most one document above it.
pub struct Window {
    stack: gtk::Stack,
    page: WebView,
}

impl Window {
    /// Opens the window on `page`. Mapped from the start: the compositor has given it its place,
    /// and the first frame has been drawn, long before anybody looks.
    pub fn open(page: &WebView) -> Result<Self, Unanswered> {
        style();
        let stack = gtk::Stack::new();
        stack.add(page);
        let window = gtk::Window::new(gtk::WindowType::Toplevel);
        window.set_title("Borne");
        window.set_decorated(false);
        window.add(&stack);
        // Nobody may close it; it dies with the process.
        window.connect_delete_event(|_, _| gtk::glib::Propagation::Stop);
        lock::lock_widget(&window);
        keys::filter(&window);
        // GTK's own inspector.
        window.connect_enable_debugging(|window, _| {
            window.stop_signal_emission_by_name("enable-debugging");
            false
        });
        signals::check(&window)?;
        window.show_all();
        page.grab_focus();
        Ok(Self { stack, page: page.clone() })
    }

    /// Shows `widget` above the page.
    pub fn raise(&self, widget: &gtk::Widget) {
        self.stack.add(widget);
        self.stack.set_visible_child(widget);
    }

    /// Shows the page.
    pub fn lower(&self) {
        self.stack.set_visible_child(&self.page);
        self.page.grab_focus();
    }
}

fn style() {
    let provider = gtk::CssProvider::new();
    if let Err(error) = provider.load_from_data(STYLE.as_bytes()) {
        tracing::error!(%error, "the strip's style was not understood");
    }
    if let Some(screen) = gtk::gdk::Screen::default() {
        gtk::StyleContext::add_provider_for_screen(
            &screen,
            &provider,
            gtk::STYLE_PROVIDER_PRIORITY_APPLICATION,
        );
    }
}
