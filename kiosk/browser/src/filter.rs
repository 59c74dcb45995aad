//! WebKit's content filter: what no navigation policy sees (images, scripts, fetch, sockets) stays
//! on the allow list too.
//!
//! Never: the only wall. The egress proxy refuses the same hosts.

use crate::ffi;
use crate::policy::AllowList;
use gtk::glib;
use serde_json::{Value, json};
use std::path::PathBuf;
use webkit2gtk::UserContentManager;

/// Compiles the rules and adds them to `content`; then calls `done`.
pub fn install(
    content: &UserContentManager,
    allow: &AllowList,
    done: impl FnOnce(Result<(), glib::Error>) + 'static,
) {
    // WebKit maps the compiled rules from a file; in the cage this is RAM.
    let store: PathBuf = glib::user_cache_dir().join("content-filter");
    ffi::add_content_filter(content, &store, &rules(allow).to_string(), done);
}

/// Block everything, then forget that for the hosts of the list (Safari's content blocker format).
fn rules(allow: &AllowList) -> Value {
    let mut rules = vec![rule(".*", "block")];
    for allowed in allow.iter() {
        let host = allowed.host.replace('.', "\\.");
        let port = if allowed.port == 443 { String::new() } else { format!(":{}", allowed.port) };
        for scheme in ["https", "wss"] {
            rules.push(rule(&format!("^{scheme}://{host}{port}/"), "ignore-previous-rules"));
        }
    }
    // What a page holds already, and WebKit's own PDF viewer.
    for scheme in ["data", "blob", "about", "webkit-pdfjs-viewer"] {
        rules.push(rule(&format!("^{scheme}:"), "ignore-previous-rules"));
    }
    Value::Array(rules)
}

/// The content security policy of every document: what a frame may show. WebKit asks it before the
/// navigation policy, so of refused places only those of the main frame come there: that is how the
/// two are told apart (`lock::navigate`).
pub fn frames(allow: &AllowList) -> String {
    let places = allow.iter().map(|allowed| format!(" https://{}:{}", allowed.host, allowed.port));
    format!("frame-src webkit-pdfjs-viewer:{}", places.collect::<String>())
}

fn rule(pattern: &str, action: &str) -> Value {
    // WebKit lower-cases nothing in URLs but the host, which the policy already has in lower case.
    json!({ "trigger": { "url-filter": pattern, "url-filter-is-case-sensitive": true }, "action": { "type": action } })
}
