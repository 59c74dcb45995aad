//! The list itself: class, signals, answer. WebKitGTK 2.50's own, and those of GTK's classes below
//! a view and a window.

use super::Answer::{self, Never, Ours, Tells};

const NO_EXTENSION: Answer = Never("no web extension is installed, no directory of any is set");
const NO_PRINTING: Answer =
    Never("WebKitWebView::print is refused, and no print operation is made here");
const NO_AUTOMATION: Answer = Never("automation is not allowed in the context");
const NO_SEARCH: Answer = Never("nothing is searched for through the API");
const PAINTS: Answer = Tells("placing and painting of our own one window");
const INPUT: Answer = Tells(
    "the person's input, on its way to the page; what it may lead to is refused where it leads",
);
const NO_TARGET: Answer =
    Never("a locked view is no target of a drag, and the compositor's filter starts none");
const LOADING: Answer = Tells("what a page loads; content filter and proxy decide about it");

/// Each signal once.
pub const TABLE: &[(&str, &[&str], Answer)] = &[
    // What would open something, ask somebody or leave the page.
    (
        "WebKitWebView",
        &[
            "authenticate",
            "close",
            "context-menu",
            "create",
            "decide-policy",
            "enter-fullscreen",
            "load-failed",
            "load-failed-with-tls-errors",
            "permission-request",
            "print",
            "query-permission-state",
            "run-color-chooser",
            "run-file-chooser",
            "script-dialog",
            "show-notification",
        ],
        Ours,
    ),
    ("WebKitWebView", &["load-changed", "web-process-terminated"], Ours),
    ("WebKitWebView", &["run-as-modal", "ready-to-show"], Never("`create` makes no view")),
    (
        "WebKitWebView",
        &["context-menu-dismissed", "leave-fullscreen"],
        Never("what it would end is refused"),
    ),
    (
        "WebKitWebView",
        &["insecure-content-detected"],
        Never("the engine emits it no more since 2.46"),
    ),
    (
        "WebKitWebView",
        &["show-option-menu"],
        Tells(
            "the choices of a `<select>`: a pop-up of our own window, below the shell's layer; forms need it",
        ),
    ),
    (
        "WebKitWebView",
        &["submit-form"],
        Tells("the fields of a form, for who would keep them; nobody here does"),
    ),
    ("WebKitWebView", &["mouse-target-changed"], Tells("what the pointer is on")),
    ("WebKitWebView", &["resource-load-started"], LOADING),
    ("WebKitWebView", &["web-process-crashed"], Tells("the old form of web-process-terminated")),
    ("WebKitWebView", &["user-message-received"], NO_EXTENSION),
    ("WebKitWebContext", &["automation-started", "download-started"], Ours),
    (
        "WebKitWebContext",
        &["initialize-notification-permissions"],
        Tells("a process starts; no site has a permission"),
    ),
    ("WebKitWebContext", &["initialize-web-extensions", "user-message-received"], NO_EXTENSION),
    // Without it a file is written to the person's directory of downloads.
    ("WebKitDownload", &["decide-destination"], Ours),
    (
        "WebKitDownload",
        &["created-destination", "failed", "finished", "received-data"],
        Tells("how a download goes on that has been cancelled"),
    ),
    // Without it the engine asks GeoClue.
    ("WebKitGeolocationManager", &["start"], Ours),
    ("WebKitGeolocationManager", &["stop"], Tells("a page no longer wants the place it never got")),
    // Developer extras are off; should they come on, no window opens.
    ("WebKitWebInspector", &["attach", "bring-to-front", "detach", "open-window"], Ours),
    ("WebKitWebInspector", &["closed"], Tells("the inspector is gone")),
    (
        "WebKitUserContentManager",
        &["script-message-received", "script-message-with-reply-received"],
        Never("no message handler is registered: no script has anything to call"),
    ),
    ("WebKitAutomationSession", &["create-web-view", "will-close"], NO_AUTOMATION),
    (
        "WebKitAuthenticationRequest",
        &["authenticated", "cancelled"],
        Tells("how a question ended that was cancelled"),
    ),
    ("WebKitBackForwardList", &["changed"], Tells("the page's own history grew")),
    ("WebKitColorChooserRequest", &["finished"], Tells("how a question ended that was cancelled")),
    ("WebKitCookieManager", &["changed"], Tells("a cookie came or went")),
    ("WebKitEditorState", &["changed"], Tells("bold or italic at the cursor")),
    ("WebKitFaviconDatabase", &["favicon-changed"], Never("the database is not enabled")),
    ("WebKitFindController", &["counted-matches", "failed-to-find-text", "found-text"], NO_SEARCH),
    (
        "WebKitInputMethodContext",
        &[
            "committed",
            "delete-surrounding",
            "preedit-changed",
            "preedit-finished",
            "preedit-started",
        ],
        INPUT,
    ),
    ("WebKitNotification", &["clicked", "closed"], Never("show-notification is refused")),
    ("WebKitOptionMenu", &["close"], Tells("the choices of a `<select>` are put away")),
    ("WebKitPrintCustomWidget", &["apply", "update"], NO_PRINTING),
    ("WebKitPrintOperation", &["create-custom-widget", "failed", "finished"], NO_PRINTING),
    (
        "WebKitWebResource",
        &["failed", "failed-with-tls-errors", "finished", "received-data", "sent-request"],
        LOADING,
    ),
    // GTK below a view and a window.
    ("GtkWidget", &["popup-menu", "query-tooltip", "show-help"], Ours),
    (
        "GtkWidget",
        &[
            "button-press-event",
            "button-release-event",
            "enter-notify-event",
            "event",
            "event-after",
            "focus",
            "focus-in-event",
            "focus-out-event",
            "grab-broken-event",
            "grab-focus",
            "grab-notify",
            "key-press-event",
            "key-release-event",
            "keynav-failed",
            "leave-notify-event",
            "motion-notify-event",
            "move-focus",
            "proximity-in-event",
            "proximity-out-event",
            "scroll-event",
            "touch-event",
        ],
        INPUT,
    ),
    (
        "GtkWidget",
        &["accel-closures-changed", "can-activate-accel", "mnemonic-activate"],
        Never("accelerators and mnemonics are off, and none is set"),
    ),
    (
        "GtkWidget",
        &[
            "child-notify",
            "composited-changed",
            "configure-event",
            "damage-event",
            "destroy",
            "destroy-event",
            "direction-changed",
            "draw",
            "hide",
            "hierarchy-changed",
            "map",
            "map-event",
            "parent-set",
            "property-notify-event",
            "realize",
            "screen-changed",
            "show",
            "size-allocate",
            "state-changed",
            "state-flags-changed",
            "style-set",
            "style-updated",
            "unmap",
            "unmap-event",
            "unrealize",
            "visibility-notify-event",
            "window-state-event",
        ],
        PAINTS,
    ),
    (
        "GtkWidget",
        &["delete-event"],
        Tells("the compositor closes our window; `window` refuses it there"),
    ),
    (
        "GtkWidget",
        &["drag-begin", "drag-data-delete", "drag-data-get", "drag-end", "drag-failed"],
        Tells("a drag out of the page: the compositor's filter cancels it at once"),
    ),
    ("GtkWidget", &["drag-data-received", "drag-drop", "drag-leave", "drag-motion"], NO_TARGET),
    (
        "GtkWidget",
        &[
            "selection-clear-event",
            "selection-get",
            "selection-notify-event",
            "selection-received",
            "selection-request-event",
        ],
        Tells("copy and paste within the session; the wipe empties the clipboard"),
    ),
    ("GtkContainer", &["add", "check-resize", "remove", "set-focus-child"], PAINTS),
    ("GtkWindow", &["enable-debugging"], Ours),
    ("GtkWindow", &["activate-default", "activate-focus", "keys-changed", "set-focus"], INPUT),
    ("GObject", &["notify"], Tells("a property changed")),
];
