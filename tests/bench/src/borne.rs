//! Borne itself: a badge, six digits, the inbox; the inbox again, by a link of the page; logout.
//!
//! Duties: touch what a person would touch, as fast as the screen allows. Never: wait for a log
//! line to take a time.

use crate::memory;
use crate::numbers::Numbers;
use crate::pictures::Pictures;
use crate::watch::{Watch, same};
use borne_harness::agents::Agent;
use borne_harness::header;
use borne_harness::input::Input;
use borne_harness::screen::{Region, Screen};
use borne_harness::terminal::Terminal;
use borne_harness::touch::{self, Point};
use borne_harness::wait_for;
use borne_ipc::Role;
use std::time::{Duration, Instant};

/// Longest time for anything that is measured.
const PATIENCE: Duration = Duration::from_secs(30);
/// SOGo's message list below the bar, on a screen of 1280x800: without the clock of anything.
const LIST: Region = Region { x: 264, y: 240, width: 360, height: 460 };
/// The idle screen's words and picture, without its clock.
const INVITATION: Region = Region { x: 0, y: 200, width: 1280, height: 560 };
/// SOGo's links to its calendar and its mail.
const CALENDAR: Point = (1056, 88);
const MAIL: Point = (1160, 88);

/// A person at the terminal.
pub struct Person<'a> {
    terminal: &'a Terminal,
    hands: Input,
}

impl<'a> Person<'a> {
    /// Walks up to a terminal that has a warm browser.
    pub fn at(terminal: &'a Terminal) -> Self {
        terminal.wait_for_state("Idle", PATIENCE);
        wait_for_rest(terminal);
        Self { terminal, hands: terminal.hands() }
    }

    /// Tap, PIN, inbox; the inbox again; logout. The browser is warm again when this returns.
    pub fn visit(&mut self, agent: &Agent, numbers: &mut Numbers, pictures: &Pictures) {
        numbers.add("standby_pss_mb", "MB", self.browser_pss());
        let inbox = self.log_in(agent, numbers, pictures);
        numbers.add("active_pss_mb", "MB", self.browser_pss());
        self.others_pss(numbers);
        self.again(&inbox, numbers, pictures);
        self.log_out(numbers, pictures);
        wait_for_rest(self.terminal);
    }

    fn log_in(
        &mut self,
        agent: &Agent,
        numbers: &mut Numbers,
        pictures: &Pictures,
    ) -> crate::watch::Seen {
        let mut eyes = Screen::connect(&self.terminal.display()).expect("look at the screen");
        let watch = Watch::start(&self.terminal.display(), LIST);
        let (laid, laid_at) = (Instant::now(), header::now());
        self.terminal.lay(agent);
        let pad = loop {
            assert!(laid.elapsed() < PATIENCE, "no PIN pad");
            let Ok(Some(frame)) = eyes.next_change(None, &|| laid.elapsed() > PATIENCE) else {
                continue;
            };
            if touch::shows_pin_pad(&frame).is_some() {
                break frame.at;
            }
        };
        self.terminal.reader().lift();
        for digit in agent.pin.chars() {
            let (x, y) = touch::pin_key(self.terminal.size(), digit);
            self.hands.click(x, y).expect("touch the pad");
        }
        let typed = Instant::now();
        self.terminal.wait_for_state("Active", PATIENCE);
        let inbox = watch.settled("the inbox", PATIENCE, |_| true);
        let beep = crate::panel::beep_after(self.terminal, laid_at).expect("a beep");
        numbers.add("tap_to_beep_ms", "ms", millis(beep));
        numbers.add("tap_to_pin_ms", "ms", millis(pad - laid));
        numbers.add("pin_to_inbox_ms", "ms", millis(inbox.at - typed));
        numbers.add("tap_to_inbox_ms", "ms", millis(inbox.at - laid));
        pictures.keep("tap", &inbox);
        pictures.screen("tap-screen", &self.terminal.look());
        inbox
    }

    fn again(&mut self, inbox: &crate::watch::Seen, numbers: &mut Numbers, pictures: &Pictures) {
        let watch = Watch::start(&self.terminal.display(), LIST);
        self.hands.click(CALENDAR.0, CALENDAR.1).expect("touch the link to the calendar");
        watch.settled("the calendar", PATIENCE, |frame| !same(frame, &inbox.last));
        pictures.screen("floor-before", &self.terminal.look());
        let watch = Watch::start(&self.terminal.display(), LIST);
        let left = Instant::now();
        self.hands.click(MAIL.0, MAIL.1).expect("touch the link to the mail");
        let seen = watch.settled("the inbox again", PATIENCE, |frame| same(frame, &inbox.last));
        numbers.add("inbox_floor_ms", "ms", millis(seen.at - left));
        pictures.keep("floor", &seen);
    }

    fn log_out(&mut self, numbers: &mut Numbers, pictures: &Pictures) {
        let (x, y) = touch::logout(&self.terminal.look()).expect("the Logout button");
        let wiped_before = wipes(self.terminal).len();
        let watch = Watch::start(&self.terminal.display(), INVITATION);
        let left = Instant::now();
        self.hands.click(x, y).expect("touch Logout");
        self.terminal.wait_for_state("Idle", PATIENCE);
        let idle = watch.settled("the idle screen", PATIENCE, |_| true);
        numbers.add("logout_to_idle_ms", "ms", millis(idle.at - left));
        pictures.keep("idle", &idle);
        let wipes = wipes(self.terminal);
        wipes[wiped_before..].iter().for_each(|wipe| numbers.add("wipe_ms", "ms", *wipe));
    }

    fn browser_pss(&self) -> f64 {
        memory::of_users(&[Role::Browser.uid(), Role::WaylandFilter.uid()])
    }

    fn others_pss(&self, numbers: &mut Numbers) {
        let shell = memory::of_users(&[Role::Shell.uid()]);
        // By its pid: Chromium's compositor has the same user.
        let sway = self.terminal.status().units.get("sway").and_then(|unit| unit.pid);
        let sway = memory::of(sway.as_slice());
        let rest = memory::of_users(
            &[Role::Supervisor, Role::Reader, Role::Egress, Role::Panel].map(Role::uid),
        );
        numbers.add("shell_pss_mb", "MB", shell);
        numbers.add("sway_pss_mb", "MB", sway);
        numbers.add("terminal_pss_mb", "MB", shell + sway + rest + self.browser_pss());
    }
}

/// The standby browser has been started and has nothing left to do.
fn wait_for_rest(terminal: &Terminal) {
    let mut last = (0, Instant::now());
    wait_for("a warm browser", PATIENCE, || {
        let ticks = memory::ticks(Role::Browser.uid());
        if ticks != last.0 {
            last = (ticks, Instant::now());
        }
        // The sandbox's first process, the browser, and WebKit's two.
        terminal.processes_of(Role::Browser).len() >= 4 && last.1.elapsed() > Duration::from_secs(1)
    });
}

/// What the supervisor says of each wipe.
fn wipes(terminal: &Terminal) -> Vec<f64> {
    let log = terminal.log("supervisor");
    let values = log
        .lines()
        .filter_map(|line| line.split_once("wipe_ms=")?.1.split_whitespace().next()?.parse().ok());
    values.collect()
}

/// Milliseconds.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
