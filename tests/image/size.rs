//! How much a technician downloads: the test image as it is packed, and a board's image by package
//! (`tests/image/size`).

use crate::figures::figure;
use borne_harness::guest::card;
use borne_harness::world::say;
use std::fs;

/// A town hall's line carries it in some minutes.
const MOST_MB: f64 = 200.0;

#[test]
fn a_card_of_a_board_is_small_to_download() {
    let file = card::built().join("size.env");
    let Ok(text) = fs::read_to_string(&file) else {
        say("not measured: the card was built without tests/image/build --size");
        return;
    };
    let megabytes = |name: &str| {
        let bytes = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse::<f64>().ok());
        (bytes.unwrap_or_else(|| panic!("no {name} in {}", file.display())) / 1e5).round() / 10.0
    };
    let board = megabytes("BOARD_PACKED");
    figure("test_card_packed_mb", megabytes("CARD_PACKED"));
    figure("board_root_mb_by_package", megabytes("BOARD_ROOT"));
    figure("board_card_packed_mb_by_package", board);
    assert!(board <= MOST_MB, "{board} MB");
}
