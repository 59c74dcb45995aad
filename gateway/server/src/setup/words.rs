//! What `setup` says besides its questions, in both languages. French first when the surroundings say so.

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
    pub fn pick(self, texts: Text) -> &'static str {
        match self {
            Self::English => texts.0,
            Self::French => texts.1,
        }
    }
}

/// English, French.
pub type Text = (&'static str, &'static str);

pub const WANTED: Text = ("wanted:", "attendu :");
pub const UNKNOWN: Text = (
    "no such key; borne-gateway(8) lists them",
    "clé inconnue ; borne-gateway(8) en donne la liste",
);
pub const PAIR: Text = (
    "it must be good today, for the gateway's name, and have this key",
    "il doit être valable aujourd’hui, pour le nom de la passerelle, et avoir cette clé",
);
pub const NOTHING: Text = ("nothing was written", "rien n’a été écrit");
pub const CONFIGURED: Text = (
    "is configured already; --force writes it anew, and keeps what was there beside it",
    "est déjà configuré ; --force le réécrit et garde à côté ce qui y était",
);
pub const ROOT: Text =
    ("run it as root: it writes below /etc", "à lancer en root : il écrit sous /etc");
pub const FULL_PATH: Text = ("--config: a full path", "--config : un chemin complet");
pub const NEXT_REQUEST: Text = (
    "Have your authority sign this request, write what it gives to",
    "Faites signer cette demande par votre autorité, écrivez le résultat dans",
);
pub const NEXT_AUTHORITY: Text = (
    "Terminals trust this authority (gateway.ca in borne.toml)",
    "Les bornes font confiance à cette autorité (gateway.ca dans borne.toml)",
);
pub const NEXT: Text = ("Next", "Ensuite");
pub const STARTED: Text = ("It runs.", "Elle tourne.");
pub const NOT_STARTED: Text = (
    "It could not be started: `borne-gateway check` and `journalctl -u borne-gateway` say why.",
    "Le démarrage a échoué : `borne-gateway check` et `journalctl -u borne-gateway` disent pourquoi.",
);
