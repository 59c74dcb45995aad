//! A terminal's life on a real card: updates, trials, confirmations and failures, each step by the
//! real program.
#![allow(clippy::unwrap_used, missing_docs)]

mod card;

use card::Card;

fn line(status: &str, name: &str) -> String {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap().to_owned()
}

/// The other slot has been filled and vouched for, as after the first start.
fn two_good(name: &str) -> Card {
    let card = Card::new(name);
    assert_eq!(card.answer(('A', false), &["begin"]), "start A 5");
    card.answer(('A', false), &["set-state", "A", "good"]);
    card.answer(('A', false), &["set-state", "B", "good"]);
    card
}

/// What RAUC does: the target is bad while it is written, then primary; then the agent arms the
/// trial.
fn update(card: &Card) {
    card.answer(('A', false), &["set-state", "B", "bad"]);
    card.answer(('A', false), &["set-primary", "B"]);
    assert_eq!(card.answer(('A', false), &["get-primary"]), "B");
    assert_eq!(card.answer(('A', false), &["arm"]), "0 tryboot");
}

#[test]
fn a_new_card_starts_a_and_goes_nowhere_else() {
    let card = Card::new("new");
    assert_eq!((card.firmware(false), card.firmware(true)), (Some('A'), Some('B')));
    for _ in 0..10 {
        // B is empty: unconfirmed starts must not lead there.
        assert_eq!(card.answer(('A', false), &["begin"]), "start A 5");
    }
    assert_eq!(card.answer(('A', false), &["failed"]), "stuck A");
    assert_eq!(card.firmware(false), Some('A'));
}

#[test]
fn an_update_is_tried_by_the_flag_and_stays_when_it_confirms_itself() {
    let card = two_good("confirmed");
    update(&card);
    assert_eq!(card.firmware(false), Some('A'), "nothing is committed before the trial");
    assert_eq!(card.firmware(true), Some('B'));
    assert_eq!(card.answer(('B', true), &["begin"]), "start B 6");
    assert_eq!(card.answer(('B', true), &["get-current"]), "B");
    card.answer(('B', true), &["set-state", "B", "good"]);
    assert_eq!((card.firmware(false), card.firmware(true)), (Some('B'), Some('A')));
    let status = card.answer(('B', false), &["status"]);
    assert_eq!(
        (line(&status, "trial"), line(&status, "B")),
        ("none".to_owned(), "good".to_owned())
    );
}

#[test]
fn an_update_that_never_confirms_itself_is_given_up_after_three_starts() {
    let card = two_good("three");
    update(&card);
    for attempt in 1..=3 {
        assert_eq!(card.answer(('B', true), &["begin"]), "start B 6");
        // The power goes; the flag is spent.
        assert_eq!(card.firmware(false), Some('A'));
        assert_eq!(card.answer(('A', false), &["begin"]), "start A 5");
        card.answer(('A', false), &["set-state", "A", "good"]);
        let armed = card.run(('A', false), &["arm"]).status.success();
        assert_eq!(armed, attempt < 3, "start {attempt}");
    }
    assert_eq!(card.answer(('A', false), &["get-primary"]), "A");
    assert_eq!(card.answer(('A', false), &["get-state", "B"]), "bad");
}

#[test]
fn an_update_that_condemns_itself_is_not_started_again() {
    let card = two_good("condemned");
    update(&card);
    card.answer(('B', true), &["begin"]);
    card.answer(('B', true), &["set-state", "B", "bad"]);
    assert_eq!(card.answer(('A', false), &["begin"]), "start A 5");
    assert!(!card.run(('A', false), &["arm"]).status.success());
    assert_eq!(card.firmware(false), Some('A'));
}

#[test]
fn an_update_whose_root_does_not_verify_goes_back_at_once() {
    let card = two_good("unverified-update");
    update(&card);
    card.answer(('B', true), &["begin"]);
    assert_eq!(card.answer(('B', true), &["failed"]), "restart");
    assert_eq!(card.firmware(false), Some('A'));
    assert!(!card.run(('A', false), &["arm"]).status.success(), "it is not tried again");
}

#[test]
fn a_committed_slot_that_no_longer_verifies_leaves_for_the_other() {
    let card = two_good("unverified-committed");
    card.answer(('A', false), &["begin"]);
    assert_eq!(card.answer(('A', false), &["failed"]), "restart");
    assert_eq!(card.firmware(false), Some('B'));
    assert_eq!(
        line(&card.answer(('B', false), &["status"]), "unconfirmed"),
        "0",
        "B has its own three starts"
    );
    assert_eq!(card.answer(('B', false), &["begin"]), "start B 6");
    assert_eq!(card.answer(('B', false), &["failed"]), "stuck B", "A is known bad");
}

#[test]
fn a_committed_slot_that_keeps_failing_takes_turns_with_the_other() {
    let card = two_good("turns");
    for committed in ['A', 'B', 'A'] {
        for _ in 0..3 {
            assert!(card.answer((committed, false), &["begin"]).starts_with("start"));
        }
        assert_eq!(card.answer((committed, false), &["begin"]), "restart");
        assert_ne!(card.firmware(false), Some(committed));
    }
}

#[test]
fn a_confirmation_starts_the_count_anew() {
    let card = two_good("count");
    for _ in 0..20 {
        assert_eq!(card.answer(('A', false), &["begin"]), "start A 5");
        card.answer(('A', false), &["set-state", "A", "good"]);
    }
}

#[test]
fn the_last_slot_that_works_is_never_given_up() {
    let card = two_good("last");
    update(&card);
    // B runs on trial: an install into A would leave nothing to go back to.
    let refused = card.run(('B', true), &["set-state", "A", "bad"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not given up"), "{refused:?}");
    assert_eq!(card.firmware(false), Some('A'));
    let card = Card::new("only");
    assert!(!card.run(('A', false), &["set-state", "A", "bad"]).status.success());
}

#[test]
fn an_edited_autoboot_is_mended_and_a_useless_one_is_named() {
    let card = two_good("edited");
    let (at, text) = autoboot(&card);
    let edited = text.replace("tryboot_a_b=1", "tryboot_a_b=0");
    card.write(at, edited.as_bytes());
    card.answer(('A', false), &["begin"]);
    assert_eq!(card.read(at, text.len()), text.as_bytes());
    card.write(at, text.replace("boot_partition=2", "boot_partition=9").as_bytes());
    let refused = card.run(('A', false), &["begin"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("autoboot.txt"), "{refused:?}");
    card.write(4 * 1024 * 1024, &[0; 512]);
    assert!(String::from_utf8_lossy(&card.run(('A', false), &["begin"]).stderr).contains("FAT"));
}

#[test]
fn the_file_on_a_new_card_is_the_one_the_program_writes() {
    let card = two_good("same");
    let before = card.mtools("mtype", "autoboot.txt");
    card.answer(('B', true), &["set-state", "B", "good"]);
    card.answer(('A', true), &["set-state", "A", "good"]);
    assert_eq!(card.mtools("mtype", "autoboot.txt"), before);
}

#[test]
fn nothing_but_the_sectors_of_the_switch_is_ever_written() {
    let card = two_good("sectors");
    let whole = || std::fs::read(card.path()).unwrap();
    let before = whole();
    let directory = card.mtools("mdir", "");
    update(&card);
    card.answer(('B', true), &["begin"]);
    card.answer(('B', true), &["set-state", "B", "good"]);
    let after = whole();
    let changed: Vec<usize> = (0..before.len() / 512)
        .filter(|n| before[n * 512..][..512] != after[n * 512..][..512])
        .collect();
    assert_eq!(changed.len(), 3, "autoboot.txt and two copies of the ledger: {changed:?}");
    assert_eq!(changed[2] - changed[1], 8192, "the copies lie 4 MiB apart");
    assert_eq!(card.mtools("mdir", ""), directory);
}

/// Offset and text of autoboot.txt, found by its contents and not by the program.
fn autoboot(card: &Card) -> (u64, String) {
    let text = card.mtools("mtype", "autoboot.txt");
    let whole = std::fs::read(card.path()).unwrap();
    let at = whole.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    (at as u64, text)
}
