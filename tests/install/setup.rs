//! `borne-gateway setup`: by a file and by hand; faults, a second time, hostile answers.

use crate::debs::{NOW, must_install};
use crate::machine::{Debian, Machine};

/// Answers of a town whose directory and groupware are not there. The certificate is the gateway's own
/// authority's.
const ALONE: &str = r#"name = "passerelle.mairie.example"
directory = "ldaps://ldap.mairie.example"
profile = "openldap"
base = "ou=people,dc=mairie,dc=example"
bind_dn = "cn=borne,ou=services,dc=mairie,dc=example"
password_file = "/root/ldap-password"
groupware = "https://groupware.mairie.example/SOGo/"
groupware_kind = "sogo"
certificates = "self-made"
"#;

/// Lays those answers into a machine.
pub fn alone(machine: &Machine) {
    machine.write("/root/ldap-password", "mot de passe\n");
    machine.write("/root/answers.toml", ALONE);
}

/// Sets it up with them.
pub fn set_up_alone(machine: &Machine) {
    alone(machine);
    let said = machine.must("borne-gateway setup --answers answers.toml");
    assert!(said.contains("It runs.") && said.contains("/etc/borne/authority.crt"), "{said}");
    machine.must("bornectl terminal list");
}

/// A machine on which it has not been set up.
fn installed() -> Machine {
    let machine = Machine::boot(Debian::Bookworm);
    must_install(&machine, NOW);
    alone(&machine);
    machine
}

/// Everything below /etc/borne, with its content.
fn folder(machine: &Machine) -> String {
    machine.must("cd /etc/borne && stat -c '%n %a %U %G' * && sha256sum *")
}

#[test]
fn every_fault_of_a_file_is_said_at_once_with_its_line_in_the_technicians_language() {
    let machine = installed();
    let before = folder(&machine);
    let faulty = r#"# answers
name = "passerelle mairie"
directory = "ldap://ldap.mairie.example"
nom = "x"
base = "people"
bind_dn = 7
password_file = "/root/nowhere"
groupware = "https://groupware.mairie.example"
groupware_kind = "zimbra"
trust = "/etc/passwd"
certificates = "own"
certificate = "/etc/hostname"
"#;
    machine.write("/root/faulty.toml", faulty);
    let said = machine.run("borne-gateway setup --answers faulty.toml");
    assert_eq!(said.code, Some(1), "{}", said.text);
    for (line, key) in [
        (2, "name: a host name"),
        (3, "directory: an address"),
        (4, "nom: no such key"),
        (5, "base: a DN"),
        (6, "bind_dn: a DN"),
        (7, "password_file: a file"),
        (8, "groupware: a whole address"),
        (9, "groupware_kind: sogo or cas"),
        (10, "trust: the full path"),
        (12, "certificate: a file"),
    ] {
        let words = format!("faulty.toml:{line}: {key}");
        assert!(said.text.contains(&words), "{words}: {}", said.text);
    }
    // One that is missing has no line.
    assert!(said.text.contains("faulty.toml: key: a file"), "{}", said.text);
    assert_eq!(folder(&machine), before, "something was written");
    let french = machine.run("LANG=fr_FR.UTF-8 borne-gateway setup --answers faulty.toml");
    assert_eq!(french.code, Some(1));
    for words in [
        "faulty.toml:4: nom: clé inconnue",
        "faulty.toml:2: name: un nom de machine",
        "rien n’a été écrit",
    ] {
        assert!(french.text.contains(words), "{words}: {}", french.text);
    }
    machine.write("/root/faulty.toml", "name = \"a\"\nbase = = 3\n");
    let said = machine.run("borne-gateway setup --answers faulty.toml");
    assert!(said.code == Some(1) && said.text.contains("faulty.toml:2: "), "{}", said.text);
    let said = machine.run("borne-gateway setup --answers nowhere.toml");
    assert!(said.code == Some(1) && said.text.contains("nowhere.toml: "), "{}", said.text);
    assert_eq!(folder(&machine), before, "something was written");
}

#[test]
fn hostile_answers_are_refused_or_stay_what_they_are() {
    let machine = installed();
    let before = folder(&machine);
    for (key, value) in [
        ("name", r#""a.example\"\n[limits]\ntaps_per_minute = 1000""#),
        ("name", r#""../../etc/passwd""#),
        ("name", r#""*.mairie.example""#),
        ("name", r#""10.77.0.11""#),
        ("name", r#""""#),
        ("directory", r#""ldaps://ldap.example/\" x""#),
        ("directory", r#""ldaps://user:word@ldap.example""#),
        ("directory", r#""ldaps://""#),
        ("base", r#""ou=people\nprofile = 1""#),
        ("bind_dn", r#""=x""#),
        ("groupware", r#""https://evil@groupware.example/""#),
        ("groupware", r#""https://groupware.example/?a=b""#),
        ("groupware", r#""http://groupware.example/""#),
        ("groupware", r#""https://groupware.example/\u202e""#),
        ("trust", r#""ca.pem""#),
        ("password_file", r#""/etc/passwd""#),
        ("password_file", r#""/dev/null""#),
    ] {
        let lines = ALONE.lines().filter(|line| !line.starts_with(&format!("{key} =")));
        let text =
            lines.chain([format!("{key} = {value}").as_str()]).collect::<Vec<_>>().join("\n");
        machine.write("/root/hostile.toml", text);
        let said = machine.run("borne-gateway setup --answers hostile.toml");
        assert_eq!(said.code, Some(1), "{key} = {value}: {}", said.text);
        assert!(said.text.contains(&format!(": {key}: ")), "{key} = {value}: {}", said.text);
        assert_eq!(folder(&machine), before, "{key} = {value}: something was written");
    }
    // A quote in a DN is a part of it.
    let text = ALONE.replace("cn=borne,", r#"cn=borne \\\"x\\\" = [a],"#);
    machine.write("/root/odd.toml", text);
    machine.must("borne-gateway setup --answers odd.toml");
    let check = machine.run("borne-gateway check");
    assert!(check.text.contains("ok    configuration"), "{}", check.text);
    let config = std::fs::read_to_string(machine.root().join("etc/borne/gateway.toml")).unwrap();
    assert!(config.contains("[a],ou=services") && !config.contains("\n[a]"), "{config}");
}

#[test]
fn a_configuration_is_written_over_when_told_to_only_and_no_key_is_lost() {
    let machine = installed();
    set_up_alone(&machine);
    let before = folder(&machine);
    let again = machine.run("borne-gateway setup --answers answers.toml");
    assert!(again.code == Some(1) && again.text.contains("--force"), "{}", again.text);
    assert_eq!(folder(&machine), before, "something was written");
    machine
        .must("cp /etc/borne/authority.crt /etc/borne/gateway.key /etc/borne/gateway.toml /root");
    machine.must("echo '# by hand' >>/etc/borne/gateway.toml");
    machine.must("sed -i s/self-made/request/ answers.toml");
    let said = machine.must("LANG=fr_FR.UTF-8 borne-gateway setup --answers answers.toml --force");
    assert!(
        said.contains("Faites signer cette demande") && said.contains("/etc/borne/gateway.csr"),
        "{said}"
    );
    machine.must(
        "cmp /etc/borne/gateway.key gateway.key && cmp /etc/borne/authority.crt authority.crt",
    );
    machine.must("grep -q 'by hand' /etc/borne/gateway.toml.before && ! grep -q 'by hand' /etc/borne/gateway.toml");
    let request = machine.must("sha256sum /etc/borne/gateway.csr /etc/borne/gateway.key");
    machine.must("borne-gateway setup --answers answers.toml --force");
    let key = request.lines().nth(1).unwrap();
    assert!(
        machine.must("sha256sum /etc/borne/gateway.key").contains(key),
        "a request sent away must fit"
    );
    // The authority signs again; terminals that trust it notice nothing.
    machine.must("sed -i s/request/self-made/ answers.toml && borne-gateway setup --answers answers.toml --force");
    machine.must("cmp /etc/borne/authority.crt authority.crt");
    machine.must("openssl verify -CAfile /etc/borne/authority.crt /etc/borne/gateway.crt");
    let modes = machine.must(
        "stat -c '%n %a %U:%G' /etc/borne/*.key /etc/borne/*.before /etc/borne/directory-password",
    );
    for line in modes.lines().filter(|line| !line.contains(".crt")) {
        assert!(
            line.ends_with("640 root:borne-gateway")
                || line.ends_with("640 root:root")
                || line.ends_with("600 root:root"),
            "{modes}"
        );
    }
    let elsewhere = machine.run("runuser -u nobody -- borne-gateway setup --answers /dev/null");
    assert!(elsewhere.code == Some(1) && elsewhere.text.contains("root"), "{}", elsewhere.text);
}

#[test]
fn it_asks_again_until_an_answer_is_good_and_shows_no_password() {
    let machine = installed();
    // script(1) gives it a terminal, which repeats what is typed.
    let said = machine.talk(
        "LANG=fr_FR.UTF-8 timeout 30 script --quiet --return --command 'borne-gateway setup' /dev/null",
        &[
            ("(passerelle.mairie.fr): ", "passerelle mairie"),
            ("(passerelle.mairie.fr): ", "passerelle.mairie.example"),
            ("(ldaps://ldap.mairie.fr): ", "ldaps://ldap.mairie.example"),
            ("[openldap]: ", ""),
            ("dc=fr): ", "ou=people,dc=mairie,dc=example"),
            ("dc=fr): ", "cn=borne,ou=services,dc=mairie,dc=example"),
            ("mot de passe: ", "tres-secret-2026"),
            ("SOGo/): ", "https://groupware.mairie.example/SOGo/"),
            ("[sogo]: ", ""),
            ("ca-certificates.crt]: ", ""),
            ("[request]: ", "self-made"),
        ],
    );
    assert!(
        said.contains("attendu : un nom de machine") && said.contains("Elle tourne."),
        "{said}"
    );
    assert!(said.contains("cn=borne") && !said.contains("tres-secret"), "{said}");
    assert_eq!(machine.must("cat /etc/borne/directory-password"), "tres-secret-2026\n");
    // Standard input that ends is no answer.
    let said = machine.run_with("borne-gateway setup --force", "passerelle.mairie.example\n");
    assert_eq!(said.code, Some(1), "{}", said.text);
}
