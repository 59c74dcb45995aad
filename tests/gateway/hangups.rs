//! A peer may hang up at any moment: what has begun comes to its end, is written down and told.

use crate::ends::in_application;
use crate::{BENALI, gateway, with};
use borne_gateway_api::{EndReason, EndRequest, PinRequest, Secret, path};
use borne_harness::gateway::Settings;
use borne_harness::wait_for;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// Moments to hang up at, in milliseconds: from before the request is read to after the answer.
const MOMENTS: [u64; 12] = [0, 1, 2, 3, 4, 6, 8, 12, 20, 40, 60, 90];

#[test]
fn every_logout_that_ends_a_session_is_written_down_and_told() {
    let gateway = gateway();
    for moment in MOMENTS {
        let login = in_application(&gateway, "salle-1");
        login.browser.hang_up_on("/cas/logout", Duration::from_millis(moment));
        let over = login.terminal.poll(Some(&login.grant.session)).unwrap();
        if !over {
            login.terminal.end(&login.grant.session, EndReason::Idle);
        }
        gateway.party().wait_for_logout(&login.ticket);
    }
    let written = |audit: &str| {
        ["ended_button", "ended_idle"].map(|word| audit.matches(word).count()).iter().sum::<usize>()
    };
    wait_for("a line for every end", PATIENCE, || {
        let audit = gateway.audit();
        if written(&audit) == MOMENTS.len() { Ok(()) } else { Err(audit) }
    });
}

#[test]
fn an_end_at_the_terminal_whose_answer_nobody_waits_for_is_told() {
    let gateway = gateway();
    for moment in MOMENTS {
        let login = in_application(&gateway, "salle-1");
        let request =
            EndRequest { session: login.grant.session.clone(), reason: EndReason::Button };
        login.terminal.hang_up_on(path::END, &request, Duration::from_millis(moment));
        if !login.terminal.poll(Some(&login.grant.session)).unwrap() {
            login.terminal.end(&login.grant.session, EndReason::Button);
        }
        gateway.party().wait_for_logout(&login.ticket);
    }
    assert_eq!(gateway.audit().matches("ended_button").count(), MOMENTS.len());
}

#[test]
fn every_try_that_is_counted_is_in_the_audit() {
    let gateway = with(Settings {
        limits: "taps_per_minute = 600\npins_per_minute = 600",
        ..Settings::default()
    });
    let terminal = gateway.terminal("salle-1");
    let mut counted = 0;
    for moment in MOMENTS {
        let tap = terminal.tap_known(BENALI.1);
        let request = PinRequest { tap, pin: Secret::new("830461".to_owned()) };
        terminal.hang_up_on(path::PIN, &request, Duration::from_millis(moment));
        // Whatever was begun is over when nothing is being tried any more.
        wait_for("the try to be over", PATIENCE, || {
            let audit = gateway.audit();
            if audit.contains(" pin_tried ") { Err(audit) } else { Ok(()) }
        });
        let list = gateway.bornectl(&["badge", "list"], "").unwrap();
        counted += usize::from(list.contains("1 wrong PIN(s) in a row"));
        gateway.bornectl(&["badge", "unlock", "--login", "e.benali"], "").unwrap();
    }
    assert!(counted > 0, "no try was ever counted");
    assert_eq!(gateway.audit().matches(" pin_wrong ").count(), counted, "{}", gateway.audit());
}

#[test]
fn a_grant_whose_answer_is_lost_ends_although_the_terminal_lives() {
    let gateway = with(Settings { session: "login_ticket_ms = 200", ..Settings::default() });
    let terminal = gateway.terminal("salle-1");
    let tap = terminal.tap_known(BENALI.1);
    let request = PinRequest { tap, pin: Secret::new(BENALI.2.to_owned()) };
    assert!(
        terminal.hang_up_on(path::PIN, &request, Duration::from_millis(20)),
        "answered at once"
    );
    gateway.wait_for_audit("granted");
    wait_for("its end", PATIENCE, || {
        assert!(!terminal.poll(None).unwrap());
        let list = gateway.bornectl(&["session", "list"], "").unwrap();
        if list.contains("e.benali") { Err(list) } else { Ok(()) }
    });
    gateway.wait_for_audit("ended_login_failed");
}

#[test]
fn a_terminal_that_hangs_up_while_it_joins_is_given_its_certificate() {
    let gateway = gateway();
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        let name = format!("salle-{number}");
        let token = gateway.invite(&name);
        let mut terminal = gateway.stranger();
        let request = borne_gateway_api::JoinRequest {
            token: Secret::new(token.clone()),
            csr_pem: terminal.request(),
        };
        terminal.hang_up_on(path::JOIN, &request, Duration::from_millis(moment));
        terminal.join(&token).unwrap_or_else(|refused| panic!("{moment} ms: {refused:?}"));
        let _started = terminal.start().unwrap();
    }
    // A line for each certificate that was given, and none was given twice.
    assert_eq!(gateway.audit().matches("terminal_joined").count(), MOMENTS.len());
}

#[test]
fn an_operator_who_interrupts_bornectl_leaves_nothing_half_done() {
    let gateway = gateway();
    let login = in_application(&gateway, "salle-1");
    gateway.interrupt_bornectl(&["session", "end", "e.benali"], Duration::from_millis(1));
    if !login.terminal.poll(Some(&login.grant.session)).unwrap() {
        gateway.bornectl(&["session", "end", "e.benali"], "").unwrap();
    }
    gateway.party().wait_for_logout(&login.ticket);
    assert_eq!(gateway.audit().matches("ended_operator").count(), 1);
}
