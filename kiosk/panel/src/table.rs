//! What the panel shows for each state: its meaning, which is a light and a sound, and two lines of
//! text. Pure; the only texts of the panel.
//!
//! A meaning is told by its rhythm, not by its colour alone. Rhythms keep to three flashes in any
//! second (WCAG 2.3.1), sounds stay under three seconds. Never: a name, a device, a clock.

use crate::beat::Beat;
use borne_ipc::{Notice, Outage, PanelState};
use std::time::Duration;

/// Which of the LED's three lights are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// Red.
    pub red: bool,
    /// Green.
    pub green: bool,
    /// Blue.
    pub blue: bool,
}

const RED: Colour = Colour { red: true, green: false, blue: false };
const GREEN: Colour = Colour { red: false, green: true, blue: false };
const BLUE: Colour = Colour { red: false, green: false, blue: true };
const YELLOW: Colour = Colour { red: true, green: true, blue: false };
const CYAN: Colour = Colour { red: false, green: true, blue: true };
const WHITE: Colour = Colour { red: true, green: true, blue: true };

/// What a state means to who stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Come.
    Invite,
    /// Nobody is here.
    Asleep,
    /// Your badge was read.
    Read,
    /// Wait.
    Wait,
    /// Your turn: type.
    Type,
    /// That was right.
    Right,
    /// Somebody is at it.
    InUse,
    /// Touch the screen now.
    Hurry,
    /// That was wrong: try again.
    Again,
    /// IT must help.
    CallIt,
    /// All is erased.
    Erased,
    /// The terminal serves nobody.
    Out,
}

impl Meaning {
    /// Every one, for tests.
    #[cfg(test)]
    pub const ALL: [Self; 12] = [
        Self::Invite,
        Self::Asleep,
        Self::Read,
        Self::Wait,
        Self::Type,
        Self::Right,
        Self::InUse,
        Self::Hurry,
        Self::Again,
        Self::CallIt,
        Self::Erased,
        Self::Out,
    ];

    /// Colour and rhythm of its light, and its sound, which is played once.
    #[rustfmt::skip]
    pub const fn light_and_sound(self) -> (Colour, Beat, Beat) {
        match self {
            Self::Invite => (BLUE, &[4000, 0], &[]),
            Self::Asleep => (BLUE, &[60, 9940], &[]),
            Self::Read => (WHITE, &[150, 200], &[60]),
            Self::Wait => (WHITE, &[500, 500], &[]),
            Self::Type => (BLUE, &[1500, 500], &[]),
            Self::Right => (GREEN, &[200, 150, 1300, 150], &[80, 80, 240]),
            Self::InUse => (GREEN, &[1500, 200, 600, 200], &[]),
            Self::Hurry => (YELLOW, &[200, 300], &[60, 940, 60, 940, 60]),
            Self::Again => (YELLOW, &[150, 250, 150, 1200], &[120, 120, 120]),
            Self::CallIt => (RED, &[150, 250, 150, 250, 150, 1400], &[700]),
            Self::Erased => (CYAN, &[350, 350, 800, 350], &[40, 80, 40]),
            Self::Out => (RED, &[800, 300, 800, 300, 800, 1500], &[]),
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Light and sound.
    pub meaning: Meaning,
    /// Two rows of [`crate::draw::LETTERS`] letters at most; a row may end by a line break.
    pub french: &'static str,
    /// The same.
    pub english: &'static str,
    /// Drawn as a bar.
    pub percent: Option<u8>,
}

/// How a state looks.
#[rustfmt::skip]
pub const fn look(state: PanelState) -> Look {
    use PanelState as S;
    let (meaning, french, english) = match state {
        S::Idle | S::Updating(_) => (Meaning::Invite, "Présentez votre badge", "Present your badge"),
        S::Asleep => (Meaning::Asleep, "Présentez votre badge", "Present your badge"),
        S::Read => (Meaning::Read, "Badge lu.\nUn instant…", "Badge read.\nOne moment…"),
        S::Pin => (Meaning::Type, "Tapez votre code", "Type your code"),
        S::WrongPin => (Meaning::Again, "Code faux :\nréessayez", "Wrong code:\ntry again"),
        S::Checking => (Meaning::Wait, "Vérification…", "Checking…"),
        S::Right => (Meaning::Right, "Code bon", "Code accepted"),
        S::Opening => (Meaning::Wait, "La messagerie s’ouvre…", "Your mail is opening…"),
        S::Session => (Meaning::InUse, "Borne occupée", "In use"),
        S::SessionRefused => (Meaning::Again, "Borne occupée :\npatientez", "In use:\nplease wait"),
        S::Countdown => (Meaning::Hurry, "Touchez l’écran\npour rester", "Touch the screen to stay"),
        S::Ending => (Meaning::Wait, "Déconnexion…", "Logging out…"),
        S::Wiped => (Meaning::Erased, "Au revoir.\nTout est effacé", "Goodbye.\nAll is erased"),
        S::Message(notice) => notice_look(notice),
        S::OutOfService(outage) => outage_look(outage),
        S::Provision => (Meaning::Out, "Hors service :\nborne.toml à corriger", "Out of service:\ncorrect borne.toml"),
    };
    let percent = if let S::Updating(percent) = state { Some(percent) } else { None };
    Look { meaning, french, english, percent }
}

#[rustfmt::skip]
const fn notice_look(notice: Notice) -> (Meaning, &'static str, &'static str) {
    use Notice as N;
    match notice {
        N::UnknownBadge => (Meaning::CallIt, "Badge inconnu :\nvoir l’informatique", "Unknown badge:\nsee IT"),
        N::RandomUid => (Meaning::Again, "Badge non reconnu", "Not a work badge"),
        N::BadgeLocked => (Meaning::CallIt, "Badge bloqué :\nvoir l’informatique", "Badge locked:\nsee IT"),
        N::Wait { .. } => (Meaning::Again, "Patientez un peu,\npuis réessayez", "Wait a little,\nthen try again"),
        N::AccountExpired => (Meaning::CallIt, "Compte expiré :\nvoir l’informatique", "Account expired:\nsee IT"),
        N::AccountDisabled => (Meaning::CallIt, "Compte désactivé :\nvoir l’informatique", "Account disabled:\nsee IT"),
        N::TooManyTries => (Meaning::Again, "Trop d’essais :\npatientez un peu", "Too many tries:\nwait a little"),
        N::GatewayUnreachable => (Meaning::Again, "Pas de connexion :\nréessayez", "No connection:\ntry again later"),
        N::DirectoryUnavailable => (Meaning::Again, "Contrôle impossible :\nréessayez", "Cannot check:\ntry again later"),
        N::GroupwareUnreachable => (Meaning::Again, "Messagerie indisponible", "Mail is unavailable"),
        N::UntrustedCertificate => (Meaning::CallIt, "Connexion non sûre :\nvoir l’informatique", "Unsafe connection:\nsee IT"),
        N::ReaderUnplugged => (Meaning::CallIt, "Lecteur débranché :\nvoir l’informatique", "Reader unplugged:\nsee IT"),
        N::PageCrashed => (Meaning::Again, "La messagerie s’est arrêtée", "Your mail has stopped"),
        N::SessionExpired => (Meaning::Again, "Temps écoulé", "Time is up"),
        N::SessionEnded => (Meaning::Again, "Vous avez été déconnecté", "You were logged out"),
        N::LoginFailed => (Meaning::Again, "Échec : présentez\nde nouveau le badge", "Failed: present\nyour badge again"),
        N::OneBadge => (Meaning::Again, "Un seul badge\nà la fois", "One badge at a time"),
        N::UnreadableBadge => (Meaning::Again, "Badge illisible", "Badge unreadable"),
    }
}

#[rustfmt::skip]
const fn outage_look(outage: Outage) -> (Meaning, &'static str, &'static str) {
    use Outage as O;
    match outage {
        O::Starting => (Meaning::Wait, "Démarrage…", "Starting…"),
        O::ReaderUnplugged => (Meaning::Out, "Hors service :\nlecteur débranché", "Out of service:\nreader unplugged"),
        O::GatewayUnreachable => (Meaning::Out, "Hors service :\npas de connexion", "Out of service:\nno connection"),
        O::NetworkUnplugged => (Meaning::Out, "Hors service :\nréseau débranché", "Out of service:\nnetwork unplugged"),
        O::NoAddress => (Meaning::Out, "Hors service :\nréseau sans réponse", "Out of service:\nno network address"),
        O::UntrustedCertificate => (Meaning::Out, "Hors service :\nconnexion non sûre", "Out of service:\nunsafe connection"),
        O::GatewayCertificateEnded => (Meaning::Out, "Hors service :\npasserelle périmée", "Out of service:\ngateway has expired"),
        O::GatewayName => (Meaning::Out, "Hors service :\nnom de passerelle", "Out of service:\nwrong gateway name"),
        O::CertificateEnded => (Meaning::Out, "Hors service :\ncertificat expiré", "Out of service:\ncertificate expired"),
        O::TerminalRevoked => (Meaning::Out, "Hors service :\nborne désactivée", "Out of service:\nswitched off by IT"),
        O::NotJoined => (Meaning::Out, "Hors service :\npas encore installée", "Out of service:\nnot yet installed"),
        O::WipeFailed => (Meaning::Out, "Hors service :\ndébranchez la borne", "Out of service:\nunplug the terminal"),
        O::Restarting => (Meaning::Wait, "Mise à jour :\nla borne redémarre", "Update:\nrestarting"),
        O::GatewayNeverReached => (Meaning::Out, "Hors service :\njamais connectée", "Out of service:\nnever connected"),
    }
}

/// What follows by itself, and when.
pub const fn then(state: PanelState) -> Option<(Duration, PanelState)> {
    match state {
        PanelState::Right => Some((Duration::from_millis(1500), PanelState::Opening)),
        PanelState::Wiped => Some((Duration::from_secs(4), PanelState::Idle)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beat::{FLASH, length, repeating};
    use crate::draw;

    /// When it goes on and off in 24 seconds, in milliseconds.
    fn edges(beat: Beat, most: Option<Duration>) -> Vec<u128> {
        let (mut at, mut was, mut edges) = (Duration::ZERO, false, Vec::new());
        while at < Duration::from_secs(24) {
            let (on, stays) = repeating(beat, most, at);
            if on != was {
                edges.push(at.as_millis());
                was = on;
            }
            at += stays;
        }
        edges
    }

    #[test]
    fn each_meaning_has_a_rhythm_of_its_own_by_day_and_by_night() {
        for most in [None, Some(FLASH)] {
            let rhythms: Vec<_> = Meaning::ALL
                .into_iter()
                .map(|meaning| (meaning, edges(meaning.light_and_sound().1, most)))
                .collect();
            for (at, (one, edges)) in rhythms.iter().enumerate() {
                for (other, others) in &rhythms[at + 1..] {
                    assert_ne!(edges, others, "{one:?} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn no_light_flashes_more_than_three_times_a_second() {
        for most in [None, Some(FLASH)] {
            for meaning in Meaning::ALL {
                let edges = edges(meaning.light_and_sound().1, most);
                let flashes: Vec<_> = edges.iter().step_by(2).collect();
                let quick = flashes.windows(4).any(|four| four[3] - four[0] < 1000);
                assert!(!quick, "{meaning:?}: {edges:?}");
            }
        }
    }

    #[test]
    fn no_sound_lasts_three_seconds() {
        for meaning in Meaning::ALL {
            let sound = meaning.light_and_sound().2;
            assert!(length(sound) < Duration::from_secs(3), "{meaning:?}");
            assert!(sound.is_empty() || sound.len() % 2 == 1, "{meaning:?} ends with a pause");
        }
    }

    #[test]
    fn every_text_has_room_and_every_letter_is_drawn() {
        for state in PanelState::all() {
            let Look { french, english, .. } = look(state);
            for text in [french, english] {
                let rows = draw::rows(text, draw::LETTERS);
                assert!((1..=2).contains(&rows.len()), "{state:?}: {rows:?}");
                for row in rows {
                    assert!(row.chars().count() <= draw::LETTERS, "{state:?}: {row}");
                    assert!(row.chars().all(draw::is_drawn), "{state:?}: {row}");
                }
            }
        }
    }
}
