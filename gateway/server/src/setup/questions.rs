//! The questions, and what a good answer to each is. A file of answers has the same keys.

use super::words::Text;
use reqwest::Url;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use std::path::Path;

/// The system's authorities.
const SYSTEM_TRUST: &str = "/etc/ssl/certs/ca-certificates.crt";

/// One question.
pub struct Question {
    /// Its name in a file of answers, and in a fault.
    pub key: &'static str,
    pub ask: Text,
    /// The answer of whoever gives none; empty where there is no such answer.
    pub usual: &'static str,
    pub good: fn(&str) -> bool,
    /// What a good answer is.
    pub wanted: Text,
}

/// All of them, in the order in which they are asked.
pub const QUESTIONS: [Question; 12] = [
    Question {
        key: "name",
        ask: (
            "Name of the gateway, as terminals and browsers call it (passerelle.mairie.fr)",
            "Nom de la passerelle, tel que bornes et navigateurs l’appellent (passerelle.mairie.fr)",
        ),
        usual: "",
        good: is_host,
        wanted: (
            "a host name such as passerelle.mairie.fr",
            "un nom de machine, par exemple passerelle.mairie.fr",
        ),
    },
    Question {
        key: "directory",
        ask: (
            "Directory server (ldaps://ldap.mairie.fr)",
            "Serveur d’annuaire (ldaps://ldap.mairie.fr)",
        ),
        usual: "",
        good: |text| is_url(text, "ldaps") && !has_path(text),
        wanted: (
            "an address such as ldaps://ldap.mairie.fr",
            "une adresse, par exemple ldaps://ldap.mairie.fr",
        ),
    },
    Question {
        key: "profile",
        ask: ("Its kind: openldap or active-directory", "Son type : openldap ou active-directory"),
        usual: "openldap",
        good: |text| ["openldap", "active-directory"].contains(&text),
        wanted: ("openldap or active-directory", "openldap ou active-directory"),
    },
    Question {
        key: "base",
        ask: (
            "Where the agents are (ou=people,dc=mairie,dc=fr)",
            "Où se trouvent les agents (ou=people,dc=mairie,dc=fr)",
        ),
        usual: "",
        good: is_dn,
        wanted: (
            "a DN such as ou=people,dc=mairie,dc=fr",
            "un DN, par exemple ou=people,dc=mairie,dc=fr",
        ),
    },
    Question {
        key: "bind_dn",
        ask: (
            "Service account that may read (cn=borne,ou=services,dc=mairie,dc=fr)",
            "Compte de service qui peut lire (cn=borne,ou=services,dc=mairie,dc=fr)",
        ),
        usual: "",
        good: is_dn,
        wanted: (
            "a DN such as cn=borne,ou=services,dc=mairie,dc=fr",
            "un DN, par exemple cn=borne,ou=services,dc=mairie,dc=fr",
        ),
    },
    Question {
        key: PASSWORD,
        ask: ("Its password", "Son mot de passe"),
        usual: "",
        good: |text| !text.is_empty() && !text.chars().any(char::is_control),
        wanted: (
            "a file with the service account's password, one line",
            "un fichier avec le mot de passe du compte de service, une ligne",
        ),
    },
    Question {
        key: "groupware",
        ask: (
            "Address of the groupware (https://groupware.mairie.fr/SOGo/)",
            "Adresse de la messagerie (https://groupware.mairie.fr/SOGo/)",
        ),
        usual: "",
        good: |text| is_url(text, "https") && text.matches('/').count() >= 3,
        wanted: (
            "a whole address with a path, such as https://groupware.mairie.fr/SOGo/",
            "une adresse entière avec un chemin, par exemple https://groupware.mairie.fr/SOGo/",
        ),
    },
    Question {
        key: "groupware_kind",
        ask: ("Its kind: sogo or cas", "Son type : sogo ou cas"),
        usual: "sogo",
        good: |text| ["sogo", "cas"].contains(&text),
        wanted: ("sogo or cas", "sogo ou cas"),
    },
    Question {
        key: "trust",
        ask: (
            "Authorities that sign the certificates of directory and groupware",
            "Autorités qui signent les certificats de l’annuaire et de la messagerie",
        ),
        usual: SYSTEM_TRUST,
        good: |text| is_plain(text) && Path::new(text).is_absolute() && holds_certificates(text),
        wanted: (
            "the full path of a file of certificates, PEM",
            "le chemin complet d’un fichier de certificats, PEM",
        ),
    },
    Question {
        key: "certificates",
        ask: (
            "The gateway's certificate: own (I have one), request (make a CSR), self-made (its own authority)",
            "Certificat de la passerelle : own (j’en ai un), request (faire une demande), self-made (sa propre autorité)",
        ),
        usual: "request",
        good: |text| ["own", "request", "self-made"].contains(&text),
        wanted: ("own, request or self-made", "own, request ou self-made"),
    },
    Question {
        key: CERTIFICATE,
        ask: ("File of the certificate, PEM", "Fichier du certificat, PEM"),
        usual: "",
        good: holds_certificates,
        wanted: ("a file with the certificate, PEM", "un fichier avec le certificat, PEM"),
    },
    Question {
        key: KEY,
        ask: ("File of its key, PEM", "Fichier de sa clé, PEM"),
        usual: "",
        good: |text| Path::new(text).is_file(),
        wanted: (
            "a file with the certificate's key, PEM",
            "un fichier avec la clé du certificat, PEM",
        ),
    },
];

/// In a file it names another one: no secret stands in a file of answers.
pub const PASSWORD: &str = "password_file";
/// Asked of who has a certificate.
pub const CERTIFICATE: &str = "certificate";
/// The same.
pub const KEY: &str = "key";

/// Whether this question is put at all.
pub fn is_put(key: &str, certificates: Option<&str>) -> bool {
    ![CERTIFICATE, KEY].contains(&key) || certificates == Some("own")
}

fn is_host(text: &str) -> bool {
    matches!(ServerName::try_from(text), Ok(ServerName::DnsName(_)))
        && !text.ends_with('.')
        && !text.contains('_')
        && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// Nothing invisible, nothing that ends a text elsewhere.
fn is_plain(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\');
    !text.is_empty() && !text.chars().any(odd)
}

fn is_dn(text: &str) -> bool {
    ldap_rdn(text) && !text.chars().any(char::is_control)
}

fn ldap_rdn(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| {
        !name.is_empty() && !name.contains(char::is_whitespace) && !value.is_empty()
    })
}

fn is_url(text: &str, scheme: &str) -> bool {
    let named = |url: Url| {
        url.scheme() == scheme
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    let plain = is_plain(text) && text.is_ascii();
    plain && text.starts_with(&format!("{scheme}://")) && Url::parse(text).is_ok_and(named)
}

fn has_path(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| !url.path().is_empty())
}

fn holds_certificates(path: &str) -> bool {
    let found =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    found.is_ok_and(|found| !found.is_empty())
}
