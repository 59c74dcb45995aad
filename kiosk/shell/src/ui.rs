//! What slint-build makes of `ui/`, and which text of it belongs to which message.

#![allow(
    missing_docs,
    clippy::all,
    clippy::todo,
    clippy::unimplemented,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "generated"
)]

use borne_ipc::{BadgeNotice, Notice, Outage, PageNotice, Strip};

slint::include_modules!();

impl From<Notice> for NoticeText {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::UnknownBadge => Self::UnknownBadge,
            Notice::RandomUid => Self::RandomUid,
            Notice::BadgeLocked => Self::BadgeLocked,
            Notice::Wait { .. } => Self::Wait,
            Notice::AccountExpired => Self::AccountExpired,
            Notice::AccountDisabled => Self::AccountDisabled,
            Notice::TooManyTries => Self::TooManyTries,
            Notice::GatewayUnreachable => Self::GatewayUnreachable,
            Notice::DirectoryUnavailable => Self::DirectoryUnavailable,
            Notice::GroupwareUnreachable => Self::GroupwareUnreachable,
            Notice::UntrustedCertificate => Self::UntrustedCertificate,
            Notice::ReaderUnplugged => Self::ReaderUnplugged,
            Notice::PageCrashed => Self::PageCrashed,
            Notice::SessionExpired => Self::SessionExpired,
            Notice::SessionEnded => Self::SessionEnded,
            Notice::LoginFailed => Self::LoginFailed,
            Notice::OneBadge => Self::OneBadge,
            Notice::UnreadableBadge => Self::UnreadableBadge,
        }
    }
}

impl From<Outage> for OutageText {
    fn from(outage: Outage) -> Self {
        match outage {
            Outage::Starting => Self::Starting,
            Outage::ReaderUnplugged => Self::ReaderUnplugged,
            Outage::GatewayUnreachable => Self::GatewayUnreachable,
            Outage::NetworkUnplugged => Self::NetworkUnplugged,
            Outage::NoAddress => Self::NoAddress,
            Outage::UntrustedCertificate => Self::UntrustedCertificate,
            Outage::GatewayCertificateEnded => Self::GatewayCertificateEnded,
            Outage::GatewayName => Self::GatewayName,
            Outage::CertificateEnded => Self::CertificateEnded,
            Outage::TerminalRevoked => Self::TerminalRevoked,
            Outage::NotJoined => Self::NotJoined,
            Outage::WipeFailed => Self::WipeFailed,
            Outage::Restarting => Self::Restarting,
            Outage::GatewayNeverReached => Self::GatewayNeverReached,
        }
    }
}

impl From<Strip> for PageText {
    fn from(strip: Strip) -> Self {
        match strip {
            Strip::Page(PageNotice::Blocked) => Self::Blocked,
            Strip::Page(PageNotice::Unreachable) => Self::Unreachable,
            Strip::Page(PageNotice::UntrustedCertificate) => Self::UntrustedCertificate,
            Strip::Page(PageNotice::FileNotAvailable) => Self::FileNotAvailable,
            Strip::Page(PageNotice::TooLarge) => Self::TooLarge,
            Strip::Page(PageNotice::NothingToAttach) => Self::NothingToAttach,
            Strip::Page(PageNotice::MailAddress) => Self::MailAddress,
            Strip::Page(PageNotice::Telephone) => Self::Telephone,
            Strip::Page(PageNotice::OtherProgram) => Self::OtherProgram,
            Strip::Badge(BadgeNotice::Refused) => Self::BadgeRefused,
            Strip::Badge(BadgeNotice::OneBadge) => Self::OneBadge,
            Strip::Badge(BadgeNotice::Unreadable) => Self::UnreadableBadge,
            Strip::Badge(BadgeNotice::WrongPins { .. }) => Self::WrongPins,
        }
    }
}
