//! The calls of WebKitGTK that its crate lacks: content filters (in `webkit2gtk::ffi` only) and features (nowhere).
//!
//! This module alone may be unsafe in the browser. Each function here is safe to call from GTK's main thread.
#![allow(unsafe_code)]

use gtk::glib;
use gtk::glib::translate::{FromGlibPtrFull, ToGlibPtr};
use std::ffi::{CStr, c_char, c_int};
use std::path::Path;
use webkit2gtk::ffi as sys;
use webkit2gtk::{Settings, UserContentManager, gio};

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
    fn webkit_settings_set_feature_enabled(settings: *mut sys::WebKitSettings, feature: *mut Feature, enabled: c_int);
}

/// Switches off every feature `unwanted` names and returns the names the engine has not.
pub fn disable_features<'a>(settings: &Settings, unwanted: &[&'a str]) -> Vec<&'a str> {
    let mut unknown = unwanted.to_vec();
    // SAFETY: the list is ours until the unref (transfer full); its features live as long as the list; an identifier is
    // a NUL-terminated string of the feature; `settings` is a live WebKitSettings for the whole call.
    unsafe {
        let list = webkit_settings_get_all_features();
        for index in 0..webkit_feature_list_get_length(list) {
            let feature = webkit_feature_list_get(list, index);
            let identifier = CStr::from_ptr(webkit_feature_get_identifier(feature)).to_bytes();
            if let Some(at) = unknown.iter().position(|name| name.as_bytes() == identifier) {
                unknown.swap_remove(at);
                webkit_settings_set_feature_enabled(settings.to_glib_none().0, feature, glib::ffi::GFALSE);
            }
        }
        webkit_feature_list_unref(list);
    }
    unknown
}

type Done = Box<dyn FnOnce(Result<(), glib::Error>)>;

/// Compiles `rules` (JSON) in the directory `store` and adds the filter to `content`; `done` is called from the main loop.
pub fn add_content_filter(
    content: &UserContentManager,
    store: &Path,
    rules: &str,
    done: impl FnOnce(Result<(), glib::Error>) + 'static,
) {
    let done: Done = Box::new(done);
    let state = Box::into_raw(Box::new((content.clone(), done)));
    let rules = glib::Bytes::from(rules.as_bytes());
    // SAFETY: every pointer passed is alive during the call and WebKit copies or references what it keeps; `state` is
    // given to the callback, which GIO calls exactly once; the async operation holds its own reference of the store.
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
    // SAFETY: `state` is the box of `add_content_filter`, handed over once; on success the filter is ours (transfer
    // full), the manager takes its own reference, and ours is given back; on failure the error is ours.
    let (done, outcome) = unsafe {
        let (content, done) = *Box::from_raw(state.cast::<(UserContentManager, Done)>());
        let mut error = std::ptr::null_mut();
        let filter = sys::webkit_user_content_filter_store_save_finish(store.cast(), result, &mut error);
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
