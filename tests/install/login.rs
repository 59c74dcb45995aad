//! From the badge to the inbox, against the demo town, with the gateway that was installed.

use crate::figures;
use crate::machine::{Debian, Machine};
use crate::on_both;
use crate::site::Site;
use borne_harness::agents::agent;
use borne_harness::wait_for;
use std::time::{Duration, Instant};

/// The most systemd's exposure figure may be for the running unit.
const MOST_EXPOSED: f64 = 1.5;

on_both!(an_agent_reads_mail_by_the_installed_gateway);

fn an_agent_reads_mail_by_the_installed_gateway(debian: Debian) {
    let site = Site::of_the_town();
    let begun = Instant::now();
    let machine = site.gateway(debian);
    figures::note(
        &format!("{}_installed_and_set_up_s", debian.suite()),
        begun.elapsed().as_secs_f64(),
    );
    is_well(&machine);
    holds_its_listeners_as_its_own_user(&machine);
    let agent = agent("b.lefevre");
    machine.must_with(
        &format!("bornectl badge add --login {}", agent.login),
        &format!("{}\n{}\n", agent.badge, agent.pin),
    );
    let terminal = site.joined(&machine, "salle-1");
    let inbox = site.inbox(&terminal, &agent);
    assert!(inbox.contains("Nid-de-poule rue des Églantiers"), "{inbox}");
    let audit = machine.must("bornectl audit");
    assert!(audit.contains("salle-1") && audit.contains(&agent.login), "{audit}");
    let journal = machine.journal();
    for secret in [&agent.badge, &agent.pin] {
        assert!(!journal.contains(secret.as_str()), "a secret in the journal");
    }
    is_hardly_exposed(&machine, debian);
    starts_on_the_first_call_after_it_was_killed(&site, &machine);
}

/// `check`, for a person and for monitoring.
pub fn is_well(machine: &Machine) {
    let said = machine.run("borne-gateway check");
    // The container's clock is this machine's; nobody there can say whether it is right.
    assert!(said.code.is_some_and(|code| code < 2), "{}", said.text);
    for line in [
        "ok    directory: ",
        "ok    app.groupware.entry: ",
        "ok    web.certificate: ",
        "ok    database: ",
    ] {
        assert!(said.text.contains(line), "{line}: {}", said.text);
    }
    let json = machine.run("borne-gateway check --json");
    let lines: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert!(
        lines.as_array().unwrap().iter().all(|line| line["verdict"] != "fail"),
        "{}",
        json.text
    );
}

fn holds_its_listeners_as_its_own_user(machine: &Machine) {
    let listening = machine.must("ss -Hltn");
    assert_eq!(listening.lines().count(), 2, "{listening}");
    assert!(listening.contains("*:443 ") && listening.contains("*:8443 "), "{listening}");
    machine.must("systemctl is-active borne-gateway.service borne-gateway-web.socket borne-gateway-terminals.socket");
    let pid = machine.must("systemctl show -P MainPID borne-gateway");
    let status = machine.must(&format!(
        "cat /proc/{}/status; ps -o user= -p {0} 2>/dev/null || stat -c %U /proc/{0}",
        pid.trim()
    ));
    assert!(status.trim_end().ends_with("borne-gateway"), "{status}");
    for line in
        ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]
    {
        assert!(status.contains(line), "{line}: {status}");
    }
}

fn is_hardly_exposed(machine: &Machine, debian: Debian) {
    let said = machine.must("systemd-analyze --no-pager security borne-gateway.service");
    let level = said.lines().last().and_then(|line| line.split_once(": ")?.1.split(' ').next());
    let level: f64 = level.expect("a figure").parse().expect("a figure");
    figures::note(&format!("{}_exposure", debian.suite()), level);
    assert!(level <= MOST_EXPOSED, "{said}");
}

fn starts_on_the_first_call_after_it_was_killed(site: &Site, machine: &Machine) {
    machine.must("systemctl stop borne-gateway.service");
    let mut terminal = site.terminal();
    let refused = site.town.within(borne_harness::town::House::Terminal, || {
        terminal.join("no-such-token").unwrap_err()
    });
    assert!(matches!(refused, borne_harness::gateway::Refused::Api(403, _)), "{refused:?}");
    machine.must("systemctl kill --signal=KILL borne-gateway.service");
    wait_for("the gateway, started again", Duration::from_secs(20), || {
        let said = machine.run("bornectl terminal list");
        if said.code == Some(0) { Ok(()) } else { Err(said) }
    });
}
