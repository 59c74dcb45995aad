//! What the engine is told not to have.
//!
//! Never: silently nothing. A feature name the engine does not know is an error at start: after an update of WebKit
//! somebody must look what became of it.

use crate::ffi;
use gtk::glib;
use webkit2gtk::{HardwareAccelerationPolicy, Settings, SettingsExt};

/// Features without which mail and calendar work, and which ask, tell, store, capture, draw elsewhere or run when the
/// page is gone. Names are those of `webkit_feature_get_identifier()`.
const OFF: [&str; 41] = [
    "AsyncClipboardAPI",
    "BackspaceKeyNavigation",
    "BeaconAPI",
    "CacheAPI",
    "ContactPickerAPI",
    "CookieStoreAPI",
    "DirectoryUpload",
    "DownloadAttribute",
    "FileSystem",
    "FullScreen",
    "Gamepads",
    "GenericCueAPI",
    "GeolocationAPI",
    "LinkDNSPrefetch",
    "LinkPreconnect",
    "MediaDevices",
    "MediaRecorder",
    "MediaSession",
    "MediaSource",
    "NotificationEvent",
    "Notifications",
    "PermissionsAPI",
    "PointerLock",
    "PrivateClickMeasurement",
    "PushAPI",
    "ScreenCapture",
    "ScreenOrientationLockingAPI",
    "ScreenWakeLockAPI",
    "ServiceWorkerNavigationPreload",
    "ServiceWorkers",
    "SharedWorker",
    "SpeechRecognition",
    "SpeechSynthesisAPI",
    "StorageAPI",
    "WebCodecsAudio",
    "WebCodecsVideo",
    "WebGL",
    "WebGPU",
    "WebLocksAPI",
    "WebShare",
    "WirelessPlaybackTargetAPI",
];

#[derive(Debug, thiserror::Error)]
#[error("this WebKit has no feature named {0:?}")]
pub struct UnknownFeatures(Vec<&'static str>);

/// The settings of every view.
pub fn settings() -> Result<Settings, UnknownFeatures> {
    let settings = Settings::new();
    settings.set_allow_file_access_from_file_urls(false);
    settings.set_allow_modal_dialogs(false);
    settings.set_allow_top_navigation_to_data_urls(false);
    settings.set_allow_universal_access_from_file_urls(false);
    settings.set_enable_back_forward_navigation_gestures(false);
    settings.set_enable_developer_extras(false);
    settings.set_enable_dns_prefetching(false);
    settings.set_enable_encrypted_media(false);
    settings.set_enable_fullscreen(false);
    settings.set_enable_media_stream(false);
    settings.set_enable_mediasource(false);
    // A page left in the back-forward cache is a page of somebody.
    settings.set_enable_page_cache(false);
    settings.set_enable_webaudio(false);
    settings.set_enable_webgl(false);
    settings.set_enable_webrtc(false);
    // Pages print what they like to their console.
    settings.set_enable_write_console_messages_to_stdout(false);
    settings.set_javascript_can_access_clipboard(false);
    settings.set_javascript_can_open_windows_automatically(false);
    // The filter gives the browser no GPU, and compositing by software GL made SOGo's inbox several times slower. The
    // price is 3D transforms: see `engine::FLAT`.
    settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
    match ffi::disable_features(&settings, &OFF) {
        unknown if unknown.is_empty() => Ok(settings),
        unknown => Err(UnknownFeatures(unknown)),
    }
}

/// GTK's own switches, for the whole process.
pub fn settle_gtk() {
    let Some(gtk) = gtk::Settings::default() else { return };
    use gtk::prelude::*;
    for name in ["gtk-enable-event-sounds", "gtk-enable-input-feedback-sounds", "gtk-enable-primary-paste"] {
        gtk.set_property(name, false.to_value());
    }
    // No menu, accelerator or mnemonic of GTK's is for the person.
    gtk.set_property("gtk-menu-bar-accel", None::<glib::GString>.to_value());
    gtk.set_property("gtk-enable-accels", false.to_value());
    gtk.set_property("gtk-enable-mnemonics", false.to_value());
}
