//! The calls of WebKitGTK and GObject that their crates lack: content filters, permission states
//! and the geolocation manager (in `webkit2gtk::ffi` only), features and the lists of signals
//! (nowhere).
//!
//! This module alone may be unsafe in the browser. Each function here is safe to call from GTK's
//! main thread.
#![allow(unsafe_code)]

use gtk::glib;
use gtk::glib::gobject_ffi as gobject;
use gtk::glib::translate::{FromGlibPtrFull, FromGlibPtrNone, IntoGlib, ToGlibPtr};
use std::ffi::{CStr, c_char, c_int, c_uint};
use std::path::Path;
use webkit2gtk::ffi as sys;
use webkit2gtk::{GeolocationManager, Settings, UserContentManager, WebContext, gio};

/// `WebKitFeature`, opaque.
#[repr(C)]
struct Feature {
    _opaque: [u8; 0],
}

/// `WebKitFeatureList`, opaque.
#[repr(C)]
struct FeatureList {
    _opaque: [u8; 0],
}

// WebKitFeature.h and WebKitSettings.h, since 2.42. The library itself is linked by webkit2gtk-sys.
#[link(name = "webkit2gtk-4.1")]
unsafe extern "C" {
    fn webkit_settings_get_all_features() -> *mut FeatureList;
    fn webkit_feature_list_unref(list: *mut FeatureList);
    fn webkit_feature_list_get_length(list: *mut FeatureList) -> usize;
    fn webkit_feature_list_get(list: *mut FeatureList, index: usize) -> *mut Feature;
    fn webkit_feature_get_identifier(feature: *mut Feature) -> *const c_char;
    fn webkit_settings_set_feature_enabled(
        settings: *mut sys::WebKitSettings,
        feature: *mut Feature,
        enabled: c_int,
    );
}

/// The engine's minor version: 50 of 2.50.6.
pub fn engine_minor() -> u32 {
    // SAFETY: reads a constant of the library.
    unsafe { sys::webkit_get_minor_version() }
}

/// Switches off every feature `unwanted` names and returns the names the engine has not.
pub fn disable_features<'a>(settings: &Settings, unwanted: &[&'a str]) -> Vec<&'a str> {
    let mut unknown = unwanted.to_vec();
    each_feature(|identifier, feature| {
        if let Some(at) = unknown.iter().position(|name| *name == identifier) {
            unknown.swap_remove(at);
            // SAFETY: `settings` is a live WebKitSettings and `feature` one of the list, for the
            // whole call.
            unsafe {
                webkit_settings_set_feature_enabled(
                    settings.to_glib_none().0,
                    feature,
                    glib::ffi::GFALSE,
                );
            }
        }
    });
    unknown
}

/// Calls `look` with every feature of the engine and its identifier.
fn each_feature(mut look: impl FnMut(&str, *mut Feature)) {
    // SAFETY: the list is ours until the unref (transfer full); its features live as long as the
    // list; an identifier is a NUL-terminated string of the feature.
    unsafe {
        let list = webkit_settings_get_all_features();
        for index in 0..webkit_feature_list_get_length(list) {
            let feature = webkit_feature_list_get(list, index);
            look(
                &CStr::from_ptr(webkit_feature_get_identifier(feature)).to_string_lossy(),
                feature,
            );
        }
        webkit_feature_list_unref(list);
    }
}

/// A signal of a class.
pub struct Signal {
    /// As in the documentation.
    pub name: String,
    id: c_uint,
}

/// The signals `class` itself brings, without those of the classes above.
pub fn signals(class: glib::Type) -> Vec<Signal> {
    // Only these carry signals of their own; asking GObject about another type is an error
    // (g_signal_list_ids).
    if !class.is_a(glib::Type::OBJECT) {
        return Vec::new();
    }
    let mut count = 0;
    // SAFETY: a class has its signals once it is initialised, which the reference makes sure of;
    // the array has `count` numbers and is ours to free (transfer full); a name belongs to GObject
    // and is never freed.
    unsafe {
        let held = gobject::g_type_class_ref(class.into_glib());
        let ids = gobject::g_signal_list_ids(class.into_glib(), &mut count);
        let signal = |index| {
            let id = *ids.add(index);
            let name = CStr::from_ptr(gobject::g_signal_name(id)).to_string_lossy().into_owned();
            Signal { name, id }
        };
        let signals = (0..count as usize).map(signal).collect();
        glib::ffi::g_free(ids.cast());
        gobject::g_type_class_unref(held.cast());
        signals
    }
}

/// Whether somebody has connected a handler of this signal on `object`, which must be of its class.
pub fn has_handler(object: &glib::Object, signal: &Signal) -> bool {
    // SAFETY: `object` is alive; only the signal's number is compared (G_SIGNAL_MATCH_ID), so the
    // rest may be null.
    unsafe {
        gobject::g_signal_handler_find(
            object.to_glib_none().0,
            gobject::G_SIGNAL_MATCH_ID,
            signal.id,
            0,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        ) != 0
    }
}

/// What tells the pages of `context` where the terminal stands.
pub fn geolocation(context: &WebContext) -> GeolocationManager {
    // SAFETY: the manager belongs to the context (transfer none); from_glib_none takes a reference
    // of its own.
    unsafe {
        GeolocationManager::from_glib_none(sys::webkit_web_context_get_geolocation_manager(
            context.to_glib_none().0,
        ))
    }
}

/// "Denied" to what a `query-permission-state` handler was given; false when `query` is something
/// else.
pub fn deny_permission_state(query: &glib::Value) -> bool {
    if query.type_().name() != "WebKitPermissionStateQuery" {
        return false;
    }
    // SAFETY: the value holds a boxed query, as its type says, and keeps it alive for the whole
    // call.
    unsafe {
        let boxed = gobject::g_value_get_boxed(query.to_glib_none().0);
        sys::webkit_permission_state_query_finish(
            boxed.cast(),
            sys::WEBKIT_PERMISSION_STATE_DENIED,
        );
    }
    true
}

type Done = Box<dyn FnOnce(Result<(), glib::Error>)>;

/// Compiles `rules` (JSON) in the directory `store` and adds the filter to `content`; `done` is
/// called from the main loop.
pub fn add_content_filter(
    content: &UserContentManager,
    store: &Path,
    rules: &str,
    done: impl FnOnce(Result<(), glib::Error>) + 'static,
) {
    let done: Done = Box::new(done);
    let state = Box::into_raw(Box::new((content.clone(), done)));
    let rules = glib::Bytes::from(rules.as_bytes());
    // SAFETY: every pointer passed is alive during the call and WebKit copies or references what it
    // keeps; `state` is given to the callback, which GIO calls exactly once; the async operation
    // holds its own reference of the store.
    unsafe {
        let store = sys::webkit_user_content_filter_store_new(store.to_glib_none().0);
        sys::webkit_user_content_filter_store_save(
            store,
            c"allow-list".as_ptr(),
            rules.to_glib_none().0,
            std::ptr::null_mut(),
            Some(filter_saved),
            state.cast(),
        );
        glib::gobject_ffi::g_object_unref(store.cast());
    }
}

unsafe extern "C" fn filter_saved(
    store: *mut glib::gobject_ffi::GObject,
    result: *mut gio::ffi::GAsyncResult,
    state: glib::ffi::gpointer,
) {
    // SAFETY: `state` is the box of `add_content_filter`, handed over once; on success the filter
    // is ours (transfer full), the manager takes its own reference, and ours is given back; on
    // failure the error is ours.
    let (done, outcome) = unsafe {
        let (content, done) = *Box::from_raw(state.cast::<(UserContentManager, Done)>());
        let mut error = std::ptr::null_mut();
        let filter =
            sys::webkit_user_content_filter_store_save_finish(store.cast(), result, &mut error);
        if error.is_null() {
            sys::webkit_user_content_manager_add_filter(content.to_glib_none().0, filter);
            sys::webkit_user_content_filter_unref(filter);
            (done, Ok(()))
        } else {
            (done, Err(glib::Error::from_glib_full(error)))
        }
    };
    done(outcome);
}

/// The identifier of every feature the installed engine has.
#[cfg(test)]
pub fn features() -> Vec<String> {
    let mut names = Vec::new();
    each_feature(|identifier, _| names.push(identifier.to_owned()));
    names
}
