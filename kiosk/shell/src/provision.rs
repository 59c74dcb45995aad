//! Which sentence of `ui/provision.slint` a fault of `borne.toml` is.

use crate::ui::FaultText;
use borne_ipc::Wrong;

/// The sentence.
pub const fn text(what: Wrong) -> FaultText {
    match what {
        Wrong::Syntax => FaultText::Syntax,
        Wrong::UnknownKey => FaultText::UnknownKey,
        Wrong::MissingKey => FaultText::MissingKey,
        Wrong::Twice => FaultText::Twice,
        Wrong::Kind => FaultText::Kind,
        Wrong::Encoding => FaultText::Encoding,
        Wrong::TooLarge => FaultText::TooLarge,
        Wrong::NoFile => FaultText::NoFile,
        Wrong::OtherName => FaultText::OtherName,
        Wrong::Card => FaultText::Card,
        Wrong::Url => FaultText::Url,
        Wrong::Blank => FaultText::Blank,
        Wrong::Port => FaultText::Port,
        Wrong::CaDamaged => FaultText::CaDamaged,
        Wrong::CaPrivateKey => FaultText::CaPrivateKey,
        Wrong::CaExpired => FaultText::CaExpired,
        Wrong::CaNotAuthority => FaultText::CaNotAuthority,
        Wrong::Token => FaultText::Token,
        Wrong::HostPort => FaultText::HostPort,
        Wrong::Nothing => FaultText::Nothing,
        Wrong::Lan => FaultText::Lan,
        Wrong::WarmUrl => FaultText::WarmUrl,
        Wrong::Mailto => FaultText::Mailto,
        Wrong::Range { .. } => FaultText::Range,
        Wrong::Address => FaultText::Address,
        Wrong::AddressOfNetwork => FaultText::AddressOfNetwork,
        Wrong::AddressOfAll => FaultText::AddressOfAll,
        Wrong::Router => FaultText::Router,
        Wrong::Dns => FaultText::Dns,
        Wrong::Ssid => FaultText::Ssid,
        Wrong::WifiKey => FaultText::WifiKey,
        Wrong::WifiKeyTwice => FaultText::WifiKeyTwice,
        Wrong::WifiKeyMissing => FaultText::WifiKeyMissing,
        Wrong::Country => FaultText::Country,
        Wrong::Line => FaultText::Line,
        Wrong::Proxy => FaultText::Proxy,
        Wrong::Ntp => FaultText::Ntp,
        Wrong::Zone => FaultText::Zone,
        Wrong::Bus => FaultText::Bus,
        Wrong::Hours => FaultText::Hours,
        Wrong::GpioPin => FaultText::GpioPin,
        Wrong::DisplayAddress => FaultText::DisplayAddress,
    }
}

/// The numbers in it, least and most.
pub const fn range(what: Wrong) -> (i32, i32) {
    match what {
        Wrong::Range { least, most } => (least.cast_signed(), most.cast_signed()),
        _ => (0, 0),
    }
}
