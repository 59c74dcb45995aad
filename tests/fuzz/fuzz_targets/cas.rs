//! What browsers and applications send to the gateway: CAS queries, the redeem form, and the URLs
//! in them.
//!
//! Holds: no panic; a proxy callback that is accepted leads, as the HTTP client reads it, below a
//! registered beginning.
#![no_main]

use borne_gateway_model::query::{Login, Logout, Proxy, Redeem, Validate};
use borne_gateway_model::{
    CasClient, Client, Clients, Logout as LogoutSetting, Protocol, append_query, digest,
};
use libfuzzer_sys::fuzz_target;

const CALLBACK: &str = "https://groupware.mairie.example/SOGo/casProxy";
const SERVICE: &str = "https://groupware.mairie.example/SOGo/index";

fn clients() -> Clients {
    let cas = CasClient {
        services: vec![SERVICE.to_owned()],
        shortcut: true,
        proxy_callbacks: vec![CALLBACK.to_owned()],
        proxy_targets: vec!["imap://groupware.mairie.example".to_owned()],
    };
    let client = Client {
        name: "sogo".to_owned(),
        protocol: Protocol::Cas(cas),
        entry: SERVICE.to_owned(),
        logout: LogoutSetting::CasSlo,
        warm_assets: Vec::new(),
    };
    Clients::from_iter([client])
}

fn callback(pgt_url: &str) {
    let clients = clients();
    let (_, app) = clients.of_service(SERVICE).expect("the application");
    if !app.may_call_back(pgt_url) {
        return;
    }
    let Ok(mut url) = url::Url::parse(pgt_url) else { return };
    url.query_pairs_mut().append_pair("pgtId", "PGT-1").append_pair("pgtIou", "PGTIOU-1");
    assert_eq!(
        url.origin().ascii_serialization(),
        "https://groupware.mairie.example",
        "{pgt_url:?}"
    );
    assert!(url.username().is_empty() && url.password().is_none(), "{pgt_url:?}");
    assert!(url.as_str().starts_with(CALLBACK), "{pgt_url:?} leads to {url}");
}

fuzz_target!(|data: &[u8]| {
    drop(serde_urlencoded::from_bytes::<Login>(data));
    drop(serde_urlencoded::from_bytes::<Logout>(data));
    drop(serde_urlencoded::from_bytes::<Proxy>(data));
    if let Ok(form) = serde_urlencoded::from_bytes::<Redeem>(data) {
        drop(digest(form.ticket.expose()));
    }
    if let Ok(query) = serde_urlencoded::from_bytes::<Validate>(data) {
        query.pgt_url.as_deref().map(callback);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    callback(text);
    callback(&format!("{CALLBACK}{text}"));
    assert!(clients().of_service(text).is_none() || text == SERVICE);
    assert!(append_query(text, "ticket", "ST-1").ends_with("ticket=ST-1"));
});
