//! Orders for the trap's pages, and what came of them. A page asks for the next order by a request
//! that is held open; it runs it and posts the outcome.
//!
//! Never: an order twice, or to another page than it was meant for.

use super::lock;
use crate::wait_for;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long a page's question for orders is held open.
const HELD: Duration = Duration::from_secs(2);
/// Longest time for an order's outcome on a busy machine.
const OUTCOME: Duration = Duration::from_secs(20);
/// Longest time for a page to come.
const PAGE: Duration = Duration::from_secs(30);

/// What the sites' threads and the test share.
#[derive(Default)]
pub struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    last: u64,
    /// By page: where it is, and its orders.
    pages: BTreeMap<u64, Known>,
    /// By order, and which of its words it is: a page that does not know whether it was heard
    /// repeats itself.
    said: BTreeMap<(u64, u64), String>,
}

struct Known {
    host: String,
    path: String,
    /// How often it has asked: more than never, and its script runs.
    asked: u64,
    orders: VecDeque<Order>,
}

struct Order {
    number: u64,
    script: String,
    on_touch: bool,
}

impl Control {
    /// A number for a page that is being served.
    pub(super) fn new_page(&self, host: &str, path: &str) -> u64 {
        let mut state = lock(&self.state);
        state.last += 1;
        let number = state.last;
        let known = Known {
            host: host.to_owned(),
            path: path.to_owned(),
            asked: 0,
            orders: VecDeque::new(),
        };
        state.pages.insert(number, known);
        number
    }

    /// The next order of a page after the one it `got` last, as JSON; `null` when there is none for
    /// a while. An order stays until the page has it: a navigation may have torn the answer off. An
    /// older question gets nothing any more.
    pub(super) fn next(&self, page: u64, got: u64) -> String {
        let mut state = lock(&self.state);
        let Some(known) = state.pages.get_mut(&page) else {
            // Forgotten: it shall not ask without a pause.
            let _nothing_comes = self.changed.wait_timeout_while(state, HELD, |_| true);
            return "null".to_owned();
        };
        known.asked += 1;
        known.orders.retain(|order| order.number > got);
        let mine = known.asked;
        self.changed.notify_all();
        let nothing_new = |state: &mut State| {
            state.pages.get(&page).is_some_and(|page| page.asked == mine && page.orders.is_empty())
        };
        let (state, _) = self
            .changed
            .wait_timeout_while(state, HELD, nothing_new)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let order = state
            .pages
            .get(&page)
            .filter(|page| page.asked == mine)
            .and_then(|page| page.orders.front());
        order.map_or_else(
            || "null".to_owned(),
            |order| {
                let Order { number, script, on_touch } = order;
                serde_json::json!({ "number": number, "script": script, "touch": on_touch })
                    .to_string()
            },
        )
    }

    pub(super) fn said(&self, order: u64, nth: u64, text: String) {
        lock(&self.state).said.insert((order, nth), text);
    }

    pub(super) fn forget(&self) {
        lock(&self.state).pages.clear();
    }

    /// The latest page of this address whose script runs.
    pub(super) fn latest(&self, host: &str, path: &str) -> Option<u64> {
        let state = lock(&self.state);
        let here = |known: &&Known| known.asked > 0 && known.host == host && known.path == path;
        state.pages.iter().rev().find(|(_, known)| here(known)).map(|(number, _)| *number)
    }

    fn order(&self, page: u64, script: &str, on_touch: bool) -> u64 {
        let mut state = lock(&self.state);
        state.last += 1;
        let number = state.last;
        let orders = &mut state.pages.get_mut(&page).expect("a page that is not forgotten").orders;
        orders.push_back(Order { number, script: script.to_owned(), on_touch });
        self.changed.notify_all();
        number
    }

    fn outcome(&self, order: u64, nth: u64) -> Option<String> {
        lock(&self.state).said.get(&(order, nth)).cloned()
    }
}

/// One loaded page of the trap.
#[derive(Clone)]
pub struct Page {
    control: Arc<Control>,
    number: u64,
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Page {
    #[track_caller]
    pub(super) fn wait_for(control: &Arc<Control>, host: &str, path: &str) -> Self {
        let what = format!("the trap's page at {host}{path}");
        let number = wait_for(&what, PAGE, || control.latest(host, path));
        Self { control: Arc::clone(control), number }
    }

    /// Runs the body of an async function in the page and hands back what it returns: a string as
    /// it is, anything else as JSON, an exception as `threw NAME: MESSAGE`.
    ///
    /// # Panics
    /// When the page does not answer.
    #[track_caller]
    pub fn run(&self, script: &str) -> String {
        self.wait_for_outcome(self.control.order(self.number, script, false), 0, script)
    }

    /// The same without waiting, for what the page may not live to tell.
    pub fn send(&self, script: &str) {
        self.control.order(self.number, script, false);
    }

    /// Runs it within the handler of the next touch on the page, where a script has the rights of a
    /// person's gesture. The page waits for that touch when this returns.
    ///
    /// # Panics
    /// When the page does not answer.
    #[track_caller]
    pub fn on_touch(&self, script: &str) -> Pending {
        let order = self.control.order(self.number, script, true);
        let armed = self.wait_for_outcome(order, 0, script);
        assert_eq!(armed, "armed");
        Pending { page: self.clone(), order }
    }

    /// Whether it still runs what it is told.
    #[must_use]
    pub fn lives(&self) -> bool {
        let order = self.control.order(self.number, "return 'here'", false);
        crate::try_wait_for("the page", OUTCOME, || self.control.outcome(order, 0)).is_ok()
    }

    #[track_caller]
    fn wait_for_outcome(&self, order: u64, nth: u64, script: &str) -> String {
        let first = script.trim_start().lines().next().unwrap_or_default();
        wait_for(&format!("the outcome of {first:?}"), OUTCOME, || self.control.outcome(order, nth))
    }
}

/// What a page does at the next touch.
#[must_use = "touch the page, then ask for the outcome"]
pub struct Pending {
    page: Page,
    order: u64,
}

impl Pending {
    /// As of [`Page::run`]; the page must have been touched.
    ///
    /// # Panics
    /// When the page does not answer.
    #[track_caller]
    pub fn outcome(&self) -> String {
        self.page.wait_for_outcome(self.order, 1, "what was to be done at a touch")
    }
}
