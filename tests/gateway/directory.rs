//! What the directory says, at every PIN.

use crate::{BENALI, gateway};
use borne_gateway_api::{PinAnswer, Refusal};

fn refusal(login: &str) -> PinAnswer {
    let gateway = gateway();
    gateway.add_badge(login, "04609DE8427B80", "943572");
    let terminal = gateway.terminal("salle-1");
    terminal.pin(&terminal.tap_known("04609DE8427B80"), "943572")
}

#[test]
fn an_expired_account_is_refused() {
    assert!(matches!(refusal("o.expire"), PinAnswer::Refused(Refusal::AccountExpired)));
}

#[test]
fn a_disabled_account_is_refused() {
    assert!(matches!(refusal("p.ferme"), PinAnswer::Refused(Refusal::AccountDisabled)));
}

#[test]
fn a_login_the_directory_does_not_know_is_refused() {
    assert!(matches!(refusal("z.personne"), PinAnswer::Refused(Refusal::AccountDisabled)));
}

#[test]
fn a_wrong_pin_learns_nothing_about_the_account() {
    let gateway = gateway();
    gateway.add_badge("o.expire", "04609DE8427B80", "943572");
    let terminal = gateway.terminal("salle-1");
    let answer = terminal.pin(&terminal.tap_known("04609DE8427B80"), "000000");
    assert!(matches!(answer, PinAnswer::WrongPin { tries_left: 2 }), "{answer:?}");
}

#[test]
fn an_unreachable_directory_refuses_and_costs_no_try_and_its_return_is_noticed() {
    let mut gateway = gateway();
    let terminal = gateway.terminal("salle-1");
    let _first = terminal.login(BENALI.1, BENALI.2);
    gateway.directory_server().stop();
    for _ in 0..6 {
        let answer = terminal.pin(&terminal.tap_known(BENALI.1), BENALI.2);
        assert!(matches!(answer, PinAnswer::Refused(Refusal::DirectoryUnavailable)), "{answer:?}");
    }
    gateway.directory_server().resume();
    let _back = terminal.login(BENALI.1, BENALI.2);
}
