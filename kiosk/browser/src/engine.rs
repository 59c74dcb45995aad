//! The engine: one ephemeral context in WebKit's own sandbox, and the views that share it.
//!
//! Never: a profile on disk, a certificate exception, a credential store, a network beside the
//! relay.

use crate::policy::AllowList;
use crate::{features, filter, relay};
use borne_ipc::BrowserPolicy;
use gtk::glib;
use webkit2gtk::{
    AutoplayPolicy, CacheModel, MemoryPressureSettings, NetworkProxyMode, NetworkProxySettings,
    Settings, TLSErrorsPolicy, UserContentInjectedFrames, UserContentManager,
    UserContentManagerExt, UserScript, UserScriptInjectionTime, UserStyleLevel, UserStyleSheet,
    WebContext, WebContextExt, WebView, WebViewExt, WebsiteDataManager, WebsiteDataManagerExt,
    WebsitePolicies,
};

/// World of our own scripts: the page cannot touch what they use.
pub const OUR_WORLD: &str = "borne";
/// MiB one web process may hold before WebKit kills it. SOGo with a message and its PDF takes about
/// 250; the cage of a board with 1 GB has 690 for all its processes (`MemoryMax`).
const WEB_PROCESS_MIB: u32 = 500;
/// Large pictures are shown small (docs/adr/0016).
const PICTURES: &str = include_str!("pictures.js");
/// Until their size is known; the attribute is the script's.
const PICTURES_PENDING: &str = "img[borne-pending] { visibility: hidden !important }";
/// WebKit's own PDF viewer.
const PDF_VIEWER: &str = "webkit-pdfjs-viewer://*/*";
/// Dragging something out of a page has no place to go here.
const NO_DRAG: &str = "addEventListener('dragstart', event => event.preventDefault(), true);";

/// Without compositing `backface-visibility` does nothing: the back of SOGo's message card (the raw
/// source) would cover the front, with its subject and its buttons.
const FLAT: &str = "
    .sg-reversible:not(.sg-flip) > .sg-back, .sg-reversible.sg-flip > .sg-face { visibility: hidden !important }";
/// SOGo's lists and messages are set in 12 to 14 pixels, for a desk; a terminal hangs at arm's
/// length. The calendar's cells stay as they are: larger letters would be cut there.
const LEGIBLE: &str = "
    .sg-tile-content .sg-md-subhead, .sg-tile-content .sg-md-body, .sg-tile-content .sg-tile-date,
    .sg-tile-content .sg-tile-size, md-list-item .sg-item-name, .md-body-1, .sg-md-body-1, .md-body-2, .sg-md-body-2,
    .msg-body, .msg-date, .md-autocomplete-suggestion, .md-toast-content, .md-chips, md-chips.sg-dense md-chip {
        font-size: 16px !important }
    [ui-view=calendars] .sg-tile-content .sg-md-subhead { font-size: 14px !important }";
/// While the on-screen keyboard is there the page is low. CKEditor's tools would leave no line to
/// write on, and on an 800x480 screen recipient, subject and text must share 208 pixels: what can
/// wait for a desk goes.
const LOW: &str = "
    @media (max-height: 480px) { .cke_top, .cke_bottom { display: none !important } }
    @media (max-height: 300px) {
        #mailEditor .md-toolbar-tools, #mailEditor md-toolbar { min-height: 44px !important; height: 44px !important }
        #mailEditor .md-toolbar-tools .md-button { margin: 0 6px !important }
        #mailEditor md-autocomplete-wrap, #mailEditor .md-toolbar-tools md-autocomplete { height: 36px !important;
            margin-top: 0 !important; margin-bottom: 0 !important }
        #mailEditor .pseudo-input-label, #mailEditor md-dialog-actions { display: none !important }
        #mailEditor header { padding-top: 0 !important; padding-bottom: 0 !important }
        #mailEditor header md-input-container { margin: 14px 0 0 0 !important }
        #mailEditor .msg-header-buttons { display: none !important } }";
/// Buttons of WebKit's PDF viewer whose requests are refused anyway: a button that does nothing
/// only puzzles.
const NO_PDF_BUTTONS: &str =
    "#print, #printButton, #download, #downloadButton, #openFile, #secondaryPrint,
    #secondaryDownload, #secondaryOpenFile, #viewBookmark, #presentationMode, #editorModeButtons,
    #editorModeSeparator { display: none !important }";

/// What is typed into a form of a PDF can be neither saved nor sent, and would be lost: its fields take
/// no touch, and a line says why.
const PDF_FORMS_READ_ONLY: &str = r#"
    .annotationLayer :is(input, textarea, select), .xfaLayer :is(input, textarea, select) { pointer-events: none !important }
    body:has(:is(.annotationLayer, .xfaLayer) :is(input, textarea, select))::after {
        content: "Ce formulaire ne peut pas être rempli sur la borne. Remplissez-le sur un ordinateur.\A This form cannot be filled in here. Use a computer.";
        position: fixed; bottom: 0; left: 0; right: 0; z-index: 100000; padding: 10px 16px; white-space: pre-line;
        font: 18px sans-serif; color: #fff; background: #1d3c6a }"#;
/// Nor by the Tab key.
const PDF_FORMS_UNFOCUSED: &str = "addEventListener('focusin', ({ target }) =>
    target.matches('.annotationLayer *, .xfaLayer *') && target.matches('input, textarea, select') && target.blur(), true);";

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("features: {0}")]
    Features(#[from] features::UnknownFeatures),
    #[error("the context is not ephemeral")]
    NotEphemeral,
}

/// What every view is made of.
pub struct Engine {
    context: WebContext,
    content: UserContentManager,
    settings: Settings,
    frames: String,
    zoom: f64,
}

impl Engine {
    /// Builds the context and compiles the content filter; `ready` is called when the filter is in
    /// place.
    pub fn start(
        policy: &BrowserPolicy,
        allow: &AllowList,
        ready: impl FnOnce(Result<(), glib::Error>) + 'static,
    ) -> Result<Self, EngineError> {
        let settings = features::settings()?;
        features::settle_gtk();
        let context = context()?;
        let content = UserContentManager::new();
        let frames = UserContentInjectedFrames::AllFrames;
        let start = UserScriptInjectionTime::Start;
        content.add_script(&UserScript::for_world(NO_DRAG, frames, start, OUR_WORLD, &[], &[]));
        content.add_script(&UserScript::for_world(
            PICTURES,
            frames,
            start,
            OUR_WORLD,
            &[],
            &[PDF_VIEWER],
        ));
        content.add_script(&UserScript::for_world(
            PDF_FORMS_UNFOCUSED,
            frames,
            start,
            OUR_WORLD,
            &[PDF_VIEWER],
            &[],
        ));
        for sheet in [NO_PDF_BUTTONS, PDF_FORMS_READ_ONLY] {
            content.add_style_sheet(&UserStyleSheet::new(
                sheet,
                frames,
                UserStyleLevel::User,
                &[PDF_VIEWER],
                &[],
            ));
        }
        for sheet in [FLAT, LEGIBLE, LOW, PICTURES_PENDING] {
            content.add_style_sheet(&UserStyleSheet::new(
                sheet,
                frames,
                UserStyleLevel::User,
                &[],
                &[],
            ));
        }
        filter::install(&content, allow, ready);
        Ok(Self {
            context,
            content,
            settings,
            frames: filter::frames(allow),
            zoom: f64::from(policy.zoom_percent) / 100.0,
        })
    }

    /// For `lock::lock_context`.
    pub fn context(&self) -> &WebContext {
        &self.context
    }

    /// A view with nothing loaded and, so far, nothing refused: `lock::lock` must follow. With
    /// `beside`, it shares that view's web process.
    pub fn view(&self, beside: Option<&WebView>) -> WebView {
        let policies = WebsitePolicies::builder().autoplay(AutoplayPolicy::Deny).build();
        let view = glib::Object::builder()
            .property("settings", &self.settings)
            .property("default-content-security-policy", &self.frames)
            .property("user-content-manager", &self.content)
            .property("website-policies", &policies);
        let view: WebView = match beside {
            Some(beside) => view.property("related-view", beside).build(),
            None => view.property("web-context", &self.context).build(),
        };
        view.set_zoom_level(self.zoom);
        view
    }
}

fn context() -> Result<WebContext, EngineError> {
    let data = WebsiteDataManager::new_ephemeral();
    let mut memory = MemoryPressureSettings::new();
    // In this order: each threshold must stay below the one set before it.
    memory.set_memory_limit(WEB_PROCESS_MIB);
    memory.set_kill_threshold(1.0);
    memory.set_strict_threshold(0.85);
    memory.set_conservative_threshold(0.7);
    memory.set_poll_interval(2.0);
    let context = WebContext::builder()
        .website_data_manager(&data)
        .memory_pressure_settings(&memory)
        // One web process for gateway and groupware: what the standby parsed and compiled stays at
        // hand.
        .process_swap_on_cross_site_navigation_enabled(false)
        .build();
    if !data.is_ephemeral() {
        return Err(EngineError::NotEphemeral);
    }
    data.set_tls_errors_policy(TLSErrorsPolicy::Fail);
    data.set_persistent_credential_storage_enabled(false);
    data.set_itp_enabled(true);
    let mut proxy = NetworkProxySettings::new(Some(relay::PROXY_URI), &[]);
    data.set_network_proxy_settings(NetworkProxyMode::Custom, Some(&mut proxy));
    context.set_sandbox_enabled(true);
    context.set_automation_allowed(false);
    context.set_spell_checking_enabled(false);
    context.set_preferred_languages(&["fr-FR", "fr", "en"]);
    // The only model that keeps scripts, styles and fonts in memory from the warm page to the
    // groupware.
    context.set_cache_model(CacheModel::WebBrowser);
    Ok(context)
}
