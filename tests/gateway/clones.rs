//! Two holders of one terminal's key: a card that was copied and given back.

use crate::{BENALI, assert_is_out, gateway, started};
use borne_gateway_api::ApiError;
use borne_harness::gateway::Refused;

#[test]
fn a_copied_card_is_seen_and_cut_off() {
    let gateway = gateway();
    let original = started(&gateway, "salle-1");
    let mut copy = original.twin();
    // The copy starts somewhere else, and works, as long as it is alone.
    let _started = copy.start().unwrap();
    assert!(!copy.poll(None).unwrap());
    let grant = copy.login(BENALI.1, BENALI.2);
    // The original lives: now there are two.
    assert_is_out(&original);
    assert_is_out(&copy);
    gateway.wait_for_audit("terminal_cloned");
    let page = gateway.browser().redeem(&copy.sign(grant.ticket.expose()));
    assert_eq!(page.status, 403, "what the copy was granted is worth nothing");
    let list = gateway.bornectl(&["terminal", "list"], "").unwrap();
    assert!(list.contains("CLONED"), "{list}");
    let mut again = gateway.stranger();
    again.join(&gateway.invite("salle-1")).unwrap();
    let _started = again.start().unwrap();
    assert!(!again.poll(None).unwrap());
    assert!(!gateway.bornectl(&["terminal", "list"], "").unwrap().contains("CLONED"));
}

#[test]
fn a_copy_that_worked_at_night_is_seen_when_the_original_starts() {
    let gateway = gateway();
    let mut original = started(&gateway, "salle-1");
    let mut copy = original.twin();
    let _at_night = copy.start().unwrap();
    assert!(!copy.poll(None).unwrap());
    let morning = original.start();
    assert!(matches!(morning, Err(Refused::Api(403, ApiError::TerminalRevoked))), "{morning:?}");
    gateway.wait_for_audit("terminal_cloned");
}

#[test]
fn a_copy_that_hides_its_run_is_written_down_and_seen() {
    let gateway = gateway();
    let original = started(&gateway, "salle-1");
    let mut copy = original.twin();
    copy.show_run(None);
    let mut copy = copy.of_version_1();
    let _started = copy.start().unwrap();
    gateway.wait_for_audit("terminal_without_run");
    assert_is_out(&original);
    assert_is_out(&copy);
}

#[test]
fn a_copy_that_does_not_start_is_seen_at_once() {
    let gateway = gateway();
    let original = started(&gateway, "salle-1");
    let mut copy = original.twin();
    copy.show_run(None);
    assert_is_out(&copy);
    assert_is_out(&original);
}

#[test]
fn a_start_whose_answer_is_lost_is_no_copy() {
    let gateway = gateway();
    let mut terminal = started(&gateway, "salle-1");
    let kept = terminal.run().unwrap().to_owned();
    for _ in 0..3 {
        let _lost = terminal.start().unwrap();
        terminal.show_run(Some(&kept));
    }
    assert!(!terminal.poll(None).unwrap(), "its card could not keep the new one");
    let _started = terminal.start().unwrap();
    assert!(!terminal.poll(None).unwrap());
}

#[test]
fn a_terminal_that_falls_back_to_an_older_slot_and_returns_stays_in() {
    let gateway = gateway();
    let mut terminal = started(&gateway, "salle-1");
    let kept = terminal.run().unwrap().to_owned();
    let mut older = terminal.twin().of_version_1();
    let _started = older.start().unwrap();
    assert!(!older.poll(None).unwrap());
    terminal.show_run(Some(&kept));
    let _started = terminal.start().unwrap();
    assert!(!terminal.poll(None).unwrap());
    gateway.wait_for_audit("terminal_without_run");
}

#[test]
fn two_polls_at_once_are_written_down() {
    let gateway = gateway();
    let terminal = gateway.terminal("salle-1").of_version_1();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let twin = terminal.twin();
            scope.spawn(move || twin.poll(None).unwrap());
        }
    });
    gateway.wait_for_audit("terminal_doubled");
}
