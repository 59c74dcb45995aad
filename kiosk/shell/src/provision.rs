//! What to say of a `borne.toml` that cannot be used: which key, and how it is written. The
//! sentence round it is in `ui/`.

use borne_ipc::ProvisionFault;

/// For the screen.
pub struct Hint {
    /// Line of the file, or 0.
    pub line: u32,
    /// The key, or nothing.
    pub key: &'static str,
    /// The key as it may be written.
    pub example: &'static str,
}

/// Keys and examples are those of `docs/borne.example.toml`.
pub const fn hint(fault: ProvisionFault) -> Hint {
    let (line, key, example) = match fault {
        ProvisionFault::Shape(line) => (line, "", ""),
        ProvisionFault::GatewayUrl => (0, "gateway.url", "https://passerelle.mairie.example:8443"),
        ProvisionFault::GatewayCa => (0, "gateway.ca", "-----BEGIN CERTIFICATE-----"),
        ProvisionFault::GatewayToken => (0, "gateway.token", "bornectl terminal invite"),
        ProvisionFault::Browser => (0, "browser.allow", "groupware.mairie.example:443"),
        ProvisionFault::Address => (0, "network.address", "10.20.0.15/24"),
        ProvisionFault::Route => (0, "network.router", "10.20.0.1"),
        ProvisionFault::Dns => (0, "network.dns", "10.20.0.53"),
        ProvisionFault::Ssid => (0, "wifi.ssid", "Mairie"),
        ProvisionFault::Passphrase => (0, "wifi.passphrase", "8 – 63"),
        ProvisionFault::Country => (0, "wifi.country", "FR"),
        ProvisionFault::Dot1x => (0, "dot1x.identity", "borne-12"),
        ProvisionFault::Proxy => (0, "proxy.url", "http://proxy.mairie.example:3128"),
        ProvisionFault::Ntp => (0, "time.ntp", "ntp.mairie.example"),
        ProvisionFault::Zone => (0, "time.zone", "Europe/Paris"),
        ProvisionFault::Card => (0, "borne.toml", ""),
    };
    Hint { line, key, example }
}
