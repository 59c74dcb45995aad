//! Whose badge it is: the same again, another one in a session, several at once.

use super::*;

#[test]
fn a_card_that_may_not_log_in_ends_nobodys_session() {
    for answer in [
        Ok(TapAnswer::Refused(Refusal::UnknownBadge)),
        Ok(TapAnswer::Refused(Refusal::RandomUid)),
        Ok(TapAnswer::Refused(Refusal::BadgeLocked)),
        Ok(TapAnswer::Refused(Refusal::TooManyTries)),
        Err(GatewayError::Unreachable),
    ] {
        let mut bench = Bench::active(A);
        bench.tap(B).tap_answer(answer);
        assert!(bench.ended().is_none());
        let said = Some(Strip::Badge(BadgeNotice::Refused));
        assert!(matches!(bench.screen(), Screen::Session { notice, .. } if notice == said));
        bench.after(MESSAGE);
        assert!(matches!(bench.screen(), Screen::Session { notice: None, .. }));
        bench.tap(A);
        assert_eq!(bench.ended(), Some(EndReason::SecondTap), "the holder's badge still logs out");
    }
}

#[test]
fn a_gateway_that_does_not_say_whose_a_card_is_ends_nobodys_session() {
    let mut bench = Bench::active(A);
    bench.tap(B).after(ANSWER);
    assert!(bench.ended().is_none());
    bench.ask_pin();
    assert!(bench.ended().is_none(), "an answer that comes too late is none");
}

#[test]
fn of_two_cards_laid_in_a_session_the_newest_is_meant() {
    const C: BadgeMark = BadgeMark([3; 32]);
    let mut bench = Bench::active(A);
    bench.tap(B);
    let first = bench.machine.asked;
    bench.tap(C);
    bench.does(Event::TapAnswered {
        asked: first,
        answer: Ok(TapAnswer::AskPin { tap: TapId("b".into()) }),
    });
    assert!(bench.ended().is_none());
    bench.ask_pin();
    assert_eq!(bench.ended(), Some(EndReason::Switch));
}

#[test]
fn somebody_who_knocked_while_the_holder_left_is_let_in_after_the_wipe() {
    let mut bench = Bench::active(A);
    bench.tap(B).does(Event::Shell(ShellEvent::Logout));
    assert_eq!(bench.ended(), Some(EndReason::Button));
    bench.finish();
    assert_eq!(bench.screen(), Screen::Reading);
}

#[test]
fn a_pin_typed_on_one_persons_pad_never_meets_the_next_persons_tap() {
    let mut bench = Bench::serving();
    let old = bench.tap(A).ask_pin().machine.shown;
    bench.tap(B).ask_pin().type_pin(old);
    assert!(bench.effects.is_empty(), "{:?}", bench.effects);
    // A shell that has come anew was told of the same pad by another order.
    bench.does(Event::Shell(ShellEvent::Ready));
    bench.type_pin(bench.machine.shown);
    assert!(matches!(bench.effects.first(), Some(Effect::AskPin { .. })), "{:?}", bench.effects);
}

#[test]
fn several_cards_at_once_are_said_and_so_is_one_that_cannot_be_read() {
    for (unclear, notice, strip) in [
        (Unclear::Several, Notice::OneBadge, BadgeNotice::OneBadge),
        (Unclear::Unreadable, Notice::UnreadableBadge, BadgeNotice::Unreadable),
    ] {
        let mut bench = Bench::serving();
        bench.does(Event::Unclear(unclear));
        assert_eq!(bench.screen(), Screen::Message(notice));
        bench.tap(A);
        assert_eq!(bench.screen(), Screen::Reading);
        bench.does(Event::Unclear(unclear));
        assert_eq!(bench.screen(), Screen::Message(notice), "the pad of which of them?");
        let mut bench = Bench::active(A);
        bench.does(Event::Unclear(unclear));
        let said = Some(Strip::Badge(strip));
        assert!(matches!(bench.screen(), Screen::Session { notice, .. } if notice == said));
        bench.does(Event::Shell(ShellEvent::Back));
        assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::BrowserBack { .. })));
        assert!(matches!(bench.screen(), Screen::Session { notice: None, .. }));
    }
}

#[test]
fn another_badge_switches_after_the_wipe() {
    let mut bench = Bench::active(A);
    bench.tap(B);
    assert_eq!(bench.ended(), None, "the gateway has not said whose it is");
    bench.ask_pin();
    assert_eq!(bench.ended(), Some(EndReason::Switch));
    bench.finish();
    assert_eq!(bench.screen(), Screen::Reading);
}

#[test]
fn a_tap_while_wiping_waits_for_the_proof() {
    let mut bench = Bench::active(A);
    bench.does(Event::Shell(ShellEvent::Logout)).tap(B);
    assert_eq!(bench.screen(), Screen::Ending);
    bench.finish();
    assert_eq!(bench.screen(), Screen::Reading);
}

#[test]
fn the_same_badge_again_is_logout_but_not_within_two_seconds() {
    let mut bench = Bench::active(A);
    bench.after(Duration::from_secs(5)).tap(A);
    assert_eq!(bench.ended(), Some(EndReason::SecondTap));
    let mut bench = Bench::serving();
    bench.tap(A).ask_pin().pin_answer(PinAnswer::Granted(grant("s"))).browser(BrowserEvent::Opened);
    bench.now += Duration::from_millis(1_500);
    bench.tap(A);
    assert!(matches!(bench.machine.state, State::Active(_)));
}

#[test]
fn the_trembling_of_the_tap_that_ended_the_session_does_not_start_one() {
    let mut bench = Bench::active(A);
    bench.after(Duration::from_secs(5)).tap(A);
    bench.now += Duration::from_millis(300);
    bench.tap(A).finish();
    assert_eq!(bench.screen(), Screen::Idle);
}

#[test]
fn the_trembling_that_outlasts_the_wipe_does_not_ask_for_a_pin() {
    let mut bench = Bench::active(A);
    bench.after(Duration::from_secs(3)).tap(A);
    bench.finish();
    bench.after(Duration::from_millis(500)).tap(A);
    assert_eq!(bench.screen(), Screen::Idle);
    bench.after(Duration::from_millis(500)).tap(B);
    assert_eq!(bench.screen(), Screen::Reading, "somebody else is no trembling");
    let mut bench = Bench::active(A);
    bench.after(Duration::from_secs(3)).tap(A);
    bench.finish();
    bench.after(Duration::from_secs(2)).tap(A);
    assert_eq!(bench.screen(), Screen::Reading, "who comes back is let in");
}
