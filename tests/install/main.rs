//! The gateway's package on a town's machine: a fresh Debian 12 and 13 under its own systemd. File =
//! feature, test = claim; what says nothing of the system is tried on Debian 12 alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod backup;
mod debs;
mod faults;
mod figures;
mod fresh;
mod login;
mod machine;
mod purge;
mod setup;
mod site;
mod upgrade;

/// Makes a test on each Debian of a function that takes one.
macro_rules! on_both {
    ($($claim:ident),+ $(,)?) => {$(
        mod $claim {
            use crate::machine::Debian;
            #[test]
            fn on_bookworm() {
                super::$claim(Debian::Bookworm);
            }
            #[test]
            fn on_trixie() {
                super::$claim(Debian::Trixie);
            }
        }
    )+};
}
pub(crate) use on_both;
