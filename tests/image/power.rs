//! The plug pulled at the worst moments, on a card that loses what was not flushed
//! (tests/harness/src/guest/flash.rs). After each cut: it starts, in the right slot, with its
//! identity or a fresh one, and nothing of a session is anywhere.
//!
//! Two tests, so that only the one with visits has a browser to start each time. `BORNE_CUTS` is
//! how many cuts the two do together; `BORNE_SEED` has a run again, as far as an emulator's own
//! timing allows. `make soak-power` keeps its figures apart and adds to them, so that two hundred
//! cuts may be had in parts.

use crate::figures::{add, booted, count, figure};
use crate::session::{SUBJECTS, log_in, show_badge_and_pin};
use crate::slots::{both_filled, chosen, update};
use crate::web::Town;
use borne_harness::guest::card::{self, Firmware, Partition};
use borne_harness::guest::dice::Dice;
use borne_harness::guest::flash::{Loss, Trap};
use borne_harness::guest::memory::{self, Needle};
use borne_harness::guest::{Guest, START, WITHOUT_READING};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::world::say;
use borne_harness::{touch, wait_for};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const SLOW: Duration = Duration::from_secs(900);
const SLOT: &str = "/usr/libexec/borne/borne-slot";

/// What is going on when the plug is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// A page of the groupware is on the screen.
    Session,
    /// Between the badge and the page.
    Login,
    /// Between the Logout button and the idle screen.
    Wipe,
    /// The other slot's boot partition is being written, as an update does.
    Writing,
    /// The trial vouches for itself: the one sector that says which slot starts is written.
    Confirming,
    /// RAUC writes an update that it fetches to the other slot: its root, or its boot partition.
    Installing,
    /// `borne.toml` becomes the terminal's configuration and identity.
    Provisioning,
    /// The ledger is told of an update.
    Switching,
    /// The new slot starts for the first time.
    Trial,
}

/// A third of the cuts.
const VISITS: [Moment; 3] = [Moment::Session, Moment::Login, Moment::Wipe];
/// In this order, because `Installing` leaves a slot half-written: `Provisioning`, which starts the
/// machine anyway, has it mended.
const WRITES: [Moment; 6] = [
    Moment::Writing,
    Moment::Confirming,
    Moment::Installing,
    Moment::Provisioning,
    Moment::Switching,
    Moment::Trial,
];

/// The machine, and what must be true of it after the next cut.
struct Bench {
    town: Town,
    settings: Settings,
    guest: Guest,
    dice: Dice,
    /// The slots that may be committed.
    may_start: Vec<char>,
    /// Sums of what makes the terminal itself; `None` when a new identity is right.
    identity: Option<String>,
    /// The other slot's root is not this one's any more, or was half-written.
    torn: bool,
}

#[test]
fn no_cut_during_a_visit_leaves_a_terminal_that_does_not_start_or_that_remembers() {
    let cuts = cuts() / 3;
    Bench::with_a_browser(true).cut(&VISITS, cuts);
}

#[test]
fn no_cut_of_what_is_written_leaves_a_terminal_that_does_not_start() {
    let cuts = cuts() - cuts() / 3;
    let lost = Bench::with_a_browser(false).cut(&WRITES, cuts);
    assert!(cuts < 2 || lost > 0, "no cut lost a sector: the card was not tried");
}

/// Of both tests together.
fn cuts() -> usize {
    std::env::var("BORNE_CUTS").map_or(20, |text| text.parse().expect("BORNE_CUTS is a number"))
}

impl Bench {
    fn with_a_browser(standby: bool) -> Self {
        let seed = Dice::seed();
        say(&format!("BORNE_SEED={seed}"));
        let hall = Hall::start();
        let settings = Settings { idle_s: 900, standby, ..Settings::default() };
        let guest = both_filled(&hall, &settings, &[WITHOUT_READING]);
        let town = Town::open(hall, guest.directory());
        let mut bench = Self {
            town,
            settings,
            guest,
            dice: Dice::of(seed),
            may_start: vec!['A'],
            identity: None,
            torn: false,
        };
        bench.identity = Some(bench.inside()["identity"].clone());
        bench
    }

    /// As many cuts, at one moment after the other; says how many sectors the card has lost.
    fn cut(mut self, moments: &[Moment], cuts: usize) -> usize {
        let mut lost = 0;
        for (number, moment) in moments.iter().cycle().take(cuts).enumerate() {
            let begun = Instant::now();
            self.may_start = vec![chosen(&self.guest)];
            let what = self.approach(*moment);
            count("cuts");
            let loss: Loss = self.guest.pull_the_plug(&mut self.dice);
            lost += loss.lost;
            let (approach, off) = (begun.elapsed().as_secs(), Instant::now());
            self.check();
            count("cuts_ok");
            add("sectors_lost_in_cuts", loss.lost);
            let (number, took) = (number + 1, off.elapsed().as_secs());
            say(&format!(
                "cut {number} of {cuts}: {moment:?} after {approach} s, {what}; {loss:?}; right again after {took} s"
            ));
        }
        booted(&self.guest);
        lost
    }

    /// Goes as far as a moment that the dice choose; says which.
    fn approach(&mut self, moment: Moment) -> String {
        match moment {
            Moment::Login => {
                show_badge_and_pin(&mut self.guest, self.settings.size);
                self.a_moment(Duration::from_secs(10))
            }
            Moment::Session => {
                log_in(&mut self.guest, self.settings.size);
                self.a_moment(Duration::from_secs(10))
            }
            Moment::Wipe => {
                log_in(&mut self.guest, self.settings.size);
                let logout = self.guest.wait_for_picture("the Logout button", SLOW, touch::logout);
                self.guest.touch(logout);
                self.a_moment(Duration::from_secs(3))
            }
            Moment::Provisioning => self.provision(),
            Moment::Writing => self.write_boot_partition(),
            Moment::Switching => self.switch(),
            Moment::Trial => {
                self.try_other();
                let _tried = self.guest.follow_reset(SLOW, None);
                // It may have vouched for itself by then.
                self.may_start = vec!['A', 'B'];
                self.a_moment(Duration::from_secs(20))
            }
            Moment::Confirming => self.confirm(),
            Moment::Installing => self.install(),
        }
    }

    /// Of the guest's own time, which goes slower than ours.
    fn a_moment(&mut self, most: Duration) -> String {
        let (begun, moment) =
            (Instant::now(), self.dice.moment(most).mul_f64(self.guest.slowness()));
        wait_for("the moment", SLOW, || begun.elapsed() >= moment);
        format!("after {} ms", moment.as_millis())
    }

    /// A card that is flashed again and given a new token, cut while it takes that in.
    fn provision(&mut self) -> String {
        self.power_off();
        card::provision(&self.settings, &self.town.hall, self.guest.card(), "");
        self.identity = None;
        let trap = self.trap(Partition::Data, 60);
        self.guest.power_on(Firmware::Committed, Some(trap.clone()));
        // Idle, and a moment of its own after it.
        self.until_tripped(&trap, "state=\"Idle\"")
    }

    /// The plug, with nothing under way; what a cut has left of the other slot's root is made
    /// whole, as an update would.
    fn power_off(&mut self) {
        let _loss = self.guest.pull_the_plug(&mut self.dice);
        if std::mem::take(&mut self.torn) {
            card::fill_other_slot(self.guest.card(), chosen(&self.guest));
        }
    }

    /// An update that the gateway offers, while the guest's own RAUC fetches and writes it.
    fn install(&mut self) -> String {
        let other_is_b = self.may_start == ['A'];
        // Of a root that is filled RAUC writes no more than what differs, 3 MB here. (updates.rs
        // has it write one from nothing.)
        let (partition, most) = match (self.dice.below(2), other_is_b) {
            (0, true) => (Partition::RootB, 2),
            (0, false) => (Partition::RootA, 2),
            (_, true) => (Partition::BootB, 12),
            (_, false) => (Partition::BootA, 12),
        };
        let trap = self.trap(partition, most);
        self.guest.flash().set_trap(trap.clone());
        self.town.offer("20260102.1", "good.raucb");
        // It asks once a minute, and when it starts.
        self.guest.begin("systemctl restart kiosk-agent");
        let at = self.until_tripped(&trap, "restart: into the trial");
        // RAUC may have less to write than the dice said: then the cut falls on the restart, and
        // the slot is whole, but another one.
        self.torn = true;
        // What comes next is about other things; that the same offer is taken again is a test of
        // its own (updates.rs).
        self.town.withdraw();
        format!("{partition:?} {at}")
    }

    /// What RAUC does to the other slot before it writes the root: it is bad, then its boot
    /// partition is written.
    fn write_boot_partition(&mut self) -> String {
        let (here, other, number) =
            if self.may_start == ['A'] { ("a", "b", 'B') } else { ("b", "a", 'A') };
        self.guest.run(&format!("{SLOT} set-state {number} bad"));
        // 64 MB in pieces of 1280 kB. The console shows the order too, hence the quotes in its last
        // word.
        let trap = self.trap(if number == 'A' { Partition::BootA } else { Partition::BootB }, 48);
        self.guest.flash().set_trap(trap.clone());
        self.guest.begin(&format!(
            "dd if=/dev/borne/boot-{here} of=/dev/borne/boot-{other} bs=1M conv=fsync && echo WRIT''TEN"
        ));
        self.until_tripped(&trap, "WRITTEN")
    }

    /// The three changes of the ledger that an update makes, and the restart.
    fn switch(&mut self) -> String {
        self.make_other_good();
        let trap = self.trap(Partition::Ledger, 3);
        self.guest.flash().set_trap(trap.clone());
        self.try_other_as_it_is();
        self.until_tripped(&trap, "Restarting system")
    }

    /// Up to the very write that commits.
    fn confirm(&mut self) -> String {
        self.try_other();
        let trap = Trap { region: card::region(self.guest.card(), Partition::Start), writes: 1 };
        let tried = self.guest.follow_reset(SLOW, Some(trap.clone()));
        assert_eq!(tried, Firmware::Tryboot, "the restart carried no flag");
        self.may_start = vec!['A', 'B'];
        self.until_tripped(&trap, "is kept,")
    }

    fn try_other(&mut self) {
        self.make_other_good();
        self.try_other_as_it_is();
    }

    fn try_other_as_it_is(&mut self) {
        let other = if self.may_start == ['A'] { 'B' } else { 'A' };
        update(&mut self.guest, other);
    }

    /// An update would write all of the slot; what a cut has left of its boot partition is written
    /// again here.
    fn make_other_good(&mut self) {
        if self.torn {
            self.power_off();
            self.guest.power_on(Firmware::Committed, None);
            self.guest.wait_for_state("Idle", START);
        }
        let (here, other, number) =
            if self.may_start == ['A'] { ("a", "b", 'B') } else { ("b", "a", 'A') };
        let done = self.guest.run(&format!(
            "dd if=/dev/borne/boot-{here} of=/dev/borne/boot-{other} bs=1M conv=fsync && {SLOT} set-state {number} good && echo DONE"
        ));
        assert!(done.contains("DONE"), "{done}");
    }

    fn trap(&mut self, partition: Partition, most: u64) -> Trap {
        Trap {
            region: card::region(self.guest.card(), partition),
            writes: 1 + self.dice.below(most),
        }
    }

    /// Until the trap has pulled the plug, or what it was for is over without it.
    fn until_tripped(&self, trap: &Trap, or: &str) -> String {
        let guest = &self.guest;
        wait_for("the trap", START + SLOW, || {
            let told = guest.console();
            let over = guest.flash().tripped() || told.contains(or);
            assert!(over || !told.contains("Restarting system"), "it restarted by itself: {told}");
            over
        });
        let how = if guest.flash().tripped() { "at" } else { "not reached:" };
        format!("{how} write {} from {:#x} on", trap.writes, trap.region.start)
    }

    /// A cut between the gateway's answer and the card costs no token: the same key asks again.
    fn wait_for_identity(&self) {
        wait_for("an identity", START, || match self.guest.state().as_deref() {
            Some("Idle") => Ok(()),
            _ if self.guest.console().contains("outage=NotJoined") => {
                panic!("a cut has spent the token; the gateway says {}", self.town.hall.audit())
            }
            other => Err(other.map(str::to_owned)),
        });
        let given_again = self
            .town
            .hall
            .audit()
            .split_whitespace()
            .filter(|word| *word == "join_repeated")
            .count();
        figure("joins_given_again", given_again);
    }

    /// What only the inside knows, by name: `borne-slot status`, the units that have failed, and
    /// the sums of what makes it itself.
    fn inside(&mut self) -> BTreeMap<String, String> {
        let text = self.guest.run(&format!(
            "{SLOT} status; echo failed=$(systemctl list-units --failed --plain --no-legend); \
             echo identity=$(sha256sum /data/terminal/*.crt /data/terminal/*.key /data/config/terminal.toml)"
        ));
        let fields = text.lines().filter_map(|line| line.split_once('='));
        let fields: BTreeMap<String, String> =
            fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        let whole = fields.get("identity").is_some_and(|sums| sums.matches("/data/").count() == 3);
        assert!(whole && fields.contains_key("failed"), "no identity, or no answer: {text}");
        fields
    }

    /// Starts again, and all is as it must be.
    fn check(&mut self) {
        let visits = self.settings.standby;
        if visits {
            self.nothing_is_on_the_card();
        }
        let starts = chosen(&self.guest);
        assert!(
            self.may_start.contains(&starts),
            "{starts} is committed, not one of {:?}",
            self.may_start
        );
        self.guest.power_on(Firmware::Committed, None);
        if self.identity.is_none() {
            self.wait_for_identity();
        }
        self.guest.wait_for_state("Idle", START);
        assert!(!self.guest.console().contains("making a new one"), "the data partition was lost");
        self.guest.wait_for_console(&format!("slot {starts} is kept"), SLOW);
        let inside = self.inside();
        assert_eq!([&inside["current"], &inside["committed"]], [&starts.to_string(); 2]);
        assert_eq!(inside["failed"], "", "failed units");
        let before = self.identity.replace(inside["identity"].clone());
        assert!(
            before.is_none() || before == self.identity,
            "identity or configuration has changed"
        );
        if visits {
            // The gateway hears no heart beat and ends the session by itself.
            let hall = &self.town.hall;
            wait_for("the end of every session", SLOW, || match hall.sessions() {
                Ok(open) if open.is_empty() => Ok(()),
                other => Err(other),
            });
        }
    }

    fn nothing_is_on_the_card(&self) {
        let known = Needle::text("the gateway's name", "passerelle.mairie.example");
        let mut needles: Vec<Needle> =
            SUBJECTS.iter().map(|text| Needle::text(text, text)).collect();
        needles.push(known.clone());
        let mut found = memory::count(self.guest.card(), &needles).expect("search the card");
        assert!(
            found.remove(&known.name).is_some_and(|count| count > 0),
            "the card was not searched"
        );
        assert!(found.values().all(|count| *count == 0), "of a session, on the card: {found:?}");
    }
}
