//! What holds whatever happens: 100,000 random sequences of events, likely ones and absurd ones.

use super::tests::{TIMES, card, grant};
use super::*;
use borne_gateway_api::{PinAnswer, Refusal, SessionId, TapAnswer, TapId};
use borne_ipc::{AgentEvent, AgentOrder, LoadFailure, PageNotice, Secret, Unclear};
use proptest::prelude::*;

/// Something that happens; `bool` picks the present question, generation or serial, or a stale one.
#[derive(Clone, Copy, Debug)]
enum Op {
    Serve,
    Reader(bool),
    Tap(u8),
    ShellReady,
    Painted(bool),
    Pin(bool),
    Unclear(bool),
    Cancel,
    Logout,
    Dismiss,
    Back,
    Touch(bool),
    Egress,
    Gone(u8),
    Link(u8),
    TapAnswer(bool, u8),
    PinAnswer(bool, u8),
    EndAnswer,
    EndSession,
    Browser(bool, u8),
    BrowserGone(bool),
    Wiped(bool),
    Agent(u8),
    Pass(u32),
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => Just(Op::Serve),
        1 => any::<bool>().prop_map(Op::Reader),
        6 => (0..3_u8).prop_map(Op::Tap),
        1 => Just(Op::ShellReady),
        4 => any::<bool>().prop_map(Op::Painted),
        6 => prop::bool::weighted(0.9).prop_map(Op::Pin),
        1 => any::<bool>().prop_map(Op::Unclear),
        1 => Just(Op::Cancel),
        1 => Just(Op::Logout),
        1 => Just(Op::Dismiss),
        1 => Just(Op::Back),
        2 => any::<bool>().prop_map(Op::Touch),
        1 => Just(Op::Egress),
        1 => (0..3_u8).prop_map(Op::Gone),
        1 => (0..6_u8).prop_map(Op::Link),
        6 => (prop::bool::weighted(0.9), 0..4_u8).prop_map(|(now, answer)| Op::TapAnswer(now, answer)),
        8 => (prop::bool::weighted(0.9), 0..4_u8).prop_map(|(now, answer)| Op::PinAnswer(now, answer)),
        2 => Just(Op::EndAnswer),
        1 => Just(Op::EndSession),
        9 => (prop::bool::weighted(0.95), 0..9_u8).prop_map(|(now, event)| Op::Browser(now, event)),
        1 => any::<bool>().prop_map(Op::BrowserGone),
        4 => any::<bool>().prop_map(Op::Wiped),
        3 => (0..9_u8).prop_map(Op::Agent),
        4 => prop_oneof![0..3_000_u32, 0..200_000_u32, Just(2_000_000_u32)].prop_map(Op::Pass),
    ]
}

/// The machine under test and what an outsider can know of it.
struct Observer {
    machine: Machine,
    now: Moment,
    granted: u64,
    ended: Vec<String>,
    /// Of the present ending: (generation, serial of the cover), and what was proved since.
    proof: Option<(u64, bool, bool)>,
}

impl Observer {
    fn events(&mut self, op: Op) -> Vec<Event> {
        let generation = |now: bool| {
            self.machine.world.browser.generation()
                - u64::from(!now && self.machine.world.browser.generation() > 0)
        };
        let asked =
            |now: bool| if now { self.machine.asked } else { self.machine.asked.wrapping_sub(1) };
        let session = SessionId(format!("s{}", self.granted));
        vec![match op {
            Op::Serve => {
                return vec![
                    Event::Reader(true),
                    Event::Shell(ShellEvent::Ready),
                    Event::EgressReady,
                    Event::Gateway(GatewayLink::Up),
                    Event::Browser { generation: generation(true) + 1, event: BrowserEvent::Ready },
                ];
            }
            Op::Reader(answers) => Event::Reader(answers),
            Op::Tap(n) => Event::Card { mark: BadgeMark([n; 32]), card: card() },
            Op::Unclear(true) => Event::Unclear(Unclear::Several),
            Op::Unclear(false) => Event::Unclear(Unclear::Unreadable),
            Op::ShellReady => Event::Shell(ShellEvent::Ready),
            Op::Painted(now) => Event::Shell(ShellEvent::Painted {
                serial: if now { self.machine.shown } else { 1 },
            }),
            Op::Pin(now) => Event::Shell(ShellEvent::Pin {
                serial: if now { self.machine.shown } else { 0 },
                pin: Secret::new("123456".into()),
            }),
            Op::Cancel => Event::Shell(ShellEvent::PinCancelled),
            Op::Logout => Event::Shell(ShellEvent::Logout),
            Op::Dismiss => Event::Shell(ShellEvent::Dismissed),
            Op::Back => Event::Shell(ShellEvent::Back),
            Op::Touch(true) => Event::Shell(ShellEvent::UserActive),
            Op::Touch(false) => Event::Shell(ShellEvent::UserIdle),
            Op::Egress => Event::EgressReady,
            Op::Gone(0) => Event::PeerGone(Peer::Reader),
            Op::Gone(1) => Event::PeerGone(Peer::Shell),
            Op::Gone(_) => Event::PeerGone(Peer::Egress),
            Op::Link(n) => Event::Gateway(match n {
                0 => GatewayLink::Down,
                1 => GatewayLink::UntrustedCertificate,
                2 => GatewayLink::Revoked,
                _ => GatewayLink::Up,
            }),
            Op::TapAnswer(now, n) => Event::TapAnswered {
                asked: asked(now),
                answer: match n {
                    0 => Ok(TapAnswer::Refused(Refusal::UnknownBadge)),
                    1 => Err(GatewayError::Unreachable),
                    _ => Ok(TapAnswer::AskPin { tap: TapId("t".into()) }),
                },
            },
            Op::PinAnswer(now, n) => Event::PinAnswered {
                asked: asked(now),
                answer: match n {
                    0 => Ok(PinAnswer::WrongPin { tries_left: 3 }),
                    1 => Err(GatewayError::Unreachable),
                    _ => {
                        self.granted += 1;
                        Ok(PinAnswer::Granted(grant(&format!("s{}", self.granted))))
                    }
                },
            },
            Op::EndAnswer => Event::EndAnswered { session },
            Op::EndSession => Event::EndSession { session },
            Op::Browser(now, n) => Event::Browser {
                generation: generation(now),
                event: match n {
                    0 => BrowserEvent::OpenFailed(LoadFailure::Unreachable),
                    1 => BrowserEvent::Blocked,
                    2 => BrowserEvent::PageNotice(PageNotice::Unreachable),
                    3 => BrowserEvent::Crashed,
                    4 => BrowserEvent::LoggedOut,
                    5 | 6 => BrowserEvent::Ready,
                    _ => BrowserEvent::Opened,
                },
            },
            Op::BrowserGone(now) => Event::BrowserGone { generation: generation(now) },
            Op::Wiped(now) => Event::Wiped { generation: generation(now) },
            Op::Agent(8) => Event::PeerGone(Peer::Agent),
            Op::Agent(n) => Event::Agent(match n {
                0 | 1 => AgentEvent::Ready,
                2 => AgentEvent::Progress(Some(140)),
                3 => AgentEvent::Progress(None),
                4 => AgentEvent::Proving(true),
                5 => AgentEvent::WantsRestart(false),
                _ => AgentEvent::WantsRestart(true),
            }),
            Op::Pass(ms) => {
                self.now += Duration::from_millis(ms.into());
                Event::Tick
            }
        }]
    }

    fn step(&mut self, event: Event) -> Result<(), TestCaseError> {
        let before = self.machine.state.name();
        let in_session = matches!(self.machine.state, State::Starting(_) | State::Active(_));
        let grants = matches!(&event, Event::PinAnswered { answer: Ok(PinAnswer::Granted(_)), .. });
        let welcome = matches!(
            &event,
            Event::TapAnswered { asked, answer: Ok(TapAnswer::AskPin { .. }) }
                if *asked == self.machine.asked
        );
        let stale_pin = matches!(&event, Event::Shell(ShellEvent::Pin { serial: 0, .. }));
        let grant_of = self.granted;
        if let (Some((generation, wiped, painted)), State::Ending(ending)) =
            (&mut self.proof, &self.machine.state)
        {
            match &event {
                // What was painted before proves nothing about the browser's picture.
                Event::Wiped { generation: which } if which == generation && !*wiped => {
                    (*wiped, *painted) = (true, false)
                }
                Event::Shell(ShellEvent::Painted { serial }) if *serial >= ending.cover => {
                    *painted = true
                }
                _ => {}
            }
        }
        let effects = self.machine.step(event, self.now);
        let after = self.machine.state.name();

        // Never active without a verified badge.
        match &self.machine.state {
            State::Starting(login) => prop_assert!(
                before == "Starting"
                    || (before == "Checking"
                        && grants
                        && login.session.0 == format!("s{grant_of}")),
                "{before} -> Starting"
            ),
            State::Active(_) => {
                prop_assert!(
                    matches!(before, "Starting" | "Active" | "Countdown"),
                    "{before} -> {after}"
                )
            }
            _ => {}
        }
        // Out of a session only into the ending, and out of that only with both proofs.
        if in_session {
            prop_assert!(
                matches!(
                    self.machine.state,
                    State::Starting(_) | State::Active(_) | State::Ending(_)
                ),
                "{before} -> {after}"
            );
        }
        match (&self.machine.state, self.proof) {
            (State::Ending(ending), None) => {
                prop_assert!(in_session, "{before} -> Ending");
                self.proof = Some((ending.generation, false, false));
            }
            (State::Ending(_), Some(_)) | (_, None) => {}
            (_, Some((_, wiped, painted))) => {
                prop_assert!(wiped && painted, "left Ending with wiped={wiped} painted={painted}");
                self.proof = None;
            }
        }
        // A missed deadline ends in an outage.
        if let State::Ending(ending) = &self.machine.state
            && self.now >= ending.until
            && !(ending.wiped && ending.painted)
            && ending.visit_until.is_none()
        {
            prop_assert_eq!(
                self.machine.state.screen(self.now),
                Screen::OutOfService(Outage::WipeFailed)
            );
        }
        // No browser starts while one is used or wiped; every session is ended once.
        for effect in effects {
            match effect {
                Effect::StartBrowser { .. } => {
                    prop_assert!(!matches!(self.machine.state, State::Active(_) | State::Ending(_)))
                }
                // Nobody is there when the terminal may restart, and nobody can come.
                Effect::TellAgent(AgentOrder::Restart) => {
                    prop_assert!(!in_session, "{before}");
                    prop_assert!(matches!(
                        self.machine.state,
                        State::OutOfService(Outage::Restarting)
                    ));
                }
                Effect::ShowUpdate(percent) => prop_assert!(percent.unwrap_or_default() <= 100),
                // A PIN meets the pad it was typed on, or none.
                Effect::AskPin { .. } => prop_assert!(!stale_pin),
                Effect::EndSession { session, reason } => {
                    // No card but one that the gateway lets in ends another's session.
                    prop_assert!(reason != EndReason::Switch || welcome);
                    prop_assert!(!self.ended.contains(&session.0), "{} ended twice", session.0);
                    self.ended.push(session.0);
                }
                _ => {}
            }
        }
        if self.machine.world.agent.restarting {
            prop_assert!(
                matches!(self.machine.state, State::OutOfService(Outage::Restarting)),
                "{before} -> {after}"
            );
        }
        // The clock can always be waited for.
        if let Some(deadline) = self.machine.deadline(self.now) {
            prop_assert!(deadline > self.now);
        }
        Ok(())
    }
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_sequence_of_events_opens_a_session_unproved_or_leaves_one_unwiped(ops in prop::collection::vec(ops(), 1..48)) {
        let mut observer = Observer { machine: Machine::new(TIMES, true, true), now: Moment::from_secs(1), granted: 0, ended: vec![], proof: None };
        for op in ops {
            for event in observer.events(op) {
                observer.step(event)?;
            }
        }
        // Whoever was let in and is not in now has been ended at the gateway.
        let open = match &observer.machine.state {
            State::Starting(login) => Some(login.session.0.clone()),
            State::Active(session) => Some(session.session.0.clone()),
            _ => None,
        };
        let kept = usize::from(open.is_some());
        prop_assert_eq!(observer.ended.len() + kept, usize::try_from(observer.granted).unwrap_or_default());
    }
}
