//! A real slapd on loopback with a handful of accounts.

use crate::wait_for;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// May write, for what the town's own people do to accounts.
const ADMIN: &str = "cn=admin,dc=mairie,dc=example";
const PASSWORD: &str = "mot-de-passe-du-service";

/// Locks after two wrong passwords, for five seconds.
const DEFAULT_POLICY: &str = "cn=default,ou=policies,dc=mairie,dc=example";

/// Name, seconds a lock lasts, more attributes.
const POLICIES: [(&str, u32, &str); 4] = [
    ("default", 5, "pwdLockout: TRUE"),
    ("hour", 3600, "pwdLockout: TRUE"),
    ("unlock", 0, "pwdLockout: TRUE"),
    ("off", 3600, "pwdLockout: FALSE"),
];

/// A lock of the year 2020.
const OLD_LOCK: &str = "pwdAccountLockedTime: 20200101120000Z\n";

/// login, given name, family name, more attributes.
const ACCOUNTS: [(&str, &str, &str, &str); 18] = [
    ("e.benali", "Éliane", "Benali", ""),
    ("h.petit", "Hugo", "Petit", ""),
    ("n.oeuvrard", "Noémie", "Œuvrard", ""),
    ("k.traore", "Kadiatou", "Traoré & fils <co>", ""),
    ("o.expire", "Odile", "Expirée", "objectClass: shadowAccount\nshadowExpire: 18000\n"),
    ("p.ferme", "Pascal", "Fermé", "pwdAccountLockedTime: 000001010000Z\n"),
    // No text of a screen, a log or XML.
    ("c.controle", "\u{202e}Claire\r\nAdmin", "Con\u{b}trôle\u{0}\u{2066}\u{200b}", ""),
    ("v.vide", "\u{200b}\u{202c}", "\u{e000}", ""),
    // Locked once; what the policy says of that differs.
    ("l.libre", "Lou", "Libre", OLD_LOCK),
    ("l.heure", "Lou", "Heure", OLD_LOCK),
    ("l.attente", "Lou", "Attente", OLD_LOCK),
    ("l.sans", "Lou", "Sans", OLD_LOCK),
    ("l.perdu", "Lou", "Perdu", OLD_LOCK),
    // Logins as towns have them.
    ("jean.d'angelo", "Jean", "D’Angelo", ""),
    ("Jean Dupont", "Jean", "Dupont", ""),
    ("Zoë.Müller", "Zoë", "Müller", ""),
    ("r&d+test", "Rémi", "Et Dora", ""),
    ("m*(st)", "Marie", "Étoile", ""),
];

/// The password policy of an account that has one of its own.
fn own_policy(login: &str) -> Option<&'static str> {
    match login {
        "l.heure" => Some("hour"),
        "l.attente" => Some("unlock"),
        "l.sans" => Some("off"),
        "l.perdu" => Some("nowhere"),
        _ => None,
    }
}

fn dn(login: &str) -> String {
    let number = ACCOUNTS.iter().position(|account| account.0 == login).expect("an account");
    format!("cn=p{number},ou=people,dc=mairie,dc=example")
}

/// The server.
pub struct Slapd {
    child: Option<Child>,
    directory: PathBuf,
    port: u16,
}

impl Slapd {
    /// Fills a database and starts it.
    pub fn start(directory: &Path, access: &str) -> Self {
        fs::create_dir_all(directory.join("ldap")).unwrap();
        fs::write(directory.join("slapd.conf"), config(directory, access)).unwrap();
        fs::write(directory.join("tree.ldif"), tree()).unwrap();
        fs::write(directory.join("ldap-password"), format!("{PASSWORD}\n")).unwrap();
        let mut add = Command::new("/usr/sbin/slapadd");
        let added = add
            .arg("-q")
            .arg("-f")
            .arg(directory.join("slapd.conf"))
            .arg("-l")
            .arg(directory.join("tree.ldif"));
        let added = added.output().expect("run slapadd");
        assert!(added.status.success(), "slapadd: {}", String::from_utf8_lossy(&added.stderr));
        // Taken and given back: slapd cannot say which port it chose itself.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut slapd = Self { child: None, directory: directory.to_owned(), port };
        slapd.resume();
        slapd
    }

    /// Starts it again.
    pub fn resume(&mut self) {
        let child = Command::new("setpriv")
            .args([
                "--pdeathsig",
                "KILL",
                "--",
                "/usr/sbin/slapd",
                "-d",
                "0",
                "-h",
                &format!("ldaps://127.0.0.1:{}", self.port),
            ])
            .arg("-f")
            .arg(self.directory.join("slapd.conf"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start slapd");
        self.child = Some(child);
        wait_for("slapd", Duration::from_secs(20), || TcpStream::connect(("127.0.0.1", self.port)));
    }

    /// Kills it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _killed = child.kill();
            let _reaped = child.wait();
        }
    }

    /// Changes an entry, as the town's own people do: LDIF (RFC 2849).
    ///
    /// # Panics
    /// When the server refuses.
    pub fn change(&self, ldif: &str) {
        let url = format!("ldaps://127.0.0.1:{}", self.port);
        let mut command = Command::new("ldapmodify");
        command.args(["-x", "-H", &url, "-D", ADMIN, "-w", PASSWORD]);
        command.env("LDAPTLS_REQCERT", "never").stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("run ldapmodify");
        child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Closes an account.
    pub fn disable(&self, login: &str) {
        self.change(&format!(
            "dn: {}\nchangetype: modify\n\
             add: objectClass\nobjectClass: shadowAccount\n-\n\
             add: shadowExpire\nshadowExpire: 18000\n",
            dn(login)
        ));
    }

    /// Whether it takes this password of an agent, who logs in at a desk.
    #[must_use]
    pub fn takes_password(&self, login: &str, password: &str) -> bool {
        let mut bind = Command::new("ldapwhoami");
        // On loopback; who answers is not the question here.
        bind.env("LDAPTLS_REQCERT", "never");
        bind.args(["-x", "-H", &format!("ldaps://localhost:{}", self.port)]);
        bind.args(["-D", &dn(login), "-w", password]);
        let said = bind.output().expect("run ldapwhoami");
        // 49 is invalidCredentials: anything else is a fault of the test.
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(matches!(said.status.code(), Some(0 | 49)), "{text}");
        said.status.success()
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
    }
}

fn config(directory: &Path, access: &str) -> String {
    let here = directory.display();
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
pidfile {here}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
loglevel none
TLSCertificateFile {here}/server.pem
TLSCertificateKeyFile {here}/server.key
disallow bind_anon
database mdb
maxsize 8388608
suffix \"dc=mairie,dc=example\"
directory {here}/ldap
rootdn \"{ADMIN}\"
rootpw {PASSWORD}
dbnosync
index objectClass,uid eq
overlay ppolicy
ppolicy_default {DEFAULT_POLICY}
{access}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.children=\"ou=services,dc=mairie,dc=example\" read by * none
"
    )
}

fn tree() -> String {
    let mut ldif = format!(
        "dn: dc=mairie,dc=example\nobjectClass: dcObject\nobjectClass: organization\ndc: mairie\no: Mairie\n\n\
         dn: ou=people,dc=mairie,dc=example\nobjectClass: organizationalUnit\nou: people\n\n\
         dn: ou=services,dc=mairie,dc=example\nobjectClass: organizationalUnit\nou: services\n\n\
         dn: cn=borne,ou=services,dc=mairie,dc=example\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\n\
         cn: borne\nuserPassword: {PASSWORD}\n\n"
    );
    ldif.push_str(
        "dn: ou=policies,dc=mairie,dc=example\nobjectClass: organizationalUnit\nou: policies\n\n",
    );
    for (name, seconds, more) in POLICIES {
        let _always_fits = write!(
            ldif,
            "dn: cn={name},ou=policies,dc=mairie,dc=example\nobjectClass: applicationProcess\n\
             objectClass: pwdPolicy\ncn: {name}\npwdAttribute: userPassword\npwdMaxFailure: 2\n\
             pwdLockoutDuration: {seconds}\n{more}\n\n"
        );
    }
    for (number, (login, given, family, more)) in ACCOUNTS.into_iter().enumerate() {
        let policy = own_policy(login).map_or_else(String::new, |name| {
            format!("pwdPolicySubentry: cn={name},ou=policies,dc=mairie,dc=example\n")
        });
        let _always_fits = write!(
            ldif,
            "dn: {}\nobjectClass: inetOrgPerson\n{more}{policy}{}cn: p{number}\n{}{}\
             {}userPassword: bonne-phrase\n\n",
            dn(login),
            value("uid", login),
            value("givenName", given),
            value("sn", family),
            value("mail", &format!("{login}@mairie.example")),
        );
    }
    ldif
}

/// In base64, which takes anything (RFC 2849).
fn value(attribute: &str, text: &str) -> String {
    format!("{attribute}:: {}\n", BASE64.encode(text))
}
