//! A real slapd on loopback with a handful of accounts.

use crate::wait_for;
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

/// login, given name, family name, more attributes.
const ACCOUNTS: [(&str, &str, &str, &str); 6] = [
    ("e.benali", "Éliane", "Benali", ""),
    ("h.petit", "Hugo", "Petit", ""),
    ("n.oeuvrard", "Noémie", "Œuvrard", ""),
    ("k.traore", "Kadiatou", "Traoré & fils <co>", ""),
    ("o.expire", "Odile", "Expirée", "objectClass: shadowAccount\nshadowExpire: 18000\n"),
    ("p.ferme", "Pascal", "Fermé", "pwdAccountLockedTime: 000001010000Z\n"),
];

/// The server.
pub struct Slapd {
    child: Option<Child>,
    directory: PathBuf,
    port: u16,
}

impl Slapd {
    /// Fills a database and starts it.
    pub fn start(directory: &Path) -> Self {
        fs::create_dir_all(directory.join("ldap")).unwrap();
        fs::write(directory.join("slapd.conf"), config(directory)).unwrap();
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
            "dn: uid={login},ou=people,dc=mairie,dc=example\nchangetype: modify\n\
             add: objectClass\nobjectClass: shadowAccount\n-\n\
             add: shadowExpire\nshadowExpire: 18000\n"
        ));
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

fn config(directory: &Path) -> String {
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
    for (login, given, family, more) in ACCOUNTS {
        let _always_fits = write!(
            ldif,
            "dn: uid={login},ou=people,dc=mairie,dc=example\nobjectClass: inetOrgPerson\n{more}uid: {login}\ncn: {login}\n\
             givenName: {given}\nsn: {family}\nmail: {login}@mairie.example\n\n"
        );
    }
    ldif
}
