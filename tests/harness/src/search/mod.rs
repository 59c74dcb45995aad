//! Whether anything of somebody is left on a terminal: in the memory of its processes, in its
//! files, in what the kernel keeps for its users, in its pixels.
//!
//! Duties: look everywhere a program with root could look without stopping the machine, and say
//! where something was. Never: the groupware's own side, whose mailboxes keep their mail; this
//! process, which knows what it looks for. Out of reach on a running PC: pages the kernel has freed
//! and not used again, and what is in a pipe or socket.

pub mod files;
pub mod kernel;
pub mod memory;
pub mod needles;
pub mod pixels;

pub use needles::{Found, Needles};

use crate::processes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The first number of the users of this project, and one above the last.
const USERS: std::ops::Range<u32> = 60900..61000;
/// Bytes of context kept of a find, before it.
const BEFORE: usize = 24;

/// Something that was found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// What it is, by the name it was added with.
    pub thing: String,
    /// How it was spelt.
    pub spelling: &'static str,
    /// Process and mapping, or file.
    pub place: String,
    /// What stands before it, as far as it can be read.
    context: String,
}

impl Hit {
    /// Whether this letter stands right before it.
    #[must_use]
    pub fn is_after(&self, letter: char) -> bool {
        self.context.ends_with(letter)
    }
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) in {} after {:?}", self.thing, self.spelling, self.place, self.context)
    }
}

/// All that was found.
#[derive(Clone, Debug, Default)]
pub struct Hits(pub Vec<Hit>);

impl Hits {
    pub(crate) fn add(&mut self, needles: &Needles, found: &Found, bytes: &[u8], place: &str) {
        let before = &bytes[found.at.saturating_sub(BEFORE)..found.at];
        let context = before
            .iter()
            .map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '·' });
        let thing = needles.name(found.thing).to_owned();
        let hit = Hit {
            thing,
            spelling: found.spelling,
            place: place.to_owned(),
            context: context.collect(),
        };
        self.0.push(hit);
    }

    /// The names of the things that were found.
    #[must_use]
    pub fn things(&self) -> BTreeSet<&str> {
        self.0.iter().map(|hit| hit.thing.as_str()).collect()
    }

    /// How often each thing is in each place, for a person to read.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let mut counts = BTreeMap::<(&str, &str, &str), (u32, &str)>::new();
        for hit in &self.0 {
            counts.entry((&hit.place, &hit.thing, hit.spelling)).or_insert((0, &hit.context)).0 +=
                1;
        }
        let line =
            |((place, thing, spelling), (count, context)): (&(&str, &str, &str), &(u32, &str))| {
                format!("{count:>4} × {thing} ({spelling}) in {place}, once after {context:?}")
            };
        counts.iter().map(line).collect()
    }
}

/// Every process of the terminal and of the gateway: those of this project's users, and the init
/// that started them.
#[must_use]
pub fn ours() -> Vec<i32> {
    let mut pids = processes::all();
    pids.retain(|pid| {
        processes::owner(*pid).is_some_and(|uid| USERS.contains(&uid))
            || processes::name(*pid) == "borne-init"
    });
    pids
}

/// Looks through the memory of these processes, mapped or only held open. Two at a time: the
/// machine may have more than one core.
#[must_use]
pub fn in_memory(needles: &Needles, pids: &[i32]) -> Hits {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut hits = Hits::default();
        while let Some(pid) = pids.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            in_process(needles, *pid, &mut hits);
        }
        hits
    };
    let mut all = Hits::default();
    std::thread::scope(|scope| {
        let others = [scope.spawn(work), scope.spawn(work)];
        others.into_iter().for_each(|other| all.0.extend(other.join().expect("a search").0));
    });
    for (pid, path) in memory::nameless_files(pids) {
        let place = format!("{} ({pid}): {}", processes::name(pid), path.display());
        let _gone = memory::read_file(&path, needles.longest(), &mut |bytes, _| {
            needles.scan(bytes, |found| all.add(needles, &found, bytes, &place));
        });
    }
    all.0.sort();
    all
}

fn in_process(needles: &Needles, pid: i32, hits: &mut Hits) {
    let name = processes::name(pid);
    for mapping in memory::mappings(pid) {
        let place = format!(
            "{name} ({pid}): {}",
            if mapping.name.is_empty() { "memory" } else { &mapping.name }
        );
        memory::read(pid, &mapping, needles.longest(), &mut |bytes, _| {
            needles.scan(bytes, |found| hits.add(needles, &found, bytes, &place));
        });
    }
}
