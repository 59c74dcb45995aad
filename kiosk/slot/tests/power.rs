//! The power goes between any two writes, in the middle of one, and with any of those lost that
//! were not flushed: the firmware always starts a slot that has proved itself, and the terminal
//! always knows what to do next.
#![allow(clippy::unwrap_used, missing_docs)]

mod card;

use card::{Act, Booted, Card};

/// Bytes by their place on the card.
type Sectors = Vec<(u64, Vec<u8>)>;
/// The slots that have proved themselves: the firmware may start these by itself.
type Proved = &'static [char];

/// What is done, in which boot, and which slots have proved themselves by then.
const STORY: [(Booted, &[&str], Proved); 19] = [
    (('A', false), &["begin"], &['A']),
    (('A', false), &["set-state", "A", "good"], &['A']),
    (('A', false), &["set-state", "B", "good"], &['A']),
    // An update into B: bad while it is written, then tried, cut, tried again, confirmed.
    (('A', false), &["set-state", "B", "bad"], &['A']),
    (('A', false), &["set-primary", "B"], &['A']),
    (('A', false), &["arm"], &['A']),
    (('B', true), &["begin"], &['A']),
    (('A', false), &["begin"], &['A']),
    (('A', false), &["arm"], &['A']),
    (('B', true), &["begin"], &['A']),
    (('B', true), &["set-state", "B", "good"], &['A', 'B']),
    // The next one into A, which condemns itself.
    (('B', false), &["begin"], &['B']),
    (('B', false), &["set-state", "B", "good"], &['B']),
    (('B', false), &["set-state", "A", "bad"], &['B']),
    (('B', false), &["set-primary", "A"], &['B']),
    (('B', false), &["arm"], &['B']),
    (('A', true), &["failed"], &['B']),
    (('B', false), &["begin"], &['B']),
    // B is vouched for by nobody else: it stays, whatever happens.
    (('B', false), &["failed"], &['B']),
];

#[test]
fn a_cut_at_any_write_leaves_a_terminal_that_starts() {
    let card = Card::new("cuts");
    let places = places();
    let snapshot =
        |card: &Card| -> Sectors { places.iter().map(|at| (*at, card.read(*at, 512))).collect() };
    let (mut cuts, mut writes) = (0, 0);
    for (booted, arguments, proved) in STORY {
        let before = snapshot(&card);
        let (_, acts) = card.watch(booted, arguments);
        let after = snapshot(&card);
        assert!(
            matches!(acts.last(), None | Some(Act::Flush)),
            "{arguments:?} ends with a write that is not flushed"
        );
        writes += acts.iter().filter(|act| matches!(act, Act::Write { .. })).count();
        for state in states(&acts) {
            restore(&card, &before);
            for (at, bytes) in &state {
                card.write(*at, bytes);
            }
            starts(&card, proved, arguments);
            cuts += 1;
        }
        restore(&card, &before);
        for act in &acts {
            if let Act::Write { at, bytes } = act {
                card.write(*at, bytes);
            }
        }
        assert!(snapshot(&card) == after, "strace did not see every write of {arguments:?}");
    }
    assert!(
        writes >= 15 && cuts >= 300,
        "{writes} writes, {cuts} cuts: the story has become too short"
    );
}

/// The card after a cut: it starts what has proved itself, and a confirmation there leads to a
/// settled state.
fn starts(card: &Card, proved: Proved, during: &[&str]) {
    let started =
        card.firmware(false).unwrap_or_else(|| panic!("no slot after a cut during {during:?}"));
    assert!(proved.contains(&started), "{started} has not proved itself: a cut during {during:?}");
    let mut slot = started;
    for _ in 0..5 {
        let answer = card.answer((slot, false), &["begin"]);
        if answer.starts_with("start") {
            break;
        }
        assert_eq!(answer, "restart", "during {during:?}");
        slot = card.firmware(false).unwrap();
        assert!(proved.contains(&slot), "sent to {slot} after a cut during {during:?}");
    }
    let name = slot.to_string();
    card.answer((slot, false), &["set-state", &name, "good"]);
    assert_eq!(card.firmware(false), Some(slot));
    assert_ne!(card.firmware(true), Some(slot), "the flag leads to the other slot again");
    assert_eq!(card.answer((slot, false), &["get-state", &name]), "good");
}

/// Every content of the card a cut can leave: each write that was not flushed done, not done, or
/// torn at some byte.
fn states(acts: &[Act]) -> Vec<Sectors> {
    let mut found = Vec::new();
    let (mut sure, mut open): (Sectors, Sectors) = (Vec::new(), Vec::new());
    for act in acts {
        match act {
            Act::Flush => sure.append(&mut open),
            Act::Write { at, bytes } => {
                open.push((*at, bytes.clone()));
                let last = open.len() - 1;
                for chosen in 0_u32..1 << open.len() {
                    let some = open
                        .iter()
                        .enumerate()
                        .filter(|(n, _)| chosen >> n & 1 == 1)
                        .map(|(_, write)| write.clone());
                    found.push(sure.iter().cloned().chain(some).collect());
                }
                for torn in (4..bytes.len().min(160)).step_by(5) {
                    let part = (*at, bytes[..torn].to_vec());
                    found.push(sure.iter().chain(&open[..last]).cloned().chain([part]).collect());
                }
            }
        }
    }
    found
}

/// The three sectors the program writes to; tests/switch.rs holds that there is no fourth.
fn places() -> Vec<u64> {
    let card = Card::new("places");
    let steps: [(Booted, &[&str]); 3] = [
        (('A', false), &["begin"]),
        (('A', false), &["begin"]),
        (('B', true), &["set-state", "B", "good"]),
    ];
    let acts = steps.into_iter().flat_map(|(booted, arguments)| card.watch(booted, arguments).1);
    let mut places: Vec<u64> = acts
        .filter_map(|act| if let Act::Write { at, .. } = act { Some(at) } else { None })
        .collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 3, "{places:?}");
    places
}

fn restore(card: &Card, snapshot: &Sectors) {
    for (at, bytes) in snapshot {
        card.write(*at, bytes);
    }
}
