//! `borne-bench [ROUNDS|siege]`: measures the shipped terminal beside what a town would do instead, and
//! writes `target/bench.json`. docs/BENCHMARKS.md explains every key.
//!
//! Duties: interleave the contenders (A B C A B C …), keep every run. Never: change a product
//! setting for a figure.
#![allow(clippy::expect_used, clippy::print_stdout)]

mod about;
mod borne;
mod chromium;
mod devtools;
mod memory;
mod newcomer;
mod numbers;
mod panel;
mod pictures;
mod siege;
mod watch;

use borne_harness::agents::{agent, repository};
use borne_harness::hall::Hall;
use borne_harness::settings::Settings;
use borne_harness::terminal::Terminal;
use numbers::Numbers;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Each gives one measurement of every key; the first, in which caches of the kernel and the
/// groupware fill, is dropped.
const ROUNDS: usize = 12;

fn main() {
    let word = std::env::args().nth(1);
    if word.as_deref() == Some("siege") {
        let mut numbers = Numbers::default();
        siege::measure(&mut numbers);
        print!("{}", numbers.table());
        return;
    }
    let rounds = word.map_or(ROUNDS, |text| text.parse().expect("a number of rounds"));
    let output = repository().join("target");
    let pictures = pictures::Pictures::in_directory(output.join("bench"));
    let about = about::about();
    let hall = Hall::start();
    let terminal = Terminal::start(&hall, Settings::default());
    let desk = chromium::Desk::start(hall.town());
    let agent = agent("e.benali");
    let mut person = borne::Person::at(&terminal);
    let mut numbers = Numbers::default();
    for round in 0..=rounds {
        person.visit(&agent, &mut numbers, &pictures);
        desk.visit(&agent, &mut numbers, &pictures);
        panel::measure(&terminal, &mut numbers);
        if round == 0 {
            numbers = Numbers::default();
            continue;
        }
        numbers.add_ratio("tap_to_inbox_over_floor", "tap_to_inbox_ms", "inbox_floor_ms");
        numbers.add_ratio("tap_to_inbox_over_chromium", "tap_to_inbox_ms", "chromium_to_inbox_ms");
        numbers.add_ratio("active_pss_over_chromium", "active_pss_mb", "chromium_pss_mb");
        println!("bench: round {round} of {rounds}");
    }
    siege::measure(&mut numbers);
    let mut result = numbers.json(about);
    result["image"] = image(&output);
    let newcomer = newcomer::of(&output, &result["about"]["commit"]);
    result["newcomer_first_picture_s"] = newcomer["newcomer_first_picture_s"].clone();
    result["newcomer"] = newcomer;
    let text = serde_json::to_string_pretty(&result).expect("write the result");
    fs::write(output.join("bench.json"), text + "\n").expect("write target/bench.json");
    print!("{}", numbers.table());
    println!("bench: target/bench.json, pictures in target/bench");
}

/// What `make test-image` measured last: a card takes longer to boot in an emulator than everything
/// else here.
fn image(output: &Path) -> Value {
    let figures = fs::read_to_string(output.join("image.json"))
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok());
    figures.unwrap_or_else(|| {
        println!(
            "bench: no figures of the image; `make test-image` measures them (target/image.json)"
        );
        Value::Null
    })
}
