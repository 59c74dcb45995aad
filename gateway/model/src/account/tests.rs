//! The verdicts on entries, each state of each profile.

use super::*;

type Pairs = &'static [(&'static str, &'static str)];

struct Entry(Pairs);
impl Attributes for Entry {
    fn first(&self, name: &str) -> Option<Cow<'_, str>> {
        let pair = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        pair.map(|(_, value)| Cow::Borrowed(*value))
    }
}

/// 2024-10-04T00:00:00Z.
const NOW: Moment = Moment(20_000 * 86_400_000);

fn account(
    profile: DirectoryProfile,
    entry: Pairs,
    policy: Option<Pairs>,
) -> Result<Account, Refusal> {
    let policy = policy.map(Entry);
    let policy = policy.as_ref().map(|policy| policy as &dyn Attributes);
    judge(profile, &Login::parse("e.benali").unwrap(), &Entry(entry), policy, NOW)
}

fn openldap(entry: Pairs) -> Option<Refusal> {
    account(DirectoryProfile::OpenLdap, entry, None).err()
}

fn active_directory(more: Pairs) -> Option<Refusal> {
    let entry: Vec<_> = [("userAccountControl", "512")].iter().chain(more).copied().collect();
    account(DirectoryProfile::ActiveDirectory, entry.leak(), None).err()
}

const DISABLED: Option<Refusal> = Some(Refusal::AccountDisabled);
const EXPIRED: Option<Refusal> = Some(Refusal::AccountExpired);

#[test]
fn openldap_says_expired_and_disabled() {
    assert_eq!(openldap(&[]), None);
    assert_eq!(openldap(&[("shadowExpire", "-1")]), None);
    assert_eq!(openldap(&[("shadowExpire", "20001")]), None);
    assert_eq!(openldap(&[("shadowExpire", "20000")]), EXPIRED);
    assert_eq!(openldap(&[("shadowExpire", "soon")]), DISABLED);
    assert_eq!(openldap(&[("shadowExpire", "")]), DISABLED);
    assert_eq!(openldap(&[("pwdEndTime", "20241003235959Z")]), EXPIRED);
    assert_eq!(openldap(&[("pwdEndTime", "20241005000000Z")]), None);
    assert_eq!(openldap(&[("pwdStartTime", "20241005000000Z")]), DISABLED);
    assert_eq!(openldap(&[("pwdStartTime", "20241003000000Z")]), None);
    assert_eq!(openldap(&[("pwdStartTime", "\u{fffd}")]), DISABLED);
}

#[test]
fn a_lock_counts_as_long_as_its_policy_says() {
    const FIVE: Pairs = &[("pwdLockout", "TRUE"), ("pwdLockoutDuration", "5")];
    let with = |since: &'static str, policy: Option<Pairs>| {
        let entry = vec![("pwdAccountLockedTime", since)].leak();
        account(DirectoryProfile::OpenLdap, entry, policy).err()
    };
    for (since, policy, verdict) in [
        ("20241003235954Z", Some(FIVE), None),
        ("20241003235955Z", Some(FIVE), None),
        ("20241003235956Z", Some(FIVE), DISABLED),
        ("20241003235955.500Z", Some(FIVE), DISABLED),
        ("20241004015954+0200", Some(FIVE), None),
        // A lock from the future is one.
        ("20250101000000Z", Some(FIVE), DISABLED),
        ("20241003235900Z", Some(&[("pwdLockoutDuration", "0")]), DISABLED),
        ("20241003235900Z", Some(&[("pwdLockoutDuration", "-3")]), DISABLED),
        ("20241003235900Z", Some(&[("pwdLockoutDuration", "9223372036854775807")]), DISABLED),
        ("20241003235900Z", Some(&[("pwdLockoutDuration", "soon")]), DISABLED),
        ("20241003235900Z", Some(&[]), DISABLED),
        ("20241003235900Z", None, DISABLED),
        ("20241003235900Z", Some(&[("pwdLockout", "FALSE")]), None),
        ("yesterday", Some(FIVE), DISABLED),
        ("", Some(FIVE), DISABLED),
    ] {
        assert_eq!(with(since, policy), verdict, "{since} {policy:?}");
    }
    // Disabled by hand, whatever the policy.
    for since in ["000001010000Z", "00000101000000Z", "00000101000000.0Z", "000001010000+0000"] {
        assert_eq!(with(since, Some(FIVE)), DISABLED, "{since}");
        assert_eq!(with(since, Some(&[("pwdLockout", "FALSE")])), DISABLED, "{since}");
    }
}

#[test]
fn the_policy_is_the_accounts_own_or_the_default_one() {
    const SINCE: (&str, &str) = ("pwdAccountLockedTime", "20241003235900Z");
    let wanted = |entry: Pairs| {
        let entry = Entry(entry);
        let wanted = DirectoryProfile::OpenLdap.wanted_policy(&entry);
        wanted.map(|own| own.map(Cow::into_owned))
    };
    assert_eq!(wanted(&[]), None);
    assert_eq!(wanted(&[("pwdAccountLockedTime", "000001010000Z")]), None);
    assert_eq!(wanted(&[SINCE]), Some(None));
    assert_eq!(wanted(&[SINCE, ("pwdPolicySubentry", "cn=p")]), Some(Some("cn=p".to_owned())));
}

#[test]
fn active_directory_says_expired_and_disabled() {
    assert_eq!(active_directory(&[("accountExpires", "0")]), None);
    assert_eq!(active_directory(&[("accountExpires", "9223372036854775807")]), None);
    assert_eq!(active_directory(&[("accountExpires", "132223104000000000")]), EXPIRED);
    assert_eq!(active_directory(&[("accountExpires", "-1")]), DISABLED);
    let bare = |entry| account(DirectoryProfile::ActiveDirectory, entry, None).err();
    assert_eq!(bare(&[("userAccountControl", "514")]), DISABLED);
    assert_eq!(bare(&[("userAccountControl", "\u{fffd}")]), DISABLED);
    assert_eq!(bare(&[]), DISABLED);
}

#[test]
fn active_directory_locks_an_account_until_the_server_says_it_is_over() {
    const COMPUTED: &str = "msDS-User-Account-Control-Computed";
    const STALE: (&str, &str) = ("lockoutTime", "133000000000000000");
    assert_eq!(active_directory(&[("lockoutTime", "0")]), None);
    assert_eq!(active_directory(&[(COMPUTED, "0"), STALE]), None);
    assert_eq!(active_directory(&[(COMPUTED, "16"), STALE]), DISABLED);
    // An expired password (0x800000) is no lock.
    assert_eq!(active_directory(&[(COMPUTED, "8388608")]), None);
    assert_eq!(active_directory(&[(COMPUTED, "?")]), DISABLED);
    assert_eq!(active_directory(&[STALE]), DISABLED);
}

#[test]
fn directory_text_is_clean_in_an_account() {
    const ENTRY: Pairs = &[
        ("givenName", "\u{202e}Éliane\r\n"),
        ("sn", "Ben\u{b}ali"),
        ("mail", " e.benali\u{0}@mairie.example\n"),
    ];
    let account = account(DirectoryProfile::OpenLdap, ENTRY, None).unwrap();
    assert_eq!(account.display_name(), "Éliane Ben ali");
    assert_eq!(account.mail(), "e.benali@mairie.example");
    assert_eq!(mail(&format!("{}@mairie.example", "a".repeat(250))), "");
}
