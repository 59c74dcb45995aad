//! What one agent leaves to be found: words like no others, in every place a person or a page can
//! reach.

use borne_harness::agents::Agent;
use borne_harness::report::figure;
use borne_harness::screen::{Frame, Region};
use borne_harness::search::files::{Files, in_files, writable_file_systems};
use borne_harness::search::{self, Hit, Hits, Needles, kernel, pixels};
use borne_harness::trap::{Answer, Page, Trap};
use borne_harness::visit::{SCREEN, Visit};
use borne_harness::world::World;
use borne_harness::{processes, touch, try_wait_for, wait_for};
use borne_ipc::Role;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Where a page keeps things, each with a word of its own.
pub const STORES: [&str; 16] = [
    "cookie",
    "localStorage",
    "sessionStorage",
    "IndexedDB",
    "HTTP cache",
    "form field",
    "history state",
    "history path",
    "history query",
    "history fragment",
    "window name",
    "page title",
    "blob",
    "download name",
    "favicon",
    "page text",
];
/// Pieces of the page's picture that are looked for.
const PIECES: usize = 20;
/// How long the search is repeated while something planted has not been found.
const LOOKS: Duration = Duration::from_secs(4);
/// The part of the bar that shows the name, and of the screen that greets.
const NAME_IN_BAR: Region = Region { x: 0, y: 0, width: 600, height: 54 };

/// The page below the bar, on the screens of these tests.
pub const PAGE: Region = Region { x: 0, y: 60, width: 1280, height: 700 };
/// How long a picture must not have changed to be one.
const STILL: Duration = Duration::from_millis(250);

/// The words, and which of them were seen.
pub struct Traces {
    /// Everything.
    needles: Needles,
    /// The words alone, which nobody has written before.
    new: Needles,
    words: Vec<(&'static str, String)>,
    since: SystemTime,
    seen: BTreeSet<String>,
    pieces: usize,
}

impl Traces {
    /// What is known of the agent, and a new word for each of a page's stores.
    pub fn of(agent: &Agent) -> Self {
        let mut traces = Self::without_a_page(agent);
        for store in STORES {
            let word = traces.word(store);
            traces.words.push((store, word));
        }
        traces
    }

    /// What is known of the agent.
    pub fn without_a_page(agent: &Agent) -> Self {
        let mut needles = Needles::default();
        needles.text("name", &agent.name);
        needles.text("login", &agent.login);
        needles.text("badge", &agent.badge);
        needles.text("badge", &agent.badge.to_lowercase());
        needles.bytes("badge", "bytes", &unhex(&agent.badge));
        let digits: Vec<u8> = agent.pin.bytes().map(|digit| digit - b'0').collect();
        needles.text("PIN", &agent.pin);
        needles.bytes("PIN", "numbers", &digits);
        // As it stands on the pad before the last digit.
        needles.bytes("PIN", "numbers", &digits[..5]);
        let (new, words, seen) = (Needles::default(), Vec::new(), BTreeSet::new());
        Self { needles, new, words, since: SystemTime::now(), seen, pieces: 0 }
    }

    /// The word of a store.
    pub fn word_of(&self, store: &str) -> &str {
        &self.words.iter().find(|(name, _)| *name == store).expect("a store").1
    }

    /// One more word, planted by the caller.
    pub fn word(&mut self, name: &'static str) -> String {
        let word = word();
        self.needles.text(name, &word);
        self.new.text(name, &word);
        word
    }

    /// Something else to look for.
    pub fn add(&mut self, name: &str, text: &str) {
        self.needles.text(name, text);
    }

    /// Pieces of what is shown now.
    pub fn add_picture(&mut self, name: &str, frame: &Frame, region: Region, wanted: usize) {
        let count = pixels::add(&mut self.needles, frame, region, name, wanted);
        assert!(
            count >= wanted / 2,
            "{name}: only {count} pieces of the picture are like no other"
        );
        self.pieces += count;
    }

    /// Badge and PIN, with a look at the screens that show something of the agent.
    pub fn log_in(&mut self, world: &World, visit: &mut Visit, agent: &Agent) {
        world.terminal.lay(agent);
        world.terminal.wait_for_state("Pin", SCREEN);
        self.look_in(&world.terminal.processes_of(Role::Reader));
        world.terminal.reader().lift();
        visit.pin(&agent.pin[..5]);
        self.look_in(&world.terminal.processes_of(Role::Shell));
        visit.click(touch::pin_key(world.terminal.size(), agent.pin.chars().next_back().unwrap()));
        world.terminal.wait_for_state("Active", borne_harness::visit::INBOX);
        let frame = visit.wait_for_picture("the bar", SCREEN, |frame| {
            touch::logout(frame).map(|_| frame.clone())
        });
        self.add_picture("name in the bar", &frame, NAME_IN_BAR, 8);
    }

    /// Puts a word into every store of the page; then its picture.
    pub fn plant(&mut self, trap: &Trap, page: &Page, visit: &Visit) {
        let three = |store: &str| thrice(self.word_of(store));
        let keep = Answer::of("text/plain; charset=utf-8", three("HTTP cache"))
            .field("Cache-Control", "max-age=86400");
        trap.serve("/kept", keep);
        let words: Vec<String> =
            STORES.iter().map(|store| format!("{store:?}:{:?}", three(store))).collect();
        let script = format!("const words = {{{}}};{}", words.join(","), include_str!("plant.js"));
        assert_eq!(page.run(&script), "planted");
        self.add_picture("page", &still(visit), PAGE, PIECES);
    }

    /// Looks for everything while it is alive; again for a moment, since the page may still be busy
    /// with what was planted.
    pub fn look(&mut self, world: &World) {
        let _said_by_all_were_found = try_wait_for("everything that was planted", LOOKS, || {
            self.look_once(world);
            (0..self.needles.things()).all(|thing| self.seen.contains(self.needles.name(thing)))
        });
    }

    /// The login is known to the town hall alone, so it counts where that has it; nothing else
    /// does.
    fn look_once(&mut self, world: &World) {
        let mut hits = self.hits(world);
        hits.0.retain(|hit| hit.thing == "login" || !is_known_to_the_hall(hit));
        let cage: Vec<PathBuf> = world
            .terminal
            .processes_of(Role::Browser)
            .iter()
            .flat_map(|pid| roots_of(*pid))
            .collect();
        let _read =
            in_files(&self.needles, &Files { roots: &cage, except: &[], since: None }, &mut hits);
        self.seen.extend(hits.things().into_iter().map(str::to_owned));
    }

    fn look_in(&mut self, pids: &[i32]) {
        let hits = search::in_memory(&self.needles, pids);
        self.seen.extend(hits.things().into_iter().map(str::to_owned));
    }

    /// The positive control: each thing was found at least once while it was there.
    pub fn all_were_found(&self) {
        let missing: Vec<&str> = (0..self.needles.things())
            .map(|thing| self.needles.name(thing))
            .filter(|name| !self.seen.contains(*name))
            .collect();
        assert!(
            missing.is_empty(),
            "planted, but never found: {missing:?}; the search is blind for them"
        );
    }

    /// What this session has planted, for the figures of all of them.
    fn report(&self, part: &str, found_after: usize) {
        let is_piece = |name: &&String| {
            name.rsplit_once(' ').is_some_and(|(_, number)| number.parse::<u32>().is_ok())
        };
        let pieces = self.seen.iter().filter(is_piece).count();
        for (name, value) in [
            ("canaries_planted", self.needles.things() - self.pieces),
            ("found_alive", self.seen.len() - pieces),
            ("pixel_segments", self.pieces),
            ("pixels_alive", pieces),
            ("found_after", found_after),
        ] {
            figure(name, value as f64, part);
        }
    }

    /// Nothing is left in any process of the terminal or the gateway, in what they wrote, in what
    /// the kernel keeps for them.
    #[track_caller]
    pub fn nothing_is_left(&self, world: &World, after: &str) {
        let mut hits = self.hits(world);
        hits.0.retain(|hit| !is_known_to_the_hall(hit));
        let test = std::panic::Location::caller().file();
        self.report(&format!("{test}: {after}"), hits.things().len());
        assert!(hits.0.is_empty(), "after {after}: {:#?}", hits.summary());
        assert!(kernel::objects().is_empty(), "after {after}: {:?}", kernel::objects());
    }

    /// The same of every file of the machine that has changed since, but for the groupware's own.
    pub fn nothing_is_in_any_file(&self, world: &World) -> usize {
        let roots = writable_file_systems();
        let except = [world.hall.town().state(), "/proc".into(), "/sys".into()];
        let mut hits = Hits::default();
        let read = in_files(
            &self.new,
            &Files { roots: &roots, except: &except, since: Some(self.since) },
            &mut hits,
        );
        assert!(hits.0.is_empty(), "in files: {:#?}", hits.summary());
        read
    }

    fn hits(&self, world: &World) -> Hits {
        let mut hits = search::in_memory(&self.needles, &search::ours());
        let hall = world.hall.state_dir().parent().unwrap().to_owned();
        let roots = [
            world.terminal.directory().to_owned(),
            hall,
            "/run".into(),
            "/tmp".into(),
            "/dev/shm".into(),
        ];
        let files = Files { roots: &roots, except: &[], since: Some(self.since) };
        let _read = in_files(&self.needles, &files, &mut hits);
        hits
    }
}

/// The gateway knows the town's agents, by name and login; six digits after a point are the
/// fraction of a second.
fn is_known_to_the_hall(hit: &Hit) -> bool {
    let gateway = hit.place.starts_with("borne-gateway") || hit.place.contains("/hall-");
    let known = gateway && matches!(hit.thing.as_str(), "name" | "login" | "service ticket");
    known || hit.thing == "PIN" && hit.is_after('.')
}

/// What a process of the cage can write to, where that is not this machine's own directory of that
/// name: outside of the cage stand the first of its processes.
fn roots_of(pid: i32) -> Vec<PathBuf> {
    let one = |path: &Path| fs::metadata(path).map(|data| (data.dev(), data.ino())).ok();
    let names = ["tmp", "home/agent", "run", "dev/shm"].into_iter();
    let roots = names
        .map(|name| (PathBuf::from(format!("/proc/{pid}/root/{name}")), Path::new("/").join(name)));
    roots.filter(|(root, own)| one(root) != one(own)).map(|(root, _)| root).collect()
}

/// Sixteen letters that nobody has written before, one of them not ASCII.
fn word() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut random = [0; 15];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut random))
        .expect("random numbers");
    let letters: Vec<char> =
        random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect();
    letters[..8].iter().chain(&['é']).chain(&letters[8..]).collect()
}

/// An allocator writes its own notes over the beginning of what is freed: the rest must be found
/// too.
fn thrice(word: &str) -> String {
    [word; 3].join(" ")
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// What is shown, once it has not changed for a moment.
pub fn still(visit: &Visit) -> Frame {
    let (mut since, mut last) = (Instant::now(), Vec::new());
    visit.wait_for_picture("a page that does not move", Duration::from_secs(10), |frame| {
        let now = frame.cut(PAGE);
        if now != last {
            (since, last) = (Instant::now(), now);
        }
        (since.elapsed() > STILL).then(|| frame.clone())
    })
}

/// Waits until these processes are gone.
pub fn wait_until_gone(pids: &[i32]) {
    wait_for("the end of the session's processes", SCREEN, || {
        pids.iter().all(|pid| !processes::alive(*pid))
    });
}
