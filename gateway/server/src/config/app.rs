//! One `[[app]]` table, as the file has it: flat, whatever the application speaks. Another protocol
//! brings its keys here, and the check that no table mixes them.

use borne_gateway_model::{CasClient, Client, Clients, Logout, Protocol};
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    name: String,
    #[serde(default)]
    protocol: Spoken,
    services: Vec<String>,
    entry: String,
    #[serde(default)]
    shortcut: bool,
    #[serde(default)]
    proxy_callbacks: Vec<String>,
    #[serde(default)]
    proxy_targets: Vec<String>,
    #[serde(default)]
    logout: Logout,
    #[serde(default)]
    warm_assets: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Spoken {
    #[default]
    Cas,
}

impl From<App> for Client {
    fn from(app: App) -> Self {
        let protocol = match app.protocol {
            Spoken::Cas => Protocol::Cas(CasClient {
                services: app.services,
                shortcut: app.shortcut,
                proxy_callbacks: app.proxy_callbacks,
                proxy_targets: app.proxy_targets,
            }),
        };
        let App { name, entry, logout, warm_assets, .. } = app;
        Self { name, protocol, entry, logout, warm_assets }
    }
}

/// All tables.
pub fn clients<'de, D: Deserializer<'de>>(from: D) -> Result<Clients, D::Error> {
    let apps = Vec::<App>::deserialize(from)?;
    Ok(apps.into_iter().map(Client::from).collect())
}
