//! How fast, and at what cost, at the pace of a real line (115,200 bits per second).

use crate::fixture::Reader;
use borne_harness::pn532::Kind;
use borne_ipc::ReaderEvent;
use std::time::{Duration, Instant};

const LINE: Option<u32> = Some(115_200);
const LAYINGS: usize = 40;

#[test]
fn a_card_is_reported_within_150_ms_mostly_60() {
    let reader = Reader::ready(LINE);
    let mut times: Vec<Duration> = (0..LAYINGS)
        .map(|turn| {
            // At another moment of the turn each time.
            reader.chip.wait_for_commands(1 + turn as u64 % 5);
            let laid = Instant::now();
            reader.chip.lay(Kind::Desfire(2), "04A2396B5C1290");
            let (at, event) = reader.next("Card");
            assert!(matches!(event, ReaderEvent::Card(_)), "{event:?}");
            reader.chip.lift();
            reader.expect_gone();
            at.duration_since(laid)
        })
        .collect();
    times.sort();
    let (median, p95) = (times[LAYINGS / 2], times[LAYINGS * 95 / 100]);
    println!(
        "card laid to event: median {} ms, p95 {} ms, n {LAYINGS}",
        median.as_millis(),
        p95.as_millis()
    );
    assert!(median <= Duration::from_millis(60), "median {median:?}");
    assert!(p95 <= Duration::from_millis(150), "p95 {p95:?}");
}

#[test]
fn looking_for_a_card_costs_little() {
    let reader = Reader::ready(LINE);
    let (begun, before) = (Instant::now(), ticks(reader.process.id()));
    reader.chip.wait_for_commands(150);
    let (wall, ticks) = (begun.elapsed(), ticks(reader.process.id()) - before);
    // proc(5): in hundredths of a second on every Linux this runs on.
    let percent = ticks as f64 / wall.as_secs_f64();
    println!("polling: {percent:.1} % of one processor over {} ms", wall.as_millis());
    assert!(percent < 5.0, "{percent:.1} %");
}

/// User and system time.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("read stat");
    let (_, fields) = stat.rsplit_once(") ").expect("fields after the name");
    fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum()
}
