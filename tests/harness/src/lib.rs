//! What the tests share: a town, a gateway, a terminal, and the hands and eyes of a person in front
//! of it.
//!
//! Duties: start the shipped programs as the image would, drive them from outside, look at what
//! they show. Never: a product program's insides; a sleep outside `wait`. It fails loudly, as a
//! test should.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

pub mod agents;
pub mod board;
pub mod gateway;
pub mod groupware;
pub mod guest;
pub mod hall;
pub mod header;
pub mod init;
pub mod input;
pub mod keys;
pub mod letters;
pub mod output;
pub mod panel;
pub mod peer;
pub mod pictures;
pub mod pn532;
pub mod post;
pub mod processes;
pub mod programs;
pub mod replay;
pub mod report;
pub mod screen;
pub mod search;
pub mod settings;
pub mod stolen;
pub mod switch;
pub mod terminal;
pub mod thief;
pub mod touch;
pub mod town;
pub mod trap;
pub mod victim;
pub mod viewer;
pub mod visit;
mod wait;
pub mod world;

pub use wait::{Look, TimedOut, try_wait_for, wait_for};
