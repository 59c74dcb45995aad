//! What holds whatever happens, and the usual ways through.

use super::*;
use borne_gateway_api::update::{Hours, Update, Version};
use proptest::prelude::*;

const BOARD: &str = "borne-rpi4";

fn version(text: &str) -> Version {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn facts(confirmed: bool) -> Facts {
    Facts {
        board: BOARD.into(),
        slot: "A".into(),
        version: version("20261124.5"),
        confirmed,
        vouched: true,
        other_is_next: false,
        since: Moment::from_secs(10),
        last: None,
    }
}

fn all(good: bool) -> Terminal {
    Terminal {
        resting: true,
        screen: good,
        egress: good,
        reader: good,
        gateway: good,
        browser: good,
        panel: true,
    }
}

fn update(number: u64, text: &str, hours: Option<(u16, u16)>) -> Update {
    let url = "https://maj.mairie.example/borne.raucb".to_owned();
    let hours = hours.map(|(from, to)| Hours { from, to });
    Update { offer: number, version: version(text), url, manifest_sha256: None, hours }
}

fn bundle(text: &str) -> Bundle {
    Bundle { compatible: BOARD.into(), version: text.to_owned(), manifest_sha256: "0".repeat(64) }
}

#[derive(Clone, Debug)]
enum Op {
    Connect,
    Gone,
    Terminal(u8),
    Offer(u64, u8, Option<(u16, u16)>),
    Nothing,
    Restart,
    Units(bool),
    Confirmed(bool),
    Condemned,
    Inspected(u8),
    Installed(u8),
    Progress(u8),
    Pass(u32),
    Minute(u16),
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => Just(Op::Connect),
        1 => Just(Op::Gone),
        6 => prop_oneof![any::<u8>(), Just(0x3f), Just(0x3e), Just(0x01)].prop_map(Op::Terminal),
        5 => (1..4_u64, 0..5_u8, prop::option::of((0..1441_u16, 0..1441_u16))).prop_map(|(n, v, h)| Op::Offer(n, v, h)),
        1 => Just(Op::Nothing),
        3 => Just(Op::Restart),
        4 => prop::bool::weighted(0.8).prop_map(Op::Units),
        3 => any::<bool>().prop_map(Op::Confirmed),
        2 => Just(Op::Condemned),
        5 => (0..6_u8).prop_map(Op::Inspected),
        3 => (0..4_u8).prop_map(Op::Installed),
        1 => any::<u8>().prop_map(Op::Progress),
        4 => prop_oneof![0..8_000_u32, 0..200_000_u32, Just(700_000_u32)].prop_map(Op::Pass),
        2 => (0..1440_u16).prop_map(Op::Minute),
    ]
}

/// Versions around the one that runs (20261124.5), and nonsense.
const VERSIONS: [&str; 5] = ["20261124.6", "20261201.0", "20261124.5", "20261124.4", "20251231.9"];

fn event(op: &Op) -> Option<Event> {
    let wrong = Err(InstallError::Refused);
    Some(match op {
        Op::Connect => Event::Connected,
        Op::Gone => Event::Gone,
        Op::Terminal(bits) => {
            let has = |bit: u8| bits & (1 << bit) != 0;
            let (resting, screen, egress) = (has(0), has(1), has(2));
            Event::Order(AgentOrder::Terminal(Terminal {
                resting,
                screen,
                egress,
                reader: has(3),
                gateway: has(4),
                browser: has(5),
                panel: true,
            }))
        }
        Op::Offer(number, text, hours) => {
            let update = update(*number, VERSIONS[usize::from(*text)], *hours);
            Event::Order(AgentOrder::Answer(Answer::Heard(Some(update))))
        }
        Op::Nothing => Event::Order(AgentOrder::Answer(Answer::Heard(None))),
        Op::Restart => Event::Order(AgentOrder::Restart),
        Op::Units(good) => Event::Units(*good),
        Op::Confirmed(done) => Event::Confirmed(*done),
        Op::Condemned => Event::Condemned,
        Op::Inspected(n) => Event::Inspected(match n {
            0 => wrong,
            1 => Err(InstallError::Failed),
            2 => Ok(bundle("20261124.4")),
            3 => Ok(Bundle { compatible: "borne-rpi5".into(), ..bundle("20261124.6") }),
            4 => Ok(bundle("20261201.0")),
            _ => Ok(bundle("20261124.6")),
        }),
        Op::Installed(n) => Event::Installed(match n {
            0 => Err(InstallError::Failed),
            1 => Err(InstallError::Refused),
            _ => Ok(()),
        }),
        Op::Progress(percent) => Event::Progress(*percent),
        Op::Pass(_) | Op::Minute(_) => Event::Tick,
    })
}

/// The machine and what an outsider knows.
struct Observer {
    machine: Machine,
    now: Moment,
    minute: u16,
    terminal: Option<Terminal>,
    alone_since: Moment,
    connected: bool,
    wish: bool,
}

impl Observer {
    fn step(&mut self, op: &Op) -> Result<(), TestCaseError> {
        match op {
            Op::Pass(ms) => self.now += Duration::from_millis((*ms).into()),
            Op::Minute(minute) => self.minute = *minute,
            _ => {}
        }
        let Some(event) = event(op) else { return Ok(()) };
        match &event {
            Event::Gone => {
                if self.terminal.take().is_some() {
                    self.alone_since = self.now;
                }
                (self.wish, self.connected) = (false, false);
            }
            Event::Connected => (self.wish, self.connected) = (false, true),
            Event::Order(AgentOrder::Terminal(terminal)) => {
                (self.terminal, self.connected) = (Some(*terminal), true)
            }
            _ => {}
        }
        let trial_over = self.now >= self.machine.facts.since + TRIAL;
        let was = self.machine.facts.clone();
        let granted = matches!(event, Event::Order(AgentOrder::Restart)) && self.wish;
        let seen_good = matches!(event, Event::Units(true));
        let effects = self.machine.step(event, self.now, self.minute);
        for effect in effects {
            match effect {
                Effect::Confirm => {
                    let t = self.terminal.unwrap_or_default();
                    let four =
                        seen_good && t.gateway && t.browser && t.reader && t.screen && t.egress;
                    let committed = was.confirmed && !was.vouched && seen_good && self.connected;
                    prop_assert!(
                        committed || (four && !trial_over && !was.confirmed),
                        "confirmed without its proofs"
                    );
                }
                Effect::Condemn => {
                    prop_assert!(trial_over && !was.confirmed, "condemned before its time")
                }
                Effect::Inspect(wanted) | Effect::Install { wanted, .. } => {
                    prop_assert!(
                        self.terminal.is_some_and(|t| t.resting),
                        "begun while somebody is there"
                    );
                    prop_assert!(wanted.version > version("20261124.5"), "not newer");
                    prop_assert!(self.machine.facts.confirmed, "an update on top of a trial");
                    prop_assert!(
                        wanted.hours.is_none_or(|hours| hours.hold(self.minute)),
                        "outside its hours"
                    );
                    if let State::Installing(_) = self.machine.state {
                        prop_assert!(
                            self.machine
                                .facts
                                .last
                                .as_ref()
                                .is_some_and(|l| l.outcome == Outcome::Installing)
                        );
                    }
                }
                Effect::Restart => {
                    let alone = self.terminal.is_none() && self.now >= self.alone_since + ALONE;
                    prop_assert!(
                        granted || (alone && !self.machine.facts.confirmed && trial_over),
                        "unasked restart"
                    );
                }
                Effect::Tell(AgentEvent::WantsRestart(wish)) => self.wish = wish,
                Effect::Tell(AgentEvent::Progress(Some(percent))) => prop_assert!(percent <= 100),
                _ => {}
            }
        }
        // The wait for the next deadline ends, and is not a spin.
        prop_assert!(self.machine.deadline() > self.now, "{:?}", self.machine.state);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_installed_over_a_session_confirmed_unproved_or_older(
        confirmed in any::<bool>(),
        vouched in any::<bool>(),
        ops in prop::collection::vec(ops(), 1..64),
    ) {
        let now = Moment::from_secs(20);
        let (machine, _) = Machine::new(Facts { vouched, ..facts(confirmed) }, now);
        let (terminal, connected, wish) = (None, false, false);
        let mut observer = Observer { machine, now, minute: 180, terminal, alone_since: now, connected, wish };
        for op in &ops {
            observer.step(op)?;
        }
    }
}

/// A machine that is connected, with all well.
fn well(facts: Facts) -> (Machine, Moment) {
    let now = Moment::from_secs(20);
    let (mut machine, _) = Machine::new(facts, now);
    let _greeting = machine.step(Event::Connected, now, 180);
    let _nothing = machine.step(Event::Order(AgentOrder::Terminal(all(true))), now, 180);
    (machine, now)
}

fn hear(machine: &mut Machine, update: Update, now: Moment, minute: u16) -> Vec<Effect> {
    machine.step(Event::Order(AgentOrder::Answer(Answer::Heard(Some(update)))), now, minute)
}

#[test]
fn an_update_goes_from_offer_to_restart() {
    let (mut machine, now) = well(facts(true));
    let effects = hear(&mut machine, update(7, "20261124.6", None), now, 180);
    assert!(matches!(effects.as_slice(), [Effect::Inspect(_)]), "{effects:?}");
    let effects = machine.step(Event::Inspected(Ok(bundle("20261124.6"))), now, 180);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Install { .. })));
    // Somebody comes while it is written: the writing goes on, the restart waits.
    let busy = Terminal { resting: false, ..all(true) };
    let _busy = machine.step(Event::Order(AgentOrder::Terminal(busy)), now, 180);
    let effects = machine.step(Event::Installed(Ok(())), now, 180);
    assert!(effects.contains(&Effect::Tell(AgentEvent::WantsRestart(true))), "{effects:?}");
    assert!(!effects.contains(&Effect::Restart));
    let effects = machine.step(Event::Order(AgentOrder::Restart), now, 180);
    assert!(effects.contains(&Effect::Restart));
}

#[test]
fn outside_its_hours_an_update_waits_and_so_does_its_restart() {
    let (mut machine, now) = well(facts(true));
    let night = update(7, "20261124.6", Some((1320, 300)));
    assert_eq!(hear(&mut machine, night, now, 720), vec![]);
    let effects = machine.step(Event::Tick, now, 1320);
    assert!(matches!(effects.as_slice(), [Effect::Inspect(_)]), "{effects:?}");
    let _install = machine.step(Event::Inspected(Ok(bundle("20261124.6"))), now, 299);
    let effects = machine.step(Event::Installed(Ok(())), now, 300);
    assert!(!effects.contains(&Effect::Tell(AgentEvent::WantsRestart(true))), "{effects:?}");
    assert_eq!(
        machine.step(Event::Tick, now, 1320),
        vec![Effect::Tell(AgentEvent::WantsRestart(true))]
    );
    // The morning comes before anybody went away.
    assert_eq!(
        machine.step(Event::Tick, now, 300),
        vec![Effect::Tell(AgentEvent::WantsRestart(false))]
    );
}

#[test]
fn what_was_refused_or_came_back_is_not_tried_again_but_a_new_offer_is() {
    let last = |outcome| Some(LastUpdate { offer: 7, version: version("20261124.6"), outcome });
    for outcome in [Outcome::Refused, Outcome::Returned] {
        let (mut machine, now) = well(Facts { last: last(outcome), ..facts(true) });
        assert_eq!(hear(&mut machine, update(7, "20261124.6", None), now, 180), vec![]);
        assert!(!hear(&mut machine, update(8, "20261124.6", None), now, 180).is_empty());
    }
}

#[test]
fn what_failed_is_tried_again_later_and_another_offer_at_once() {
    let (mut machine, now) = well(facts(true));
    let offer = |number| update(number, "20261124.6", None);
    assert!(!hear(&mut machine, offer(7), now, 180).is_empty());
    let _failed = machine.step(Event::Inspected(Err(InstallError::Failed)), now, 180);
    let inspects =
        |effects: Vec<Effect>| effects.iter().any(|effect| matches!(effect, Effect::Inspect(_)));
    assert!(!inspects(hear(&mut machine, offer(7), now, 180)));
    assert!(inspects(hear(&mut machine, offer(8), now, 180)));
    // Sooner than ten minutes at first, then less and less often, and at once when the admin offers
    // something else.
    let (mut now, mut rests) = (now, Vec::new());
    for _ in 0..6 {
        let _failed = machine.step(Event::Inspected(Err(InstallError::Failed)), now, 180);
        let failed = now;
        while !inspects(hear(&mut machine, offer(8), now, 180)) {
            now += Duration::from_secs(1);
            assert!(now < failed + RETRY * 2, "never again");
        }
        rests.push((now - failed).as_secs());
    }
    assert_eq!(rests, [60, 120, 240, 480, 600, 600]);
    let _failed = machine.step(Event::Inspected(Err(InstallError::Failed)), now, 180);
    assert!(inspects(hear(&mut machine, offer(9), now, 180)));
    let _failed = machine.step(Event::Inspected(Err(InstallError::Failed)), now, 180);
    assert!(inspects(hear(&mut machine, offer(9), now + FIRST_RETRY, 180)));
}

#[test]
fn a_trial_that_does_not_prove_itself_in_time_goes_back_when_nobody_is_there() {
    let (mut machine, now) = well(facts(false));
    let _no_reader = machine.step(
        Event::Order(AgentOrder::Terminal(Terminal { reader: false, ..all(true) })),
        now,
        180,
    );
    assert!(!machine.step(Event::Units(true), now, 180).contains(&Effect::Confirm));
    let late = Moment::from_secs(10) + TRIAL;
    let effects = machine.step(Event::Tick, late, 180);
    assert!(
        effects.contains(&Effect::Condemn)
            && !effects.contains(&Effect::Tell(AgentEvent::WantsRestart(true)))
    );
    let effects = machine.step(Event::Condemned, late, 180);
    assert!(
        effects.contains(&Effect::Tell(AgentEvent::WantsRestart(true)))
            && !effects.contains(&Effect::Restart)
    );
    // Too late: the proofs are all there now, and are not taken.
    let _all_well = machine.step(Event::Order(AgentOrder::Terminal(all(true))), late, 180);
    assert!(!machine.step(Event::Units(true), late, 180).contains(&Effect::Confirm));
    assert!(machine.step(Event::Order(AgentOrder::Restart), late, 180).contains(&Effect::Restart));
}

#[test]
fn what_became_of_an_update_is_told_by_the_slot_that_runs_after_it() {
    let installed =
        |text| Some(LastUpdate { offer: 7, version: version(text), outcome: Outcome::Installed });
    let outcome =
        |facts| Machine::new(facts, Moment::from_secs(20)).0.facts.last.map(|last| last.outcome);
    let back = Facts { last: installed("20261124.6"), ..facts(true) };
    assert_eq!(outcome(back.clone()), Some(Outcome::Returned));
    let (machine, _) = Machine::new(Facts { other_is_next: true, ..back }, Moment::from_secs(20));
    assert!(
        matches!(machine.state, State::Installed { .. }),
        "a cut before the trial: it is still to come"
    );
    let (mut machine, now) = well(Facts { last: installed("20261124.5"), ..facts(false) });
    assert!(machine.step(Event::Units(true), now, 180).contains(&Effect::Confirm));
    let _done = machine.step(Event::Confirmed(true), now, 180);
    assert_eq!(machine.facts.last.map(|last| last.outcome), Some(Outcome::Confirmed));
}

#[test]
fn the_committed_slot_is_vouched_for_without_a_gateway_but_not_with_a_failed_unit() {
    let now = Moment::from_secs(20);
    let (mut machine, _) = Machine::new(Facts { vouched: false, ..facts(true) }, now);
    assert!(
        !machine.step(Event::Units(true), now, 180).contains(&Effect::Confirm),
        "no supervisor is there"
    );
    let _greeting = machine.step(Event::Connected, now, 180);
    assert!(!machine.step(Event::Units(false), now, 180).contains(&Effect::Confirm));
    assert!(machine.step(Event::Units(true), now, 180).contains(&Effect::Confirm));
    assert!(
        !machine.step(Event::Units(true), now, 180).contains(&Effect::Confirm),
        "asked twice at a time"
    );
    let _failed = machine.step(Event::Confirmed(false), now, 180);
    assert!(
        machine.step(Event::Units(true), now, 180).contains(&Effect::Confirm),
        "not tried again"
    );
    let _done = machine.step(Event::Confirmed(true), now, 180);
    assert!(!machine.step(Event::Units(true), now, 180).contains(&Effect::Confirm));
}

#[test]
fn a_report_goes_with_every_minutes_look_however_soon_the_units_answer() {
    let (mut machine, _) = well(facts(true));
    for slow in [true, false, true, false, false] {
        let look = machine.due.look;
        assert!(machine.step(Event::Tick, look, 0).contains(&Effect::LookAtUnits));
        let answered = look + Duration::from_millis(if slow { 900 } else { 100 });
        let effects = machine.step(Event::Units(true), answered, 0);
        assert!(
            effects.iter().any(|effect| matches!(effect, Effect::Tell(AgentEvent::Report(_)))),
            "{effects:?}"
        );
    }
}
