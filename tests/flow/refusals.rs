//! Everybody who is refused is told why, on the screen and in the audit, and nothing of the login
//! stays behind.

use borne_harness::agents::{Agent, agent};
use borne_harness::pn532::Kind;
use borne_harness::settings::Settings;
use borne_harness::visit::{INBOX, SCREEN, Visit};
use borne_harness::world::{World, say, world};
use borne_harness::{processes, wait_for};
use borne_ipc::Role;
use std::time::Duration;

/// From what went wrong to what is said about it, when a connection has to run into its time-outs
/// first.
const TIMEOUTS: Duration = Duration::from_secs(15);

/// Something happens at an idle terminal; this is said on the screen and in the audit, and then it
/// is idle again.
#[track_caller]
fn told(world: &World, notice: &str, audit: &[&str], happens: impl FnOnce(&World)) {
    say(&format!("refused: {notice}"));
    let (log, trail) = (world.terminal.log_length(), world.hall.audit_length());
    happens(world);
    world.wait_for_log(log, &format!("message notice={notice}"), INBOX);
    world.wait_for_audit(trail, audit);
    world.rest();
}

fn types_the_pin(world: &World, agent: &Agent) {
    let mut visit = Visit::at(&world.terminal);
    visit.tap(agent);
    visit.pin(&agent.pin);
}

/// A PIN that is not the agent's.
fn wrong(agent: &Agent) -> &'static str {
    if agent.pin == "111111" { "222222" } else { "111111" }
}

/// Types a wrong PIN on the pad that is there, until the gateway has answered.
fn errs(world: &World, visit: &mut Visit, agent: &Agent) {
    let log = world.terminal.log_length();
    visit.pin(wrong(agent));
    world.wait_for_log(log, "state=\"Checking\"", SCREEN);
    wait_for("the answer to a wrong PIN", SCREEN, || match world.states(log).last() {
        Some(state) if state != "Checking" => Ok(()),
        other => Err(other.cloned()),
    });
}

#[test]
fn an_unknown_badge_is_told_so() {
    told(&world(Settings::default()), "UnknownBadge", &["refused_unknown_badge"], |world| {
        world.terminal.reader().lay(Kind::Desfire(2), "04DEAD01BEEF80");
    });
}

#[test]
fn a_random_number_is_no_badge() {
    told(&world(Settings::default()), "RandomUid", &["refused_random_uid"], |world| {
        world.terminal.reader().lay(Kind::RandomUid, "");
    });
}

#[test]
fn an_expired_account_is_told_so() {
    told(&world(Settings::default()), "AccountExpired", &["refused_account_expired"], |world| {
        types_the_pin(world, &agent("o.becquet"));
    });
}

#[test]
fn a_disabled_account_is_told_so() {
    told(&world(Settings::default()), "AccountDisabled", &["refused_account_disabled"], |world| {
        types_the_pin(world, &agent("p.muller"));
    });
}

#[test]
fn a_wrong_pin_is_told_to_the_holder_alone_and_three_make_the_badge_wait() {
    let world = world(Settings::default());
    let (agent, trail) = (agent("h.petit"), world.hall.audit_length());
    let (log, gateway_log) = (world.terminal.log_length(), world.hall.log().len());
    {
        let mut visit = Visit::at(&world.terminal);
        visit.tap(&agent);
        world.terminal.wait_for_state("Pin", SCREEN);
        let fresh = wait_for("a PIN pad without a word on it", SCREEN, || settled(&world));
        for left in (1..3).rev() {
            errs(&world, &mut visit, &agent);
            assert_eq!(world.terminal.state().as_deref(), Some("Pin"), "{left} tries must be left");
            wait_for("a word on the tries left", SCREEN, || {
                settled(&world).filter(|seen| *seen != fresh)
            });
        }
        say("refused: the third wrong PIN");
        errs(&world, &mut visit, &agent);
        world.wait_for_log(log, "message notice=Wait { minutes: 1 }", SCREEN);
    }
    world.wait_for_audit(trail, &["pin_wrong"]);
    let counted =
        world.hall.audit_since(trail).iter().filter(|line| line.contains("pin_wrong")).count();
    assert_eq!(counted, 3, "each wrong PIN is audited");
    world.rest();
    told(&world, "Wait { minutes: 1 }", &["delayed"], |world| world.terminal.lay(&agent));

    let (said, heard) = (world.terminal.logs(), world.hall.log());
    for text in [said.as_str(), heard.get(gateway_log..).unwrap_or_default()] {
        for told in
            [agent.login.as_str(), agent.name.as_str(), &agent.badge, &agent.pin, wrong(&agent)]
        {
            assert!(!text.contains(told), "a log tells whose PIN was wrong");
        }
    }
    world
        .hall
        .bornectl(&["badge", "unlock", "--login", &agent.login], "")
        .expect("unlock the badge");
    types_the_pin(&world, &agent);
    world.terminal.wait_for_state("Active", INBOX);
    Visit::here(&world.terminal).log_out();
}

/// The left half of the screen, where the pad has its words, when it has come to rest.
fn settled(world: &World) -> Option<Vec<u8>> {
    let look = || {
        let seen = world.terminal.look();
        let region = borne_harness::screen::Region {
            x: 0,
            y: 0,
            width: seen.width / 2,
            height: seen.height,
        };
        seen.cut(region)
    };
    let (first, second) = (look(), look());
    (first == second).then_some(first)
}

#[test]
fn a_directory_that_does_not_answer_is_told() {
    let world = world(Settings::default());
    let _stopped = world.hall.town().stop("slapd");
    told(&world, "DirectoryUnavailable", &["refused_directory_unavailable"], |world| {
        types_the_pin(world, &agent("a.martin"));
    });
}

#[test]
fn a_groupware_that_does_not_answer_is_told() {
    let world = world(Settings::default());
    for service in ["nginx", "sogo"] {
        say(&format!("{service} is stopped"));
        let _stopped = world.hall.town().stop(service);
        told(&world, "GroupwareUnreachable", &["granted", "ended_login_failed"], |world| {
            types_the_pin(world, &agent("a.martin"));
        });
    }
}

#[test]
fn a_groupware_with_a_certificate_that_is_not_the_towns_is_told() {
    let world = world(Settings::default());
    for which in ["self-signed", "expired", "wrong-host"] {
        say(&format!("the groupware's certificate is {which}"));
        let _bad = world.hall.town().certificate(which);
        told(&world, "UntrustedCertificate", &["granted", "ended_login_failed"], |world| {
            types_the_pin(world, &agent("a.martin"));
        });
    }
}

#[test]
fn a_gateway_that_cannot_be_reached_puts_the_terminal_out_of_service_until_it_can() {
    let world = world(Settings::default());
    let log = world.terminal.log_length();
    let cut = world.hall.town().cut();
    world.wait_for_log(log, "out of service outage=GatewayUnreachable", TIMEOUTS);
    world.terminal.lay(&agent("a.martin"));
    world.terminal.reader().wait_until_taken();
    assert_eq!(world.terminal.state().as_deref(), Some("OutOfService"), "a badge changes nothing");
    drop(cut);
    world.rest();
}

#[test]
fn a_reader_that_is_unplugged_is_told_and_comes_back_by_itself() {
    let world = world(Settings::default());
    let log = world.terminal.log_length();
    world.terminal.reader().unplug();
    world.wait_for_log(log, "out of service outage=ReaderUnplugged", SCREEN);
    world.terminal.reader().plug();
    world.rest();

    let trail = world.hall.audit_length();
    Visit::at(&world.terminal).log_in(&agent("a.martin"));
    world.terminal.reader().unplug();
    world.wait_for_log(log, "session ends reason=ReaderLost", SCREEN);
    world.wait_for_audit(trail, &["ended_reader_lost"]);
    world.terminal.reader().plug();
    world.rest();
}

#[test]
fn a_page_that_crashes_is_told() {
    told(&world(Settings::default()), "PageCrashed", &["ended_crash"], |world| {
        Visit::at(&world.terminal).log_in(&agent("a.martin"));
        let pages = world.terminal.processes_of(Role::Browser).into_iter();
        pages
            .filter(|pid| processes::name(*pid).starts_with("WebKitWebProc"))
            .for_each(processes::kill);
    });
}
