//! A town hall with the installed gateway: a machine in the demo town's network, at the address where
//! its groupware and its terminals call the gateway.
//!
//! Duties: the wire between the machine and the town, and the town as it was when this is dropped.

use crate::debs::{NOW, must_install};
use crate::machine::{Debian, Machine, done};
use borne_harness::agents::Agent;
use borne_harness::gateway::JoinedTerminal;
use borne_harness::town::{House, Town};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const NAMESPACE: &str = "borne-install";
/// The gateway's name in the town.
pub const NAME: &str = "passerelle.mairie.example";
/// The town's authority, in the machine.
const AUTHORITY: &str = "/etc/ssl/mairie.pem";

/// The hall passes on what is for the gateway, and answers for it on both wires (proxy ARP).
const CONNECT: &str = "
ip netns add $namespace
ip link add gateway netns $hall type veth peer name eth0 netns $namespace
nsenter --target $hall --net bash -euc '
  ip address delete $address/24 dev wire
  echo 1 >/proc/sys/net/ipv4/ip_forward
  for wire in wire gateway; do
    echo 1 >/proc/sys/net/ipv4/conf/$wire/proxy_arp
    echo 0 >/proc/sys/net/ipv4/neigh/$wire/proxy_delay
  done
  ip link set gateway up
  ip route add $address/32 dev gateway src $groupware'
ip -n $namespace link set lo up
ip -n $namespace link set eth0 up
ip -n $namespace address add $address/24 dev eth0
";
const DISCONNECT: &str = "
ip netns delete $namespace
nsenter --target $hall --net bash -euc '
  # The kernel takes it with its other end, a moment after the namespace: it may be gone already.
  ip link delete gateway 2>/dev/null || [[ -z $(ip -o link show gateway 2>/dev/null) ]]
  ip address add $address/24 dev wire'
";

/// The town, with a place for the machine.
pub struct Site {
    pub town: Town,
}

impl Site {
    /// Brings the town up, and the wire to where its gateway is to stand.
    pub fn of_the_town() -> Self {
        let site = Self { town: Town::up() };
        let address = site.address();
        done(&mut site.shell(CONNECT, &address));
        site
    }

    /// A fresh machine there.
    pub fn machine(&self, debian: Debian) -> Machine {
        let network = PathBuf::from("/run/netns").join(NAMESPACE);
        let machine = Machine::boot_on(debian, Some(network));
        let hosts = fs::read(self.town.state().join("ns/hosts")).unwrap();
        fs::write(machine.root().join("etc/hosts"), hosts).unwrap();
        self.bring(&machine, "ca.pem", AUTHORITY);
        machine.must(&format!("chmod 644 {AUTHORITY}"));
        machine
    }

    /// The same with the package on it, set up as the town's technician would.
    pub fn gateway(&self, debian: Debian) -> Machine {
        let machine = self.machine(debian);
        must_install(&machine, NOW);
        self.set_up(&machine);
        machine
    }

    /// Answers the questions, by a file.
    pub fn set_up(&self, machine: &Machine) {
        self.bring(machine, "passerelle.crt", "/root/passerelle.crt");
        self.bring(machine, "passerelle.key", "/root/passerelle.key");
        let password = PathBuf::from(self.town.variable("LDAP_PASSWORD_FILE"));
        machine.copy(&password, "/root/ldap-password");
        machine.write("/root/answers.toml", self.answers());
        let said = machine.must("borne-gateway setup --answers answers.toml");
        assert!(said.contains("It runs."), "{said}");
        // What OPERATIONS.md recommends besides: an account that is locked for good.
        machine.must(
            "sed -i '/^profile/a locked_canary = \"p.muller\"' /etc/borne/gateway.toml &&
             systemctl restart borne-gateway",
        );
    }

    /// What the technician knows.
    pub fn answers(&self) -> String {
        let town = |name: &str| self.town.variable(name);
        format!(
            r#"name = "{NAME}"
directory = "{}"
profile = "openldap"
base = "{}"
bind_dn = "{}"
password_file = "/root/ldap-password"
groupware = "{}"
groupware_kind = "sogo"
trust = "{AUTHORITY}"
certificates = "own"
certificate = "/root/passerelle.crt"
key = "/root/passerelle.key"
"#,
            town("LDAP"),
            town("LDAP_BASE"),
            town("LDAP_BIND"),
            town("GROUPWARE")
        )
    }

    /// A terminal of the town that has not joined. Use it in its house.
    pub fn terminal(&self) -> JoinedTerminal {
        let authority = fs::read_to_string(self.town.variable("CA")).unwrap();
        let address = format!("{}:8443", self.address()).parse().unwrap();
        JoinedTerminal::far_away(&authority, NAME, address)
    }

    /// A terminal that the gateway on this machine has invited.
    pub fn joined(&self, machine: &Machine, name: &str) -> JoinedTerminal {
        let token = machine.must(&format!("bornectl terminal invite {name}"));
        let mut terminal = self.terminal();
        self.town.within(House::Terminal, || {
            terminal.join(token.trim()).expect("join");
            terminal.start().expect("start");
        });
        terminal
    }

    /// From the badge on the reader to the agent's inbox, on the real SOGo; the names of its mails.
    pub fn inbox(&self, terminal: &JoinedTerminal, agent: &Agent) -> String {
        let (signed, url) = self.town.within(House::Terminal, || {
            let grant = terminal.login(&agent.badge, &agent.pin);
            (terminal.sign(grant.ticket.expose()), grant.redeem_url)
        });
        let mut browser = self.town.enter(House::Terminal).into_iter();
        let output = Command::new(browser.next().unwrap())
            .args(browser)
            .args(["bash", "-euc", INBOX, "inbox", self.town.variable("CA"), &url, &signed])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    fn address(&self) -> String {
        self.town.variable("GATEWAY_ADDRESS").to_owned()
    }

    fn bring(&self, machine: &Machine, name: &str, to: &str) {
        machine.copy(&self.town.state().join("pki").join(name), to);
    }

    fn shell(&self, script: &str, address: &str) -> Command {
        let held = fs::read_to_string(self.town.state().join("ns/hall")).unwrap();
        let hall = held.split_whitespace().next().unwrap();
        let script = script
            .replace("$namespace", NAMESPACE)
            .replace("$hall", hall)
            .replace("$address", address)
            .replace("$groupware", self.town.variable("GROUPWARE_ADDRESS"));
        let mut shell = Command::new("bash");
        shell.args(["-euc", &script]);
        shell
    }
}

/// As a browser does it: the ticket is posted, every redirection followed; then what SOGo's own page
/// asks for to show the inbox. Arguments: the town's authority, the redeem URL, the signed ticket.
const INBOX: &str = r#"
authority=$1 url=$2 ticket=$3
jar=$(mktemp)
trap 'rm "$jar"' EXIT
visit() { curl -sS --max-time 20 --cacert "$authority" -b "$jar" -c "$jar" "$@"; }
page=$(visit --location --data-urlencode "ticket=$ticket" -o /dev/null -w '%{url_effective} %{http_code}' "$url")
echo "$page"
[[ $page == *" 200" ]]
mine=$(sed -E 's,(.*/so/[^/]*).*,\1,' <<<"$page")
visit -H 'Content-Type: application/json' -d '{"sortingAttributes":{"sort":"arrival","asc":0}}' "$mine/Mail/0/folderINBOX/view"
"#;

impl Drop for Site {
    fn drop(&mut self) {
        let undone = self.shell(DISCONNECT, &self.address()).status();
        if !undone.is_ok_and(|status| status.success()) {
            eprintln!("the town's wire is not as it was: tests/town/town down");
        }
    }
}
