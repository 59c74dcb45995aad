//! The whole card, booted for real: QEMU's emulation of a 64-bit ARM board, the test image, the
//! demo town on its cable. `make test-image` builds the image and runs this; docs/ARCHITECTURE.md
//! says how it differs from a card's image.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod boot;
mod cable;
mod figures;
mod hands;
mod pace;
mod power;
mod proxy;
mod scroll;
mod session;
mod size;
mod slots;
mod updates;
mod web;
