//! What the panel is told, and how somebody's presence lights the screen.

use super::*;
use borne_ipc::{PanelEvent, PanelHealth, PanelPart, PanelState};

fn told(bench: &Bench) -> Vec<PanelState> {
    let state = |effect: &Effect| match effect {
        Effect::TellPanel(state) => Some(*state),
        _ => None,
    };
    bench.effects.iter().filter_map(state).collect()
}

fn shown(bench: &Bench) -> Vec<Screen> {
    let screen = |effect: &Effect| match effect {
        Effect::Show { screen, .. } => Some(screen.clone()),
        _ => None,
    };
    bench.effects.iter().filter_map(screen).collect()
}

const ASLEEP: Duration = Duration::from_secs(601);

#[test]
fn a_tap_is_answered_by_the_panel_before_the_gateway_is_asked() {
    let mut bench = Bench::serving();
    bench.tap(A);
    let told = bench.effects.iter().position(|e| matches!(e, Effect::TellPanel(PanelState::Read)));
    let asked = bench.effects.iter().position(|e| matches!(e, Effect::AskTap { .. }));
    assert!(told.is_some() && told < asked, "{:?}", bench.effects);
    // In somebody's session too.
    let mut bench = Bench::active(A);
    bench.now += Duration::from_secs(5);
    bench.tap(B);
    assert!(matches!(bench.effects[0], Effect::TellPanel(PanelState::Read)), "{:?}", bench.effects);
}

#[test]
fn a_visit_is_told_step_by_step_and_its_end_says_that_all_is_erased() {
    let mut bench = Bench::serving();
    assert_eq!(told(bench.tap(A)), [PanelState::Read]);
    assert_eq!(told(bench.ask_pin()), [PanelState::Pin]);
    assert_eq!(
        told(bench.pin_answer(PinAnswer::WrongPin { tries_left: 2 })),
        [PanelState::WrongPin]
    );
    assert_eq!(told(bench.type_pin(bench.machine.shown)), [PanelState::Checking]);
    let asked = bench.machine.asked;
    let answer = Ok(PinAnswer::Granted(grant("s")));
    assert_eq!(told(bench.does(Event::PinAnswered { asked, answer })), [PanelState::Right]);
    assert_eq!(told(bench.browser(BrowserEvent::Opened)), [PanelState::Session]);
    assert_eq!(told(bench.after(TIMES.idle)), [PanelState::Countdown]);
    assert_eq!(told(bench.after(TIMES.countdown)), [PanelState::Ending]);
    assert_eq!(told(bench.finish()), [PanelState::Wiped]);
}

#[test]
fn no_session_depends_on_the_panel_and_a_new_one_is_told_the_present_state() {
    let mut bench = Bench::active(A);
    let ready = PanelEvent::Ready(PanelHealth { light: PanelPart::NoDevice, ..Default::default() });
    assert_eq!(told(bench.does(Event::Panel(ready))), [PanelState::Session]);
    assert!(!bench.machine.world.panel.is_good());
    bench.does(Event::PeerGone(Peer::Panel));
    assert!(matches!(bench.machine.state, State::Active(_)) && bench.machine.world.panel.is_good());
}

#[test]
fn an_idle_screen_gets_dark_and_somebody_a_touch_or_a_badge_lights_it() {
    let mut bench = Bench::serving();
    for event in [
        Event::Panel(PanelEvent::Presence(true)),
        Event::Shell(ShellEvent::UserActive),
        Event::Card { mark: A, card: card() },
    ] {
        bench.does(Event::Panel(PanelEvent::Presence(false)));
        assert_eq!(shown(bench.after(ASLEEP)), [Screen::Asleep]);
        assert_eq!(told(&bench), [PanelState::Asleep]);
        bench.does(event);
        assert!(
            matches!(shown(&bench)[..], [Screen::Idle | Screen::Reading]),
            "{:?}",
            bench.effects
        );
    }
}

#[test]
fn a_screen_stays_lit_while_somebody_is_seen_and_in_every_state_but_idle() {
    let mut bench = Bench::serving();
    bench.does(Event::Panel(PanelEvent::Presence(true)));
    assert_eq!(shown(bench.after(ASLEEP * 10)), []);
    // A panel that dies with somebody before it keeps no screen lit for ever.
    bench.does(Event::PeerGone(Peer::Panel));
    assert_eq!(shown(bench.after(ASLEEP)), [Screen::Asleep]);
    bench.does(Event::Gateway(GatewayLink::Down));
    assert!(matches!(shown(&bench)[..], [Screen::OutOfService(_)]));
    assert_eq!(shown(bench.after(ASLEEP)), [], "IT must see what is wrong");
}

#[test]
fn an_update_is_told_on_the_idle_screen_only() {
    let mut bench = Bench::serving();
    bench.does(Event::Agent(AgentEvent::Ready));
    assert_eq!(
        told(bench.does(Event::Agent(AgentEvent::Progress(Some(45))))),
        [PanelState::Updating(45)]
    );
    bench.tap(A);
    assert_eq!(told(bench.does(Event::Agent(AgentEvent::Progress(Some(46))))), []);
}
