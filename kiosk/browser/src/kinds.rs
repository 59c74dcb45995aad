//! Links that lead to no page: what the person is told, or where a mail address is written to.
//!
//! Never: start anything; an address that is not checked against the allow list afterwards.

use borne_ipc::PageNotice;
use gtk::glib;

/// Schemes of telephones and of programs that ring or write by one.
const TELEPHONE: [&str; 14] = [
    "callto", "facetime", "mms", "mmsto", "sip", "sips", "skype", "sms", "smsto", "tel", "tg",
    "viber", "whatsapp", "xmpp",
];
/// Schemes of the engine itself: what is refused there is a page.
const PAGES: [&str; 12] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "ftp",
    "http",
    "https",
    "javascript",
    "view-source",
    "ws",
    "wss",
];

/// What is wrong with a refused link; `None` for a page that is not on the list.
pub fn notice(url: &str) -> Option<PageNotice> {
    let scheme = url.split_once(':')?.0.to_ascii_lowercase();
    match scheme.as_str() {
        "mailto" => Some(PageNotice::MailAddress),
        scheme if TELEPHONE.contains(&scheme) => Some(PageNotice::Telephone),
        scheme if PAGES.contains(&scheme) || scheme.starts_with("webkit") => None,
        _ => Some(PageNotice::OtherProgram),
    }
}

/// The groupware's editor for a `mailto:` URL (RFC 6068), by the template of the configuration.
pub fn editor(template: &str, home: &str, mailto: &str) -> Option<String> {
    let address = glib::Uri::escape_string(mailto, None, false);
    let place = template.replacen("{}", &address, 1);
    glib::Uri::resolve_relative(Some(home), &place, glib::UriFlags::ENCODED)
        .ok()
        .map(|url| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_link_has_its_own_words() {
        for (url, said) in [
            ("mailto:a@b.example", Some(PageNotice::MailAddress)),
            ("TEL:+33123456789", Some(PageNotice::Telephone)),
            ("sms:0612345678?body=x", Some(PageNotice::Telephone)),
            ("webcal://agenda.example/x.ics", Some(PageNotice::OtherProgram)),
            ("geo:48.8,2.3", Some(PageNotice::OtherProgram)),
            ("https://ailleurs.example/", None),
            ("file:///etc/passwd", None),
            ("", None),
        ] {
            assert_eq!(notice(url), said, "{url}");
        }
    }

    #[test]
    fn an_address_cannot_leave_its_place_in_the_template() {
        let home = "https://groupware.mairie.example/SOGo/so/a.martin/Mail/view";
        let url = editor("Popup#!/new?{}", home, "mailto:a@b.example?subject=x&cc=y#z/../{}");
        assert_eq!(
            url.as_deref(),
            Some(
                "https://groupware.mairie.example/SOGo/so/a.martin/Mail/Popup#!/new?\
                 mailto%3Aa%40b.example%3Fsubject%3Dx%26cc%3Dy%23z%2F..%2F%7B%7D"
            )
        );
    }
}
