//! The list of every signal of the engine's objects, with the answer it gets. WebKitGTK is
//! fail-open: a signal nobody has thought about may be a dialog, a window, a file. So a signal
//! without a line here, or one whose handler is not connected, ends the browser before anything is
//! loaded.
//!
//! Never: a handler. Those are in `lock` and `window`.

mod table;

use crate::ffi;
use gtk::glib;
use gtk::prelude::*;
use std::fmt;
use table::TABLE;

/// What happens when a signal is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// A handler of ours refuses, or decides by the allow list. Without it something would open,
    /// leave or be kept.
    Ours,
    /// Nothing opens with or without a handler; why.
    Tells(&'static str),
    /// It is not emitted on this terminal; why.
    Never(&'static str),
}

/// Signals that would have been answered by the engine itself.
#[derive(Debug, thiserror::Error)]
pub struct Unanswered(Vec<String>);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "signals without an answer: {}", self.0.join(", "))
    }
}

/// Looks at every signal of `object` and of the classes above its own.
pub fn check(object: &impl IsA<glib::Object>) -> Result<(), Unanswered> {
    let object = object.upcast_ref::<glib::Object>();
    let mut classes = vec![object.type_()];
    while let Some(above) = classes.last().and_then(|class| class.parent()) {
        classes.push(above);
    }
    let unanswered: Vec<String> = classes
        .into_iter()
        .flat_map(|class| ffi::signals(class).into_iter().map(move |signal| (class, signal)))
        .filter_map(|(class, signal)| {
            let why = match answer(class.name(), &signal.name) {
                None => "is not in the list",
                Some(Answer::Ours) if !ffi::has_handler(object, &signal) => "has no handler",
                Some(_) => return None,
            };
            Some(format!("{}::{} {why}", class.name(), signal.name))
        })
        .collect();
    if unanswered.is_empty() { Ok(()) } else { Err(Unanswered(unanswered)) }
}

fn answer(class: &str, signal: &str) -> Option<Answer> {
    let line = TABLE.iter().find(|(of, names, _)| *of == class && names.contains(&signal))?;
    Some(line.2)
}

#[cfg(test)]
mod tests;
