//! The groupware, asked from the hall by somebody who has nothing but a cookie.

use crate::town::{House, Town};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// SOGo's session cookie.
pub const COOKIE: &str = "0xHIGHFLYxSOGo";

/// What its values begin with: the kind of login SOGo keeps behind it, and a blank.
pub const BEGIN: &str = "basic%20";

/// Whether SOGo shows this agent's mailbox to who presents this cookie.
///
/// # Panics
/// When SOGo cannot be asked, or answers neither with a page nor with the way to the login.
#[must_use]
pub fn accepts(town: &Town, login: &str, cookie: &str) -> bool {
    verdict(town, login, cookie).unwrap_or_else(|status| panic!("SOGo answered {status}"))
}

/// The same of what may be no cookie at all: a torn piece of one makes SOGo stumble.
#[must_use]
pub fn is_a_cookie(town: &Town, login: &str, candidate: &str) -> bool {
    verdict(town, login, candidate) == Ok(true)
}

fn verdict(town: &Town, login: &str, cookie: &str) -> Result<bool, u16> {
    let url = format!("{}so/{login}/Mail/view", town.variable("GROUPWARE"));
    // By standard input: an argument would be for everybody to read.
    let order = format!("url = \"{url}\"\nheader = \"Cookie: {COOKIE}={cookie}\"\n");
    match ask(town, &order) {
        200 => Ok(true),
        302 | 303 | 401 | 403 => Ok(false),
        status => Err(status),
    }
}

fn ask(town: &Town, order: &str) -> u16 {
    let enter = town.enter(House::Hall);
    let mut curl = Command::new(&enter[0]);
    curl.args(&enter[1..]).args(["curl", "--silent", "--max-time", "10", "--config", "-"]);
    curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
    let mut curl = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("start curl");
    curl.stdin.take().expect("curl's input").write_all(order.as_bytes()).expect("tell curl");
    let output = curl.wait_with_output().expect("curl's answer");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a status")
}
