//! What `setup` says, in both languages. French first when the surroundings say so.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    French,
}

impl Language {
    /// Of `LANG` and its like.
    pub fn of(locale: Option<&str>) -> Self {
        if locale.is_some_and(|name| name.starts_with("fr")) { Self::French } else { Self::English }
    }

    /// The one of two texts.
    pub fn pick(self, texts: (&'static str, &'static str)) -> &'static str {
        match self {
            Self::English => texts.0,
            Self::French => texts.1,
        }
    }
}

/// English, French.
pub type Text = (&'static str, &'static str);

pub const NAME: Text = (
    "Name of the gateway, as terminals and browsers call it (passerelle.mairie.fr)",
    "Nom de la passerelle, tel que bornes et navigateurs l'appellent (passerelle.mairie.fr)",
);
pub const DIRECTORY: Text =
    ("Directory server (ldaps://ldap.mairie.fr)", "Serveur d'annuaire (ldaps://ldap.mairie.fr)");
pub const PROFILE: Text =
    ("Its kind: openldap or active-directory", "Son type : openldap ou active-directory");
pub const BASE: Text = (
    "Where the agents are (ou=people,dc=mairie,dc=fr)",
    "Où se trouvent les agents (ou=people,dc=mairie,dc=fr)",
);
pub const BIND: Text = (
    "Service account that may read (cn=borne,ou=services,dc=mairie,dc=fr)",
    "Compte de service qui peut lire (cn=borne,ou=services,dc=mairie,dc=fr)",
);
pub const PASSWORD: Text = ("Its password", "Son mot de passe");
pub const GROUPWARE: Text = (
    "Address of the groupware (https://groupware.mairie.fr/SOGo/)",
    "Adresse de la messagerie (https://groupware.mairie.fr/SOGo/)",
);
pub const KIND: Text = ("Its kind: sogo or cas", "Son type : sogo ou cas");
pub const TRUST: Text = (
    "Authorities that sign the certificates of directory and groupware",
    "Autorités qui signent les certificats de l'annuaire et de la messagerie",
);
pub const CERTIFICATES: Text = (
    "The gateway's certificate: own (I have one), request (make a CSR), self-made (its own authority)",
    "Certificat de la passerelle : own (j'en ai un), request (faire une demande), self-made (sa propre autorité)",
);
pub const CERTIFICATE: Text = ("File of the certificate, PEM", "Fichier du certificat, PEM");
pub const KEY: Text = ("File of its key, PEM", "Fichier de sa clé, PEM");
pub const CONFIGURED: Text = (
    "is configured already; --force writes it anew, and keeps the old file beside it",
    "est déjà configuré ; --force le réécrit et garde l'ancien fichier à côté",
);
pub const ROOT: Text =
    ("run it as root: it writes below /etc", "à lancer en root : il écrit sous /etc");
pub const NEXT_REQUEST: Text = (
    "Have your authority sign this request, write what it gives to",
    "Faites signer cette demande par votre autorité, écrivez le résultat dans",
);
pub const NEXT_AUTHORITY: Text = (
    "Terminals trust this authority (gateway.ca in borne.toml)",
    "Les bornes font confiance à cette autorité (gateway.ca dans borne.toml)",
);
pub const NEXT: Text = ("Next", "Ensuite");
