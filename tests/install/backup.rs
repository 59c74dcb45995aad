//! A backup of the installed gateway, put back on another machine.

use crate::debs::{NOW, must_install};
use crate::login::is_well;
use crate::machine::Debian;
use crate::on_both;
use crate::site::Site;
use borne_gateway_api::{StartAnswer, TapAnswer, path};
use borne_harness::agents::agent;
use borne_harness::gateway::Refused;
use borne_harness::town::House;

on_both!(what_was_closed_stays_closed_on_the_machine_that_takes_over);

/// A key pair made for the tests, written as `age-keygen` writes it.
const PUBLIC: &str = include_str!("../gateway/backup.pub");
const IDENTITY: &str = include_str!("../gateway/backup.key");

fn what_was_closed_stays_closed_on_the_machine_that_takes_over(debian: Debian) {
    let site = Site::of_the_town();
    let (stays, removed) = (agent("b.lefevre"), agent("e.benali"));
    let mut first = site.gateway(debian);
    for agent in [&stays, &removed] {
        let add = format!("bornectl badge add --login {}", agent.login);
        first.must_with(&add, &format!("{}\n{}\n", agent.badge, agent.pin));
    }
    let (good, stolen) = (site.joined(&first, "salle-1"), site.joined(&first, "salle-2"));
    first.must(&format!("bornectl backup --to /root/borne.age --recipient {}", PUBLIC.trim()));
    first.must("bornectl terminal revoke salle-2");
    first.must(&format!("bornectl badge remove --login {}", removed.login));
    let root = first.root();
    let [backup, log] = ["root/borne.age", "var/lib/borne-gateway/revocations.log"]
        .map(|name| std::fs::read(root.join(name)).unwrap());
    first.cut_power();

    let second = site.machine(debian);
    must_install(&second, NOW);
    second.write("/root/borne.age", backup);
    second.write("/root/borne.key", IDENTITY);
    second.write("/root/revocations.log", log);
    let restore = "borne-gateway restore borne.age --identity borne.key";
    let said = second.run(restore);
    assert!(said.code != Some(0) && said.text.contains("--without-revocations"), "{}", said.text);
    let said = second.must(&format!("{restore} --revocations revocations.log"));
    assert!(said.contains("1 terminal(s) revoked again, 1 badge(s) removed again"), "{said}");
    // What it says comes next.
    assert!(said.contains("next    borne-gateway check, then systemctl enable --now"), "{said}");
    second.must("systemctl enable --now borne-gateway-terminals.socket borne-gateway-web.socket borne-gateway.service");
    is_well(&second);
    assert_eq!(second.must("find /var/lib/borne-gateway ! -user borne-gateway"), "");

    // By new connections, as terminals whose old ones have ended.
    let (mut good, stolen) = (good.twin(), stolen.twin());
    site.town.within(House::Terminal, || {
        good.start().expect("the terminal that stays");
        let refused = stolen.post::<_, StartAnswer>(path::START, &());
        assert!(matches!(refused, Err(Refused::Api(403, _))), "{refused:?}");
        let tap = good.tap(&removed.badge);
        assert!(matches!(tap, TapAnswer::Refused(_)), "{tap:?}");
    });
    let inbox = site.inbox(&good, &stays);
    assert!(inbox.contains("Nid-de-poule rue des Églantiers"), "{inbox}");
}
