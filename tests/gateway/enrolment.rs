//! What may be registered: logins, badges' numbers, PINs.

use crate::gateway;
use borne_gateway_api::{Refusal, TapAnswer};
use borne_harness::gateway::Gateway;

const UID: &str = "04609DE8427B80";
const PIN: &str = "943572";

fn add(gateway: &Gateway, login: &str, uid: &str, pin: &str) -> Result<String, String> {
    gateway.bornectl(&["badge", "add", "--login", login], &format!("{uid}\n{pin}\n"))
}

#[test]
fn a_login_is_what_a_directory_has() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    for (login, uid, name) in [
        ("jean.d'angelo", "04609DE8427B81", "Jean D’Angelo"),
        ("Jean Dupont", "04609DE8427B82", "Jean Dupont"),
        ("JEAN  DUPONT", "04609DE8427B83", "Jean Dupont"),
        ("ZO\u{cb}.m\u{fc}ller", "04609DE8427B84", "Zoë Müller"),
        ("zoe\u{308}.mu\u{308}ller", "04609DE8427B85", "Zoë Müller"),
        ("r&d+test", "04609DE8427B86", "Rémi Et Dora"),
        ("m*(st)", "04609DE8427B87", "Marie Étoile"),
        ("E.Benali", "04609DE8427B88", "Éliane Benali"),
    ] {
        gateway.add_badge(login, uid, PIN);
        assert_eq!(terminal.login(uid, PIN).name, name, "{login}");
    }
    // The badge is known under each spelling of its login.
    let again = add(&gateway, "jean dupont", "04609DE8427B82", PIN).unwrap_err();
    assert!(again.contains("already"), "{again}");
}

#[test]
fn a_login_with_a_star_finds_nobody_else() {
    let gateway = gateway();
    gateway.add_badge("e.*", UID, PIN);
    let terminal = gateway.terminal("salle-1");
    let answer = terminal.pin(&terminal.tap_known(UID), PIN);
    let refused = borne_gateway_api::PinAnswer::Refused(Refusal::AccountDisabled);
    assert_eq!(format!("{answer:?}"), format!("{refused:?}"));
}

#[test]
fn what_is_no_login_is_refused_with_the_reason() {
    let gateway = gateway();
    for (login, words) in [
        ("", "1 to 128"),
        (" e.benali", "blank"),
        ("e.benali ", "blank"),
        ("e.ben\u{202e}ali", "cannot be seen"),
        ("e.ben\u{200b}ali", "cannot be seen"),
        ("e.benali\u{7}", "cannot be seen"),
        ("MAIRIE\\e.benali", "without its domain"),
    ] {
        let refused = add(&gateway, login, UID, PIN).unwrap_err();
        assert!(refused.contains(words), "{login:?}: {refused}");
    }
}

#[test]
fn a_number_that_is_no_badges_is_not_registered() {
    let gateway = gateway();
    for (uid, words) in [
        ("8804A1B3", "cascade tag"),
        ("88:04:A1:B3:C2:D4:E5", "cascade tag"),
        ("01020304", "example"),
        ("00000000", "example"),
        ("FFFFFFFFFFFFFF", "example"),
        ("48291607", "lay the badge"),
        ("00482916", "lay the badge"),
        ("FEA1B3C2D4E7F1", "maker"),
        ("08A1B2C3", "random"),
        ("0493C8", "4, 7 or 10 bytes"),
    ] {
        let refused = add(&gateway, "e.benali", uid, PIN).unwrap_err();
        assert!(refused.contains(words), "{uid}: {refused}");
        let row = format!("e.benali\t{uid}\t{PIN}\n");
        let refused = gateway.bornectl(&["badge", "import", "-"], &row).unwrap_err();
        assert!(refused.contains(words) && refused.contains("line 1"), "{uid}: {refused}");
    }
}

#[test]
fn digits_in_pairs_are_a_number_that_was_read() {
    let gateway = gateway();
    gateway.add_badge("n.oeuvrard", "48:29:16:07", PIN);
    let _grant = gateway.terminal("salle-1").login("48291607", PIN);
}

#[test]
fn a_number_that_need_not_be_unique_is_registered_with_a_remark() {
    let gateway = gateway();
    let said = add(&gateway, "n.oeuvrard", "5F90C2E7", PIN).unwrap();
    assert!(said.contains("no other card"), "{said}");
}

#[test]
fn an_odd_card_is_an_unknown_badge_at_a_terminal_and_no_error() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    for uid in ["8804A1B3", "FEA1B3C2D4E7F1"] {
        let answer = terminal.tap(uid);
        assert!(matches!(answer, TapAnswer::Refused(Refusal::UnknownBadge)), "{uid}: {answer:?}");
    }
}

#[test]
fn a_pin_that_is_guessed_first_cannot_be_chosen() {
    let gateway = gateway();
    for pin in [
        "121212", "112233", "123123", "147258", "159753", "010190", "123450", "100000", "000000",
        "311299", "199019", "654321", "741852", "142536",
    ] {
        let refused = add(&gateway, "n.oeuvrard", UID, pin).unwrap_err();
        assert!(refused.contains("easy to guess: "), "{pin}: {refused}");
        let which = ["badge", "set-pin", "--login", "e.benali"];
        let refused = gateway.bornectl(&which, &format!("{pin}\n")).unwrap_err();
        assert!(refused.contains("easy to guess"), "{pin}: {refused}");
    }
}
