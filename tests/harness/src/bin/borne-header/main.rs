//! borne-header DIR [--pi5] [--pace] [--look] [--chip=N] [--without=NODE]...: a Raspberry Pi's
//! 40-pin header with a panel on it, round a program that does not know. To be started in a mount
//! namespace of its own (`unshare --mount`); the program joins it. It ends with its standard input.
//!
//! Duties: the device tree's word for the board, `/dev/gpiomem` (Pi 5: `gpiomem0`), `/dev/gpiochipN`
//! and `/dev/i2c-1` with an SSD1306 behind it; note each edge of a pin and its time; answer on
//! `DIR/header.sock`. Never: know anything of Borne but who may open the nodes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod bus;
mod control;
mod exact;
mod fuse;
mod oled;
mod pins;
mod stage;

use std::path::PathBuf;
use std::sync::Arc;

/// How the board is.
pub struct Board {
    /// A Pi 5, or else a Pi 4.
    pub pi5: bool,
    /// The bus takes the time it takes at 400 kHz.
    pub pace: bool,
    /// No watchpoints.
    pub look: bool,
    /// Number of the controller's node.
    pub chip: u8,
    /// Nodes that are not there at first.
    pub without: Vec<String>,
}

fn main() {
    let mut words = std::env::args().skip(1);
    let directory = PathBuf::from(words.next().expect("borne-header DIR [OPTION]..."));
    let mut board = Board { pi5: false, pace: false, look: false, chip: 0, without: Vec::new() };
    for word in words {
        match word.split_once('=').unwrap_or((&word, "")) {
            ("--pi5", _) => board.pi5 = true,
            ("--pace", _) => board.pace = true,
            ("--look", _) => board.look = true,
            ("--chip", number) => board.chip = number.parse().expect("--chip=NUMBER"),
            ("--without", node) => board.without.push(node.to_owned()),
            _ => panic!("{word}?"),
        }
    }
    let stage = stage::Stage::set(&directory, &board);
    let pins = Arc::new(pins::Pins::of(&stage.memory, board.pi5));
    let bus = Arc::new(bus::Bus::default());
    let nodes =
        control::Nodes { look: board.look, stage, pins: Arc::clone(&pins), bus: Arc::clone(&bus) };
    bus.state().pace = board.pace;
    nodes.make_all_but(&board.without);
    pins::keep_looking(&pins);
    std::thread::spawn(end_with_owner);
    control::serve(&directory, &nodes);
}

/// Whoever has started it holds the other end of its standard input, and says nothing.
fn end_with_owner() {
    let _owner_is_gone = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    std::process::exit(0);
}
