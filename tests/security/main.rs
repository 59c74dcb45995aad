//! Every known way out of a kiosk, tried on the shipped terminal; and the wipe, proved. Rows of the escape matrix are
//! numbered as in `borne_harness::report::matrix`. File = feature, name = claim; one test at a time.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
