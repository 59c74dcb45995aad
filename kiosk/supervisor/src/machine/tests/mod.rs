//! What the machine does, case by case: one test per behaviour that the person or the town relies
//! on.

mod badges;
mod panel;

use super::*;
use borne_gateway_api::{
    EndReason, Grant, PinAnswer, Refusal, Secret as ApiSecret, SessionId, TapAnswer, TapId,
};
use borne_ipc::{
    AgentEvent, AgentOrder, BadgeNotice, Card, LoadFailure, PageNotice, Secret, Strip, Unclear,
};

pub(super) const TIMES: Times = Times {
    idle: Duration::from_secs(120),
    countdown: Duration::from_secs(20),
    max: Duration::from_secs(1_800),
    sleep: Some(Duration::from_secs(600)),
};

pub(super) fn card() -> Card {
    Card {
        uid: Secret::new("04A1B2C3D4E5F6".into()),
        atqa: "0344".into(),
        sak: "20".into(),
        ats: String::new(),
    }
}

pub(super) fn grant(session: &str) -> Grant {
    Grant {
        session: SessionId(session.into()),
        ticket: ApiSecret::new("t".into()),
        redeem_url: "https://passerelle.mairie.example/borne/redeem".into(),
        name: "Éliane Benali".into(),
        logout_urls: vec![],
        wrong_pins: 0,
    }
}

const A: BadgeMark = BadgeMark([1; 32]);
const B: BadgeMark = BadgeMark([2; 32]);

/// A machine, a clock, and everything it has ordered so far.
struct Bench {
    machine: Machine,
    now: Moment,
    effects: Vec<Effect>,
}

impl Bench {
    fn serving() -> Self {
        let mut bench = Self {
            machine: Machine::new(TIMES, true, true),
            now: Moment::from_secs(1),
            effects: vec![],
        };
        bench.does(Event::Reader(true));
        bench.does(Event::Shell(ShellEvent::Ready));
        bench.does(Event::EgressReady);
        bench.does(Event::Gateway(GatewayLink::Up));
        assert!(matches!(bench.machine.state, State::Idle));
        bench.browser(BrowserEvent::Ready);
        bench
    }

    fn does(&mut self, event: Event) -> &mut Self {
        self.effects = self.machine.step(event, self.now);
        self
    }

    fn after(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self.does(Event::Tick)
    }

    fn tap(&mut self, mark: BadgeMark) -> &mut Self {
        self.does(Event::Card { mark, card: card() })
    }

    fn browser(&mut self, event: BrowserEvent) -> &mut Self {
        let generation = self.machine.world.browser.generation();
        self.does(Event::Browser { generation, event })
    }

    fn ask_pin(&mut self) -> &mut Self {
        self.tap_answer(Ok(TapAnswer::AskPin { tap: TapId("tap".into()) }))
    }

    fn type_pin(&mut self, serial: u64) -> &mut Self {
        self.does(Event::Shell(ShellEvent::Pin { serial, pin: Secret::new("123456".into()) }))
    }

    fn tap_answer(&mut self, answer: Result<TapAnswer, GatewayError>) -> &mut Self {
        let asked = self.machine.asked;
        self.does(Event::TapAnswered { asked, answer })
    }

    fn pin_answer(&mut self, answer: PinAnswer) -> &mut Self {
        self.type_pin(self.machine.shown);
        let asked = self.machine.asked;
        self.does(Event::PinAnswered { asked, answer: Ok(answer) })
    }

    fn active(mark: BadgeMark) -> Self {
        let mut bench = Self::serving();
        bench
            .tap(mark)
            .ask_pin()
            .pin_answer(PinAnswer::Granted(grant("s")))
            .browser(BrowserEvent::Opened);
        assert!(matches!(bench.machine.state, State::Active(_)), "{:?}", bench.machine.state);
        bench
    }

    fn finish(&mut self) -> &mut Self {
        let generation = self.machine.world.browser.generation();
        self.does(Event::EndAnswered { session: SessionId("s".into()) });
        self.does(Event::Wiped { generation });
        let serial = self.machine.shown;
        self.does(Event::Shell(ShellEvent::Painted { serial }))
    }

    fn ended(&self) -> Option<EndReason> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::EndSession { reason, .. } => Some(*reason),
            _ => None,
        })
    }

    fn screen(&self) -> Screen {
        self.machine.state.screen(self.now)
    }
}

#[test]
fn a_verified_badge_opens_a_session_and_logout_ends_it() {
    let mut bench = Bench::active(A);
    bench.does(Event::Shell(ShellEvent::Logout));
    assert_eq!(bench.ended(), Some(EndReason::Button));
    assert_eq!(bench.screen(), Screen::Ending);
    bench.finish();
    assert_eq!(bench.screen(), Screen::Idle);
    assert!(
        bench.effects.iter().any(|effect| matches!(effect, Effect::StartBrowser { generation: 2 }))
    );
}

#[test]
fn rest_brings_the_countdown_and_a_touch_stops_it() {
    let mut bench = Bench::active(A);
    bench.after(TIMES.idle);
    assert!(matches!(bench.screen(), Screen::Countdown { logout_in_ms: 20_000, .. }));
    bench.does(Event::Shell(ShellEvent::UserActive));
    assert!(matches!(bench.screen(), Screen::Session { .. }));
    bench.after(TIMES.idle + TIMES.countdown);
    assert!(matches!(bench.screen(), Screen::Session { .. }), "still touching");
    bench.does(Event::Shell(ShellEvent::UserIdle)).after(TIMES.idle).after(TIMES.countdown);
    assert_eq!(bench.ended(), Some(EndReason::Idle));
}

#[test]
fn a_session_has_an_absolute_end() {
    let mut bench = Bench::active(A);
    bench.does(Event::Shell(ShellEvent::UserActive)).after(TIMES.max);
    assert_eq!(bench.ended(), Some(EndReason::Expired));
    bench.finish();
    assert_eq!(bench.screen(), Screen::Message(Notice::SessionExpired));
}

#[test]
fn a_wrong_pin_asks_again_and_says_how_many_tries_are_left() {
    let mut bench = Bench::serving();
    bench.tap(A).ask_pin().pin_answer(PinAnswer::WrongPin { tries_left: 4 });
    assert_eq!(bench.screen(), Screen::Pin { tries_left: Some(4) });
    bench.pin_answer(PinAnswer::Refused(Refusal::BadgeLocked));
    assert_eq!(bench.screen(), Screen::Message(Notice::BadgeLocked));
}

#[test]
fn a_grant_that_comes_after_the_person_has_gone_is_ended() {
    let mut bench = Bench::serving();
    let pad = bench.tap(A).ask_pin().machine.shown;
    bench.type_pin(pad);
    let asked = bench.machine.asked;
    bench.after(ANSWER);
    assert_eq!(bench.screen(), Screen::Message(Notice::GatewayUnreachable));
    bench.does(Event::PinAnswered { asked, answer: Ok(PinAnswer::Granted(grant("late"))) });
    assert_eq!(bench.ended(), Some(EndReason::LoginFailed));
}

#[test]
fn a_failed_opening_is_told_and_wiped() {
    for (failure, notice) in [
        (LoadFailure::Unreachable, Notice::GroupwareUnreachable),
        (LoadFailure::UntrustedCertificate, Notice::UntrustedCertificate),
        (LoadFailure::TicketRefused, Notice::LoginFailed),
    ] {
        let mut bench = Bench::serving();
        bench
            .tap(A)
            .ask_pin()
            .pin_answer(PinAnswer::Granted(grant("s")))
            .browser(BrowserEvent::OpenFailed(failure));
        assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Wipe { .. })));
        bench.finish();
        assert_eq!(bench.screen(), Screen::Message(notice));
    }
}

#[test]
fn a_lost_peer_ends_the_session() {
    for peer in [Peer::Reader, Peer::Shell, Peer::Egress] {
        let mut bench = Bench::active(A);
        bench.does(Event::PeerGone(peer));
        assert!(bench.ended().is_some(), "{peer:?}");
    }
}

#[test]
fn a_standby_browser_does_not_outlive_the_egress_it_was_given() {
    let mut bench = Bench::serving();
    let generation = bench.machine.world.browser.generation();
    bench.does(Event::PeerGone(Peer::Egress));
    assert!(
        matches!(bench.effects.as_slice(), [Effect::KillBrowser { generation: killed }, ..] if *killed == generation)
    );
    bench.does(Event::EgressReady).after(RESPAWN);
    assert!(
        bench.effects.iter().any(|effect| matches!(effect, Effect::StartBrowser { .. })),
        "{:?}",
        bench.effects
    );
}

#[test]
fn an_unplugged_reader_ends_the_session_and_says_so_until_it_is_back() {
    let mut bench = Bench::active(A);
    bench.does(Event::Reader(false));
    assert_eq!(bench.ended(), Some(EndReason::ReaderLost));
    bench.finish();
    assert_eq!(bench.screen(), Screen::OutOfService(Outage::ReaderUnplugged));
    bench.does(Event::Reader(true));
    assert_eq!(bench.screen(), Screen::Idle);
}

#[test]
fn a_silent_gateway_ends_the_session_after_its_grace() {
    let mut bench = Bench::active(A);
    bench.does(Event::Gateway(GatewayLink::Down)).after(GATEWAY_GRACE / 2);
    assert!(bench.ended().is_none());
    bench.does(Event::Gateway(GatewayLink::Up)).after(GATEWAY_GRACE);
    assert!(bench.ended().is_none());
    bench.does(Event::Gateway(GatewayLink::Down)).after(GATEWAY_GRACE);
    assert_eq!(bench.ended(), Some(EndReason::GatewayLost));
}

#[test]
fn a_terminal_without_a_network_says_so_and_a_session_has_the_same_grace() {
    for (link, outage) in [
        (GatewayLink::Unplugged, Outage::NetworkUnplugged),
        (GatewayLink::NoAddress, Outage::NoAddress),
    ] {
        let mut bench = Bench::active(A);
        bench.does(Event::Gateway(link)).after(GATEWAY_GRACE / 2);
        assert!(bench.ended().is_none());
        // Another reason for the same silence does not begin it afresh.
        bench
            .does(Event::Gateway(GatewayLink::Down))
            .does(Event::Gateway(link))
            .after(GATEWAY_GRACE / 2);
        assert_eq!(bench.ended(), Some(EndReason::GatewayLost));
        bench.finish();
        assert_eq!(bench.screen(), Screen::OutOfService(outage));
    }
}

#[test]
fn a_wipe_without_proof_is_out_of_service_until_the_proof_comes() {
    let mut bench = Bench::active(A);
    bench.does(Event::Shell(ShellEvent::Logout)).after(ENDING);
    assert_eq!(bench.screen(), Screen::OutOfService(Outage::WipeFailed));
    bench.tap(B).after(Duration::from_secs(600));
    assert_eq!(bench.screen(), Screen::OutOfService(Outage::WipeFailed));
    bench.finish();
    assert_eq!(bench.screen(), Screen::Idle);
}

#[test]
fn a_paint_of_before_the_wipe_proves_nothing() {
    let mut bench = Bench::active(A);
    let old = bench.machine.shown;
    bench.does(Event::Shell(ShellEvent::Logout));
    let generation = bench.machine.world.browser.generation();
    let cover = bench.machine.shown;
    bench.does(Event::Shell(ShellEvent::Painted { serial: cover }));
    bench
        .does(Event::Wiped { generation })
        .does(Event::EndAnswered { session: SessionId("s".into()) });
    assert_eq!(
        bench.screen(),
        Screen::Ending,
        "the compositor may have held the browser's picture then"
    );
    bench
        .does(Event::Shell(ShellEvent::Painted { serial: old }))
        .does(Event::Shell(ShellEvent::Painted { serial: cover }));
    assert_eq!(bench.screen(), Screen::Ending);
    let serial = bench.machine.shown;
    bench.does(Event::Shell(ShellEvent::Painted { serial }));
    assert_eq!(bench.screen(), Screen::Idle);
}

#[test]
fn a_blocked_page_is_said_and_back_goes_back() {
    let mut bench = Bench::active(A);
    bench.browser(BrowserEvent::Blocked);
    assert!(matches!(
        bench.screen(),
        Screen::Session { notice: Some(Strip::Page(PageNotice::Blocked)), .. }
    ));
    bench.does(Event::Shell(ShellEvent::Back));
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::BrowserBack { .. })));
    assert!(matches!(bench.screen(), Screen::Session { notice: None, .. }));
}

#[test]
fn a_browser_that_speaks_out_of_turn_is_killed() {
    let mut bench = Bench::serving();
    bench.browser(BrowserEvent::Opened);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::KillBrowser { .. })));
}

#[test]
fn logout_urls_are_visited_before_the_wipe_but_not_for_ever() {
    let mut bench = Bench::serving();
    let mut granted = grant("s");
    granted.logout_urls = vec!["https://groupware.mairie.example/logout".into()];
    bench.tap(A).ask_pin().pin_answer(PinAnswer::Granted(granted)).browser(BrowserEvent::Opened);
    bench.does(Event::Shell(ShellEvent::Logout));
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::VisitLogout { .. })));
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Wipe { .. })));
    bench.after(Duration::from_secs(2));
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Wipe { .. })));
}

#[test]
fn a_restart_waits_for_the_session_and_then_lets_nobody_in() {
    let mut bench = Bench::active(A);
    let restart = |bench: &Bench| {
        bench.effects.iter().any(|e| matches!(e, Effect::TellAgent(AgentOrder::Restart)))
    };
    bench.does(Event::Agent(AgentEvent::Ready)).does(Event::Agent(AgentEvent::WantsRestart(true)));
    assert!(!restart(&bench) && matches!(bench.machine.state, State::Active(_)));
    bench.does(Event::Shell(ShellEvent::Logout));
    assert!(!restart(&bench));
    bench.finish();
    assert!(restart(&bench));
    bench.tap(B);
    assert!(matches!(bench.machine.state, State::OutOfService(Outage::Restarting)));
    // An agent that dies instead gives the terminal back.
    bench.does(Event::PeerGone(Peer::Agent));
    assert!(matches!(bench.machine.state, State::Idle));
}

#[test]
fn a_slot_on_trial_gets_a_browser_to_prove_also_where_none_is_kept() {
    let mut bench = Bench {
        machine: Machine::new(TIMES, false, true),
        now: Moment::from_secs(1),
        effects: vec![],
    };
    bench.does(Event::Reader(true));
    bench
        .does(Event::Shell(ShellEvent::Ready))
        .does(Event::EgressReady)
        .does(Event::Gateway(GatewayLink::Up));
    assert!(matches!(bench.machine.world.browser, Browser::Absent { .. }));
    bench.does(Event::Agent(AgentEvent::Ready)).does(Event::Agent(AgentEvent::Proving(true)));
    assert!(matches!(bench.machine.world.browser, Browser::Warming { .. }));
    bench.browser(BrowserEvent::Ready);
    assert!(bench.effects.iter().any(|effect| matches!(
        effect,
        Effect::TellAgent(AgentOrder::Terminal(borne_ipc::Terminal {
            browser: true,
            resting: true,
            ..
        }))
    )));
}

#[test]
fn a_gateway_that_never_answered_is_not_promised_to_come_back_by_itself() {
    let mut machine = Machine::new(TIMES, true, false);
    let now = Moment::from_secs(1);
    let _shown = machine.step(Event::Gateway(GatewayLink::Down), now);
    assert_eq!(machine.state.screen(now), Screen::OutOfService(Outage::GatewayNeverReached));
    let _shown = machine.step(Event::Gateway(GatewayLink::Up), now);
    let _shown = machine.step(Event::Gateway(GatewayLink::Down), now);
    assert_eq!(machine.state.screen(now), Screen::OutOfService(Outage::GatewayUnreachable));
}

#[test]
fn what_should_be_corrected_of_the_card_is_shown_at_the_start_and_then_the_terminal_serves() {
    let mut machine = Machine::new(TIMES, true, true);
    let fault = ProvisionFault::new(0, "borne.toml.txt", borne_ipc::Wrong::OtherName);
    machine.advise(fault.clone());
    let mut bench = Bench { machine, now: Moment::from_secs(1), effects: vec![] };
    bench.does(Event::Reader(true));
    bench.does(Event::EgressReady).does(Event::Gateway(GatewayLink::Up));
    bench.does(Event::Shell(ShellEvent::Ready)).tap(A);
    assert_eq!(bench.screen(), Screen::Provision(fault));
    bench.after(ADVICE);
    assert_eq!(bench.screen(), Screen::Idle);
    bench.tap(A);
    assert_eq!(bench.screen(), Screen::Reading);
}
