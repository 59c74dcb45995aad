//! Every way a session can end ends it for good: at the terminal, at the gateway and at SOGo. The
//! proof is the agent's own cookie, taken out of the browser's memory while it was good.

use borne_gateway_api::{EndReason, PinAnswer, TapAnswer};
use borne_harness::agents::agent;
use borne_harness::settings::Settings;
use borne_harness::stolen::Stolen;
use borne_harness::town::House;
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::wait_for;
use borne_harness::world::{World, say, world};
use borne_ipc::Role;
use std::time::{Duration, Instant};

/// From the order to end to the refusal by SOGo.
const ENDED: Duration = Duration::from_secs(5);
/// The gateway's heartbeat and the terminal's patience with a silent gateway, with the time-outs
/// before them.
const CUT: Duration = Duration::from_secs(20);

/// Logs in, takes the cookie, lets `leaves` end the session, and demands that it is over
/// everywhere.
#[track_caller]
fn over(world: &World, audit: &str, leaves: impl FnOnce(&mut Visit)) {
    say(&format!("end: {audit}"));
    let (agent, trail) = (agent("e.benali"), world.hall.audit_length());
    let mut visit = Visit::at(&world.terminal);
    visit.log_in(&agent);
    let stolen = Stolen::from(world, &agent);
    let browser = world.terminal.processes_of(Role::Browser);
    leaves(&mut visit);
    stolen.wait_until_refused(world, ENDED);
    world.wait_for_audit(trail, &[audit, "logout_told"]);
    world.wait_for_no_session(ENDED);
    wait_for("the end of the session's browser", ENDED, || {
        let left = world.terminal.processes_of(Role::Browser);
        browser.iter().all(|pid| !left.contains(pid))
    });
}

#[test]
fn the_logout_button() {
    let world = world(Settings::default());
    over(&world, "ended_button", |visit| visit.log_out());
    world.rest();
}

#[test]
fn an_order_of_it() {
    let world = world(Settings::default());
    let log = world.terminal.log_length();
    over(&world, "ended_operator", |_| {
        world.hall.bornectl(&["session", "end", "e.benali"], "").expect("end the session");
    });
    world.wait_for_log(log, "message notice=SessionEnded", SCREEN);
    world.rest();
}

#[test]
fn a_login_on_another_terminal() {
    let world = world(Settings::default());
    let (agent, log, hall) = (agent("e.benali"), world.terminal.log_length(), &world.hall);
    let token = hall.invite("autre-salle");
    over(&world, "ended_elsewhere_tap", |_| {
        hall.town().within(House::Terminal, || {
            let mut other = hall.other_terminal();
            other.join(&token).expect("join");
            let TapAnswer::AskPin { tap } = other.tap(&agent.badge) else {
                panic!("the badge is known")
            };
            let PinAnswer::Granted(grant) = other.pin(&tap, &agent.pin) else {
                panic!("the PIN is right")
            };
            other.end(&grant.session, EndReason::Button);
        });
    });
    world.wait_for_log(log, "message notice=SessionEnded", SCREEN);
    world.rest();
}

#[test]
fn a_terminal_that_was_cut_off() {
    let world = world(Settings::default());
    let (agent, trail, log) =
        (agent("e.benali"), world.hall.audit_length(), world.terminal.log_length());
    Visit::at(&world.terminal).log_in(&agent);
    let stolen = Stolen::from(&world, &agent);
    let begun = Instant::now();
    let cut = world.hall.town().cut();
    stolen.wait_until_refused(&world, CUT);
    say(&format!(
        "end: SOGo refuses the cookie {:.1} s after the cut",
        begun.elapsed().as_secs_f64()
    ));
    world.wait_for_audit(trail, &["ended_heartbeat_lost", "logout_told"]);
    world.wait_for_log(log, "sandbox wiped", CUT);
    say(&format!(
        "end: the terminal is wiped {:.1} s after the cut",
        begun.elapsed().as_secs_f64()
    ));
    world.wait_for_log(log, "out of service outage=GatewayUnreachable", CUT);
    drop(cut);
    world.rest();
}

#[test]
fn rest_after_a_countdown_that_a_touch_stops() {
    let world = world(Settings { idle_s: 3, countdown_s: 4, ..Settings::default() });
    let (terminal, log) = (&world.terminal, world.terminal.log_length());
    over(&world, "ended_idle", |visit| {
        let countdown = |times| {
            wait_for("the countdown", Duration::from_secs(15), || {
                let seen = world.states(log);
                if seen.iter().filter(|state| *state == "Countdown").count() == times {
                    Ok(())
                } else {
                    Err(seen)
                }
            });
        };
        // A look for the cookie takes its time: the first countdown may be over the one we wait
        // for.
        let already = world.states(log).iter().filter(|state| *state == "Countdown").count();
        countdown(already.max(1));
        let (width, height) = terminal.size();
        visit.click((width / 2, height / 2));
        terminal.wait_for_state("Active", SCREEN);
        countdown(already.max(1) + 1);
        terminal.wait_for_state("Idle", Duration::from_secs(10));
    });
    world.rest();
}

#[test]
fn the_absolute_end() {
    let world = world(Settings { max_s: 10, ..Settings::default() });
    let log = world.terminal.log_length();
    over(&world, "ended_expired", |_| {
        world.wait_for_log(log, "message notice=SessionExpired", Duration::from_secs(15));
    });
    world.rest();
}

#[test]
fn the_revocation_of_the_terminal_which_is_out_of_service_at_once() {
    let world = world(Settings::default());
    let log = world.terminal.log_length();
    let name =
        world.terminal.directory().file_name().expect("a name").to_string_lossy().into_owned();
    over(&world, "ended_revoked", |_| {
        let begun = Instant::now();
        world.hall.bornectl(&["terminal", "revoke", &name], "").expect("revoke the terminal");
        world.wait_for_log(log, "out of service outage=TerminalRevoked", SCREEN);
        say(&format!(
            "end: out of service {:.1} s after the revocation",
            begun.elapsed().as_secs_f64()
        ));
    });
    world.throw_terminal_away();
}
