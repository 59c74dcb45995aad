//! The hands in front of Chromium: its DevTools protocol over two pipes
//! (`--remote-debugging-pipe`).
//!
//! Duties: fill in a form as soon as it can be. Never: look at what Chromium shows, or say when.

use borne_harness::wait_for;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout};
use std::time::Duration;

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Types login and password into SOGo's form once its script has bound the fields, and submits it.
const LOG_IN: &str = "(async (login, password) => {
    if (!location.href.startsWith('https:')) throw 'not there yet';
    const field = name => document.querySelector(`input[ng-model='app.creds.${name}']`);
    const late = performance.now() + 20000;
    const bound = input => input && window.angular && angular.element(input).controller('ngModel');
    while (!bound(field('username')) || !bound(field('password'))) {
        if (performance.now() > late) throw 'no form';
        await new Promise(done => setTimeout(done, 5));
    }
    const type = (input, text) => { input.value = text; input.dispatchEvent(new Event('input')); };
    type(field('username'), login);
    type(field('password'), password);
    document.querySelector('button[type=submit]').click();
    return 'typed';
})";

/// A connection.
pub struct Devtools {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
}

impl Devtools {
    /// Takes Chromium's ends.
    pub fn new(to: ChildStdin, from: ChildStdout) -> Self {
        Self { to, from: BufReader::new(from), asked: 0 }
    }

    /// Logs in.
    pub fn log_in(&mut self, login: &str, password: &str) {
        let page = wait_for("a page of Chromium's", PATIENCE, || {
            let targets = self.ask("Target.getTargets", json!({}), None);
            let all = targets["result"]["targetInfos"].as_array().cloned().unwrap_or_default();
            all.iter().find(|target| target["type"] == "page")?["targetId"]
                .as_str()
                .map(str::to_owned)
        });
        let attached =
            self.ask("Target.attachToTarget", json!({ "targetId": page, "flatten": true }), None);
        let session = attached["result"]["sessionId"].as_str().expect("a session").to_owned();
        let expression = format!("{LOG_IN}({}, {})", json!(login), json!(password));
        let script =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        wait_for("the login form", PATIENCE, || {
            let answer = self.ask("Runtime.evaluate", script.clone(), Some(&session));
            // A page that is replaced while the script waits takes the script with it.
            if answer["result"]["result"]["value"] == "typed" { Ok(()) } else { Err(answer) }
        });
    }

    fn ask(&mut self, method: &str, params: Value, session: Option<&str>) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        write!(self.to, "{message}\0").and_then(|()| self.to.flush()).expect("ask Chromium");
        loop {
            let mut answer = Vec::new();
            let read = self.from.read_until(0, &mut answer).expect("an answer of Chromium's");
            assert!(read > 0, "Chromium has gone");
            let answer: Value =
                serde_json::from_slice(answer.strip_suffix(b"\0").unwrap_or(&answer))
                    .unwrap_or_default();
            if answer["id"] == self.asked {
                return answer;
            }
        }
    }
}
