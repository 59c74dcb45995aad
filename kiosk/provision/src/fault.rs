//! An error in the words of the screen.

use crate::Exit;
use borne_config::ConfigError;
use borne_config::provision::ProvisionError;
use borne_ipc::ProvisionFault;

/// Which of the screen's messages an error is.
pub fn of(exit: &Exit) -> ProvisionFault {
    match exit {
        Exit::File(ProvisionError::Shape { line, .. }) => ProvisionFault::Shape(*line),
        Exit::File(ProvisionError::Key { key, .. }) => of_key(key),
        Exit::File(ProvisionError::Terminal(ConfigError::GatewayUrl(_))) => {
            ProvisionFault::GatewayUrl
        }
        Exit::File(ProvisionError::Terminal(
            ConfigError::Shape(_) | ConfigError::Session { .. },
        ))
        | Exit::NotText => ProvisionFault::Shape(0),
        Exit::File(ProvisionError::Terminal(_)) => ProvisionFault::Browser,
        Exit::Disk(_) | Exit::Card(_) | Exit::Missing => ProvisionFault::Card,
    }
}

fn of_key(key: &str) -> ProvisionFault {
    match key {
        "gateway.ca" => ProvisionFault::GatewayCa,
        "gateway.token" => ProvisionFault::GatewayToken,
        "network.address" => ProvisionFault::Address,
        "network.router" => ProvisionFault::Route,
        "network.dns" => ProvisionFault::Dns,
        "wifi.ssid" => ProvisionFault::Ssid,
        "wifi.passphrase" => ProvisionFault::Passphrase,
        "wifi.country" => ProvisionFault::Country,
        "proxy.url" => ProvisionFault::Proxy,
        "time.ntp" => ProvisionFault::Ntp,
        "time.zone" => ProvisionFault::Zone,
        key if key.starts_with("dot1x.") => ProvisionFault::Dot1x,
        _ => ProvisionFault::Shape(0),
    }
}
