//! The tests' own crate: its targets are the folders beside this file (file = feature, test name =
//! claim).
