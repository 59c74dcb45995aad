//! What CAS says in XML. Pure.

use borne_gateway_model::Moment;
use borne_gateway_storage::OpenSession;
use quick_xml::escape::escape;

/// 2.5.1: whose ticket it was; with a receipt for a proxy-granting ticket, and the pgtUrl it came
/// through when it was a proxy ticket.
pub fn success(session: &OpenSession, receipt: &str, proxy: Option<&str>) -> String {
    let element = |name: &str, text: &str| match text {
        "" => String::new(),
        text => format!("<cas:{name}>{}</cas:{name}>", escape(text)),
    };
    let display = format!("{} {}", session.given_name, session.family_name);
    envelope(&format!(
        "<cas:authenticationSuccess>{}<cas:attributes>{}{}{}{}</cas:attributes>{}{}</cas:authenticationSuccess>",
        element("user", session.login.as_str()),
        element("mail", &session.mail),
        element("displayName", display.trim()),
        element("givenName", &session.given_name),
        element("sn", &session.family_name),
        element("proxyGrantingTicket", receipt),
        proxy
            .map(|url| format!("<cas:proxies>{}</cas:proxies>", element("proxy", url)))
            .unwrap_or_default(),
    ))
}

/// 2.7.2: a proxy ticket.
pub fn proxy_ticket(ticket: &str) -> String {
    envelope(&format!(
        "<cas:proxySuccess><cas:proxyTicket>{}</cas:proxyTicket></cas:proxySuccess>",
        escape(ticket)
    ))
}

/// 2.5.2 and 2.7.2: a failure, with one of the protocol's codes.
pub fn failure(element: &str, code: &str, text: &str) -> String {
    envelope(&format!("<cas:{element} code=\"{code}\">{}</cas:{element}>", escape(text)))
}

/// Some applications look elements up by the literal prefix `cas:`.
fn envelope(inner: &str) -> String {
    format!(
        "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">{inner}</cas:serviceResponse>"
    )
}

/// 2.3.3: the form that tells an application that the session it made of `ticket` is over.
pub fn logout_message(ticket: &str, id: &str, now: Moment) -> String {
    let xml = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_{id}\" Version=\"2.0\" \
         IssueInstant=\"{}\"><saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">@NOT_USED@</saml:NameID>\
         <samlp:SessionIndex>{}</samlp:SessionIndex></samlp:LogoutRequest>",
        now.iso(),
        escape(ticket),
    );
    form_urlencoded::Serializer::new(String::new()).append_pair("logoutRequest", &xml).finish()
}
