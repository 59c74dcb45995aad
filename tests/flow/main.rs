//! The whole chain: a badge on a real libnfc reader, the shipped terminal and gateway, the demo
//! town's groupware. File = feature, name = claim. One test at a time: there is one town, one
//! gateway and one person in front of a screen.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod attachments;
mod deaths;
mod documents;
mod ends;
mod login;
mod panel;
mod refusals;
mod secrets;
mod status;
mod taps;
