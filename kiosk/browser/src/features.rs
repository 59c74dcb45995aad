//! What the engine is told not to have.
//!
//! Never: silently nothing. A feature name the engine does not know is an error at start: after an
//! update of WebKit somebody must look what became of it.

use crate::ffi;
use gtk::glib;
use webkit2gtk::{HardwareAccelerationPolicy, Settings, SettingsExt};

/// Features without which mail and calendar work, by what they would do. Names are those of
/// `webkit_feature_get_identifier()`. Listed also when the engine has them off today: an update may
/// think better of them. docs/adr/0007 says what of the rest was looked at and stays.
const OFF: [&[&str]; 9] = [ASK, TELL, KEEP, CAPTURE, DRAW, OUTLIVE, PLAY, LOOSEN, KEYS];

/// Would ask the person, or take the screen, the clipboard or a device.
const ASK: &[&str] = &[
    "AppBadge",
    "AsyncClipboardAPI",
    "ContactPickerAPI",
    "CookieConsentAPI",
    "DOMPasteAccessRequests",
    "DOMPasteAllowed",
    "DirectoryUpload",
    "FileSystem",
    "FullScreen",
    "FullScreenKeyboardLock",
    "GamepadTriggerRumble",
    "GamepadVibrationActuator",
    "Gamepads",
    "GeolocationAPI",
    "LoginStatusAPI",
    "LoginStatusAPIRequiresWebAuthn",
    "MediaSession",
    "MediaSessionCaptureToggleAPI",
    "MediaSessionExtendedActions",
    "Notifications",
    "PermissionsAPI",
    "PointerLock",
    "PointerLockOptions",
    "ScreenOrientationLockingAPI",
    "ScreenWakeLockAPI",
    "StorageAccessAPI",
    "StorageAccessAPIPerPageScope",
    "WebShare",
    "WebShareFileAPI",
];

/// Tell somebody: other hosts, the log, a debugger.
const TELL: &[&str] = &[
    "BeaconAPI",
    "ChildProcessDebuggability",
    "DiagnosticLogging",
    "EnumeratingAllNetworkInterfaces",
    "EnumeratingVisibleNetworkInterfaces",
    "FTP",
    "LinkDNSPrefetch",
    "LinkPreconnect",
    "LinkPreconnectEarlyHints",
    "LinkPrefetch",
    "LogsPageMessagesToSystemConsole",
    "PrivateClickMeasurement",
    "PrivateClickMeasurementDebugMode",
    "PrivateClickMeasurementFraudPrevention",
    "SpeculationRulesPrefetch",
    "WebAPIStatistics",
    "WebTransport",
];

/// Keep something, or hand a file out.
const KEEP: &[&str] = &[
    "AccessHandle",
    "CacheAPI",
    "CookieStoreAPI",
    "CookieStoreAPIExtendedAttributes",
    "CookieStoreManager",
    "Databases",
    "DownloadAttribute",
    "FileSystemHandleSerialization",
    "FileSystemWritableStream",
    "MultiProcessBackForwardCache",
    "StorageAPI",
    "StorageAPIEstimate",
    "UsesBackForwardCache",
    "WebLocksAPI",
];

/// See and hear the room, or read the page for other programs.
const CAPTURE: &[&str] = &[
    "CaptureAudioInGPUProcess",
    "CaptureVideoInGPUProcess",
    "ExposeSpeakers",
    "ExposeSpeakersWithoutMicrophone",
    "ImageCapture",
    "MediaDevices",
    "MediaRecorder",
    "MediaStreamTrackHandle",
    "MediaStreamTrackProcessing",
    "MockCaptureDevices",
    "MockCaptureDevicesPrompt",
    "PerElementSpeakerSelection",
    "RemoteSnapshotting",
    "ScreenCapture",
    "ShapeDetection",
    "SpeechRecognition",
    "TelephoneNumberParsing",
    "TextExtraction",
    "TextExtractionDebugUI",
    "TextExtractionFilter",
    "UseMicrophoneMuteStatusAPI",
];

/// Draw beside the page, or by a graphics card; show what is typed.
const DRAW: &[&str] = &[
    "AllowWebGLInWorkers",
    "AllowsPictureInPictureMediaPlayback",
    "DataListElement",
    "InWindowFullscreen",
    "MediaControlsContextMenus",
    "PasswordEcho",
    "ResourceUsageOverlayVisible",
    "ShowMediaStatsContextMenuItem",
    "ShowModalDialog",
    "ShowsToolTipOverTruncatedText",
    "ShowsURLsInToolTips",
    "SlowFrameIndicatorVisible",
    "VideoPresentationManager",
    "VideoPresentationModeAPI",
    "WebGL",
    "WebGLDraftExtensions",
    "WebGLTimerQueries",
    "WebGPU",
    "WebGPUHDR",
    "WebXRWebGPUBindings",
    "WirelessPlaybackTargetAPI",
];

/// Run when the page is gone.
const OUTLIVE: &[&str] = &[
    "BackgroundFetchAPI",
    "NotificationEvent",
    "PushAPI",
    "ServiceWorkerInstallEvent",
    "ServiceWorkerNavigationPreload",
    "ServiceWorkers",
    "ServiceWorkersUserGesture",
    "SharedWorker",
];

/// Play and decode sound and film: parsers of what strangers mail, for nothing a mailbox needs.
const PLAY: &[&str] = &[
    "CaptionDisplaySettings",
    "DetachableMediaSource",
    "GStreamer",
    "GenericCueAPI",
    "ManagedMediaSource",
    "MediaCapabilities",
    "MediaCapabilitiesExtensions",
    "MediaSource",
    "RemoteMediaSessionManager",
    "SourceBufferChangeType",
    "SpeechSynthesisAPI",
    "TextTracksInMSE",
    "WebAudio",
    "WebCodecsAV1",
    "WebCodecsAudio",
    "WebCodecsHEVC",
    "WebCodecsVideo",
];

/// Loosen the engine's own rules, or are there for those who test it.
const LOOSEN: &[&str] = &[
    "AllowContentSecurityPolicySourceStarToMatchAnyProtocol",
    "AllowDisplayOfInsecureContent",
    "AllowFileAccessFromFileURLs",
    "AllowPrivacySensitiveOperationsInNonPersistentDataStores",
    "AllowRunningOfInsecureContent",
    "AllowTestOnlyIPC",
    "AllowTestOnlyMockContentFilterIPC",
    "AllowTestOnlyOriginAccessAllowListIPC",
    "AllowTopNavigationToDataURLs",
    "AllowUniversalAccessFromFileURLs",
    "DOMTestingAPIs",
    "DeveloperExtras",
    "EnhancedSecurityForceDisabled",
    "ForceFTPDirectoryListings",
    "IgnoreIframeEmbeddingProtections",
    "ItpDebugMode",
    "JavaScriptCanAccessClipboard",
    "JavaScriptCanOpenWindowsAutomatically",
    "NeedsStorageAccessFromFileURLsQuirk",
    "ServiceWorkerEntitlementDisabledForTesting",
    "WebInspectorEngineeringSettingsAllowed",
];

/// Keys that mean something of their own.
const KEYS: &[&str] = &["BackspaceKeyNavigation", "CaretBrowsing", "SpatialNavigation"];

/// What a series of the engine has lost or won.
struct Change {
    /// The minor version of 2.x that is the first to differ.
    since: u32,
    gone: &'static [&'static str],
    new: &'static [&'static str],
}

/// The series this runs on, after 2.50 (Debian 12): 2.52 (Buildroot) and 2.54 (Debian 13).
const CHANGES: [Change; 2] = [
    // Content by http in a page by https is refused without a switch; the attributes of cookies
    // belong to `CookieStoreAPI`.
    Change {
        since: 52,
        gone: &[
            "AllowDisplayOfInsecureContent",
            "AllowRunningOfInsecureContent",
            "CookieStoreAPIExtendedAttributes",
        ],
        new: &[
            "AllowTestOnlyMockContentFilterIPC",
            "AllowTestOnlyOriginAccessAllowListIPC",
            "CaptionDisplaySettings",
            "SlowFrameIndicatorVisible",
            "SpeculationRulesPrefetch",
            "StorageAccessAPI",
            "TextExtractionFilter",
        ],
    },
    // Consent to cookies and listings of FTP no longer exist; the options of a pointer lock belong
    // to `PointerLock`, full screen in the window to `FullScreen`. Names are looked up by the proxy
    // in any case: there is no name server in the cage.
    Change {
        since: 54,
        gone: &[
            "CookieConsentAPI",
            "ForceFTPDirectoryListings",
            "InWindowFullscreen",
            "LinkDNSPrefetch",
            "PointerLockOptions",
        ],
        new: &[
            "EnhancedSecurityForceDisabled",
            "FileSystemHandleSerialization",
            "MediaSessionExtendedActions",
            "MediaStreamTrackHandle",
            "MultiProcessBackForwardCache",
            "StorageAccessAPIPerPageScope",
            "TextExtractionDebugUI",
        ],
    },
];

/// What an engine of this minor version must know and must not have.
fn unwanted(minor: u32) -> Vec<&'static str> {
    let absent = |name: &&str| {
        CHANGES.iter().any(|change| {
            let names = if minor >= change.since { change.gone } else { change.new };
            names.contains(name)
        })
    };
    OFF.concat().into_iter().filter(|name| !absent(name)).collect()
}

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
    // The filter gives the browser no GPU, and compositing by software GL made SOGo's inbox several
    // times slower. The price is 3D transforms: see `engine::FLAT`.
    settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
    match ffi::disable_features(&settings, &unwanted(ffi::engine_minor())) {
        unknown if unknown.is_empty() => Ok(settings),
        unknown => Err(UnknownFeatures(unknown)),
    }
}

/// GTK's own switches, for the whole process.
pub fn settle_gtk() {
    let Some(gtk) = gtk::Settings::default() else { return };
    use gtk::prelude::*;
    for name in
        ["gtk-enable-event-sounds", "gtk-enable-input-feedback-sounds", "gtk-enable-primary-paste"]
    {
        gtk.set_property(name, false.to_value());
    }
    // No menu, accelerator or mnemonic of GTK's is for the person.
    gtk.set_property("gtk-menu-bar-accel", None::<glib::GString>.to_value());
    gtk.set_property("gtk-enable-accels", false.to_value());
    gtk.set_property("gtk-enable-mnemonics", false.to_value());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_that_is_switched_off_is_one_of_the_engine() {
        let known = ffi::features();
        assert!(known.len() > 300, "only {} features were found", known.len());
        let off = unwanted(ffi::engine_minor());
        let misspelt: Vec<_> =
            off.into_iter().filter(|name| !known.iter().any(|known| known == name)).collect();
        assert!(misspelt.is_empty(), "the engine has no {misspelt:?}");
    }

    #[test]
    fn what_only_one_series_has_is_switched_off_there() {
        let all = OFF.concat();
        for change in CHANGES {
            let (before, after) = (unwanted(change.since - 2), unwanted(change.since));
            let changed = change.gone.iter().chain(change.new);
            assert!(changed.clone().all(|name| all.contains(name)), "a name is in no group");
            assert!(change.gone.iter().all(|name| before.contains(name) && !after.contains(name)));
            assert!(change.new.iter().all(|name| after.contains(name) && !before.contains(name)));
            assert_eq!(after.len() + change.gone.len(), before.len() + change.new.len());
        }
    }

    #[test]
    fn every_feature_that_is_switched_off_is_listed_once() {
        let mut names = OFF.concat();
        assert!(OFF.iter().all(|group| group.is_sorted()), "each group is sorted");
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a feature is in two groups");
    }
}
