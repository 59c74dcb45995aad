//! What is reported of cards.

use crate::fixture::Reader;
use borne_harness::pn532::Kind;
use borne_ipc::Unclear;
use std::collections::HashSet;

#[test]
fn each_kind_of_card_is_reported_with_what_it_shows() {
    let reader = Reader::ready(None);
    for (kind, uid, atqa, sak, ats) in [
        (Kind::Classic1k, "7C3FA219", "0004", "08", ""),
        (Kind::Classic4k, "A13E77D4", "0002", "18", ""),
        (Kind::Ntag, "04B71E52CE6681", "0044", "00", ""),
        (Kind::Desfire(1), "0493C8720F5A84", "0344", "20", "7577810280"),
        (Kind::Desfire(2), "04A2396B5C1290", "0344", "20", "7577810280"),
        (Kind::Desfire(3), "045D11EA3B7280", "0344", "20", "7577810280"),
    ] {
        reader.chip.lay(kind, uid);
        let card = reader.expect_card();
        let shown = (card.uid.expose(), card.atqa.as_str(), card.sak.as_str(), card.ats.as_str());
        assert_eq!(shown, (uid, atqa, sak, ats), "{kind:?}");
        reader.chip.lift();
        reader.expect_gone();
    }
    reader.expect_nothing_more();
}

#[test]
fn a_card_left_on_the_reader_taps_once() {
    let reader = Reader::ready(None);
    for (kind, uid) in [
        (Kind::Classic1k, "7C3FA219"),
        (Kind::Ntag, "04B71E52CE6681"),
        (Kind::Desfire(2), "04A2396B5C1290"),
    ] {
        reader.chip.lay(kind, uid);
        reader.expect_card();
        reader.expect_nothing_more();
        reader.chip.lift();
        reader.expect_gone();
    }
}

#[test]
fn a_card_lifted_and_laid_again_taps_again() {
    let reader = Reader::ready(None);
    for _ in 0..5 {
        reader.chip.lay(Kind::Classic1k, "7C3FA219");
        reader.expect_card();
        reader.chip.lift();
        reader.expect_gone();
    }
}

#[test]
fn another_card_in_its_place_is_a_gone_one_and_a_new_one() {
    let reader = Reader::ready(None);
    reader.chip.lay(Kind::Desfire(2), "04A2396B5C1290");
    reader.expect_card();
    reader.chip.lift();
    reader.chip.lay(Kind::Desfire(2), "0493C8720F5A84");
    reader.expect_gone();
    assert_eq!(reader.expect_card().uid.expose(), "0493C8720F5A84");
}

#[test]
fn two_cards_at_once_are_said_once_and_none_until_they_are_parted() {
    let reader = Reader::ready(None);
    // Unplugging lets both be there before the next turn looks.
    reader.chip.unplug();
    reader.expect_lost();
    reader.chip.lay(Kind::Classic1k, "7C3FA219");
    reader.chip.lay(Kind::Desfire(2), "04A2396B5C1290");
    reader.chip.plug();
    reader.expect_ready();
    reader.expect_unclear(Unclear::Several);
    reader.expect_nothing_more();
    reader.chip.lift();
    reader.chip.lay(Kind::Desfire(2), "04A2396B5C1290");
    assert_eq!(reader.expect_card().uid.expose(), "04A2396B5C1290");
}

#[test]
fn a_second_card_that_comes_a_moment_later_is_said_too() {
    let reader = Reader::ready(None);
    for _ in 0..2 {
        reader.chip.lay(Kind::Classic1k, "7C3FA219");
        reader.expect_card();
        reader.chip.lay(Kind::Desfire(2), "04A2396B5C1290");
        reader.expect_unclear(Unclear::Several);
        reader.expect_nothing_more();
        reader.chip.lift();
        reader.chip.wait_for_commands(80);
    }
}

#[test]
fn a_card_that_cannot_be_read_is_said_once_and_is_no_card() {
    let reader = Reader::ready(None);
    for (kind, uid) in [
        (Kind::TypeB, ""),
        (Kind::Felica, ""),
        (Kind::Garbage, ""),
        (Kind::Garbage, "01"),
        (Kind::Garbage, "0102030405"),
        (Kind::Garbage, "010203040506070809"),
    ] {
        reader.chip.lay(kind, uid);
        reader.expect_unclear(Unclear::Unreadable);
        reader.expect_nothing_more();
        reader.chip.lift();
        reader.chip.wait_for_commands(80);
    }
    reader.chip.lay(Kind::Classic1k, "7C3FA219");
    reader.expect_card();
}

#[test]
fn a_random_number_begins_with_08_is_new_at_each_laying_and_taps_once() {
    let reader = Reader::ready(None);
    let mut seen = HashSet::new();
    for _ in 0..4 {
        reader.chip.lay(Kind::RandomUid, "");
        let card = reader.expect_card();
        assert!(card.uid.expose().starts_with("08") && card.uid.expose().len() == 8);
        assert!(seen.insert(card.uid.expose().to_owned()), "the same number twice");
        reader.expect_nothing_more();
        reader.chip.lift();
        reader.expect_gone();
    }
}

#[test]
fn a_card_that_lies_there_at_the_start_counts_as_laid() {
    let reader = Reader::start(None, &[], |chip| chip.lay(Kind::Desfire(2), "04A2396B5C1290"));
    reader.expect_ready();
    assert_eq!(reader.expect_card().uid.expose(), "04A2396B5C1290");
}
