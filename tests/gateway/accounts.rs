//! What a directory says about an account, as a real slapd with its password policy says it.

use borne_gateway_api::{Grant, PinAnswer, Refusal};
use borne_harness::gateway::{Gateway, JoinedTerminal, Settings};
use borne_harness::wait_for;
use std::time::Duration;

const UID: &str = "04609DE8427B80";
const PIN: &str = "943572";
const POLICY: &str = r#"default_policy = "cn=default,ou=policies,dc=mairie,dc=example""#;
/// What closes an account is not for the gateway to see.
const HIDDEN: &str = "access to attrs=pwdAccountLockedTime,shadowExpire by * none";

fn start(login: &str, settings: Settings) -> (Gateway, JoinedTerminal) {
    let gateway = Gateway::with(settings);
    gateway.add_badge(login, UID, PIN);
    let terminal = gateway.terminal("salle-1");
    (gateway, terminal)
}

fn pin(terminal: &JoinedTerminal) -> PinAnswer {
    terminal.pin(&terminal.tap_known(UID), PIN)
}

fn with(directory: &'static str) -> Settings {
    Settings { directory, ..Settings::default() }
}

#[track_caller]
fn assert_granted(login: &str, settings: Settings) -> Grant {
    let (_gateway, terminal) = start(login, settings);
    match pin(&terminal) {
        PinAnswer::Granted(grant) => grant,
        other => panic!("{login}: {other:?}"),
    }
}

#[track_caller]
fn assert_refused(login: &str, settings: Settings, why: Refusal) {
    let (_gateway, terminal) = start(login, settings);
    let answer = pin(&terminal);
    assert!(matches!(answer, PinAnswer::Refused(refusal) if refusal == why), "{login}: {answer:?}");
}

#[test]
fn a_lock_ends_when_the_directorys_own_policy_ends_it() {
    let mut settings = with(POLICY);
    settings.limits = "taps_per_minute = 1000\npins_per_minute = 1000";
    let (mut gateway, terminal) = start("h.petit", settings);
    assert!(matches!(pin(&terminal), PinAnswer::Granted(_)));
    let slapd = gateway.directory_server();
    assert!(slapd.takes_password("h.petit", "bonne-phrase"));
    for _ in 0..2 {
        assert!(!slapd.takes_password("h.petit", "wrong"));
    }
    assert!(!slapd.takes_password("h.petit", "bonne-phrase"), "slapd has locked the account");
    let answer = pin(&terminal);
    assert!(matches!(answer, PinAnswer::Refused(Refusal::AccountDisabled)), "{answer:?}");
    // Nobody binds meanwhile: the attribute stays as it is.
    wait_for("the lock's end", Duration::from_secs(20), || match pin(&terminal) {
        PinAnswer::Granted(_) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert!(gateway.directory_server().takes_password("h.petit", "bonne-phrase"));
}

#[test]
fn a_lock_of_an_account_with_a_policy_of_its_own_follows_that() {
    let _over = assert_granted("l.libre", with(POLICY));
    let _policy_without_locks = assert_granted("l.sans", with(POLICY));
    for until_unlocked in ["l.attente", "l.perdu"] {
        assert_refused(until_unlocked, with(POLICY), Refusal::AccountDisabled);
    }
    let _hour_over = assert_granted("l.heure", Settings::default());
}

#[test]
fn a_lock_without_a_policy_that_can_be_read_has_no_end() {
    assert_refused("l.libre", Settings::default(), Refusal::AccountDisabled);
    let hidden = "access to dn.subtree=\"ou=policies,dc=mairie,dc=example\" by * none";
    let settings = Settings { access: hidden, ..with(POLICY) };
    assert_refused("l.libre", settings, Refusal::AccountDisabled);
    assert_refused("p.ferme", with(POLICY), Refusal::AccountDisabled);
}

#[test]
fn nobody_is_let_in_while_a_disabled_account_seems_open() {
    // Without a canary nothing shows that a right is missing: a disabled agent is let in.
    let unseen = Settings { access: HIDDEN, ..Settings::default() };
    let _disabled_agent = assert_granted("p.ferme", unseen);
    let canary = with("locked_canary = \"p.ferme\"");
    let hidden = Settings { access: HIDDEN, ..canary };
    for login in ["p.ferme", "e.benali"] {
        assert_refused(login, hidden, Refusal::DirectoryUnavailable);
    }
    let _it_is_seen_as_locked = assert_granted("e.benali", canary);
}

#[test]
fn every_canary_counts_and_one_that_is_not_there_counts_against() {
    let both = with("locked_canary = [\"p.ferme\", \"O.Expire\"]");
    let _both_are_closed = assert_granted("e.benali", both);
    let expiry = Settings { access: "access to attrs=shadowExpire by * none", ..both };
    assert_refused("e.benali", expiry, Refusal::DirectoryUnavailable);
    for canary in ["locked_canary = \"z.personne\"", "locked_canary = \"h.petit\""] {
        assert_refused("e.benali", with(canary), Refusal::DirectoryUnavailable);
    }
}

#[test]
fn the_log_says_at_start_that_the_directory_cannot_be_used() {
    let settings = Settings { access: HIDDEN, ..with("locked_canary = \"p.ferme\"") };
    let hidden = Gateway::with(settings);
    let without = Gateway::start();
    for (gateway, words) in
        [(&hidden, "p.ferme seems open"), (&without, "directory.locked_canary is not set")]
    {
        wait_for("the log's words", Duration::from_secs(10), || {
            let log = gateway.log();
            if log.contains(words) { Ok(()) } else { Err(log) }
        });
    }
}

#[test]
fn an_entry_must_match_the_filter_too() {
    let _matches = assert_granted("e.benali", with(r#"filter = "(sn=Benali)""#));
    assert_refused("h.petit", with(r#"filter = "(sn=Benali)""#), Refusal::AccountDisabled);
    // A right that is missing is no match.
    let hidden = Settings { access: "access to attrs=sn by * none", ..with("filter = \"(sn=*)\"") };
    assert_refused("e.benali", hidden, Refusal::AccountDisabled);
}

#[test]
fn a_directorys_text_is_fit_for_a_screen_and_for_xml() {
    let (gateway, terminal) = start("c.controle", Settings::default());
    let grant = terminal.login(UID, PIN);
    assert_eq!(grant.name, "Claire Admin Con trôle");
    let browser = gateway.browser();
    assert_eq!(browser.redeem(&terminal.sign(grant.ticket.expose())).status, 303);
    let service = gateway.party().service();
    let ticket = browser.get("/cas/login", &[("service", &service)]).ticket();
    let answer = browser.get("/cas/serviceValidate", &[("service", &service), ("ticket", &ticket)]);
    assert_eq!(answer.element("givenName"), Some("Claire Admin"), "{}", answer.text);
    assert_eq!(answer.element("sn"), Some("Con trôle"), "{}", answer.text);
    assert!(!answer.text.contains(|c: char| c.is_control()), "{:?}", answer.text);
}

#[test]
fn an_agent_whose_name_cannot_be_seen_is_shown_by_login() {
    assert_eq!(assert_granted("v.vide", Settings::default()).name, "v.vide");
}
