//! What happens when something breaks.

use crate::fixture::Reader;
use borne_harness::pn532::{Fault, Kind};
use std::time::{Duration, Instant};

#[test]
fn an_unplugged_reader_is_lost_once_and_is_back_when_plugged_in() {
    let reader = Reader::ready(None);
    reader.chip.lay(Kind::Classic1k, "7C3FA219");
    reader.expect_card();
    reader.chip.unplug();
    reader.expect_lost();
    reader.wait_for_log("no device node");
    reader.expect_silence();
    reader.chip.plug();
    reader.expect_ready();
    // The card still lies there: opened anew, it counts as laid.
    reader.expect_card();
}

#[test]
fn without_a_reader_the_first_word_is_lost() {
    let reader = Reader::start(None, &[], |chip| chip.unplug());
    reader.expect_lost();
    reader.chip.plug();
    reader.expect_ready();
}

#[test]
fn a_hung_reader_is_noticed_within_two_seconds_card_or_not() {
    for card in [false, true] {
        let reader = Reader::ready(None);
        if card {
            reader.chip.lay(Kind::Desfire(2), "04A2396B5C1290");
            reader.expect_card();
        }
        let hung = Instant::now();
        reader.chip.fault(Fault::Silent);
        let noticed = reader.expect_lost().duration_since(hung);
        println!("hung reader noticed after {} ms (card: {card})", noticed.as_millis());
        assert!(noticed <= Duration::from_secs(2), "{noticed:?}");
        reader.chip.fault(Fault::None);
        reader.expect_ready();
    }
}

#[test]
fn a_missed_answer_or_noise_is_no_lost_reader() {
    let reader = Reader::ready(None);
    for fault in [Fault::Miss, Fault::Noise, Fault::Miss, Fault::Noise] {
        reader.chip.fault(fault);
        reader.chip.wait_for_commands(2);
        reader.chip.lay(Kind::Classic1k, "7C3FA219");
        reader.expect_card();
        reader.chip.fault(fault);
        reader.chip.wait_for_commands(30);
        reader.expect_silence();
        reader.chip.lift();
        reader.expect_gone();
    }
}

#[test]
fn a_reader_that_talks_nonsense_is_lost_once_and_comes_back() {
    let reader = Reader::ready(None);
    for fault in [Fault::Nack, Fault::BadSum, Fault::Chop] {
        reader.chip.fault(fault);
        reader.expect_lost();
        reader.chip.wait_for_commands(2);
        reader.expect_silence();
        reader.chip.fault(Fault::None);
        reader.expect_ready();
    }
    reader.chip.lay(Kind::Classic1k, "7C3FA219");
    reader.expect_card();
}

#[test]
fn it_exits_when_the_supervisor_is_gone() {
    let mut reader = Reader::ready(None);
    reader.supervisor.take().expect("a supervisor").hang_up();
    assert!(!reader.exit().success());
    assert!(reader.log().contains("the supervisor is gone"));
}

#[test]
fn it_exits_when_the_supervisor_talks_to_it() {
    let mut reader = Reader::ready(None);
    reader.supervisor.as_ref().expect("a supervisor").order(&"hello");
    assert!(!reader.exit().success());
}

#[test]
fn a_number_is_in_no_log_even_at_its_most_talkative() {
    let mut reader = Reader::ready(None);
    for uid in ["04A2396B5C1290", "0493C8720F5A84"] {
        reader.chip.lay(Kind::Desfire(2), uid);
        reader.expect_card();
        reader.chip.lift();
        reader.expect_gone();
    }
    reader.chip.fault(Fault::BadSum);
    reader.expect_lost();
    reader.supervisor.take().expect("a supervisor").hang_up();
    reader.exit();
    assert_no_number(&reader.log());
}

#[test]
fn it_opens_no_reader_while_libnfc_would_log_every_byte() {
    let reader = Reader::start(None, &[("LIBNFC_LOG_LEVEL", "3")], |chip| {
        chip.lay(Kind::Desfire(2), "04A2396B5C1290")
    });
    reader.expect_lost();
    reader.wait_for_log("libnfc's log level is 3");
    reader.expect_silence();
    assert_no_number(&reader.log());
}

fn assert_no_number(log: &str) {
    let digits: String =
        log.to_lowercase().chars().filter(|letter| !letter.is_whitespace()).collect();
    for part in ["a2396b5c", "93c8720f"] {
        assert!(!digits.contains(part), "{part} in the log:\n{log}");
    }
}
