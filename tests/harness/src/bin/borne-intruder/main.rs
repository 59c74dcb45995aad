//! borne-intruder: the program in place of an exploit. Started where WebKit's web or network
//! process would be, or outside as the control, it tries everything that must not work there and
//! says what came of each.
//!
//! It is told what is outside by JSON at the end of its own file (`targets`), since nothing else
//! reaches it in the cage. Each attempt is a process of its own: a filter may end it. Lines go to
//! standard error, which is the supervisor's log there: `intruder PLACE | ATTEMPT |
//! refused|succeeded|absent | DETAIL`, and `intruder PLACE done` at the end; then it waits to be
//! killed (as WebKit's process it must not just vanish), unless `--once` is its only argument.
//!
//! `--inject PID CALL ARGUMENTS` is another thing: see `inject`.
//!
//! Never: harm. What would succeed as root outside is undone, or is a call whose arguments make it
//! fail after the permission was checked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod exhaust;
mod files;
#[cfg(target_arch = "x86_64")]
mod inject;
mod kernel;
mod network;
mod processes;
mod raw;
mod sockets;
mod targets;
mod wayland;

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use targets::Targets;

/// What came of an attempt.
pub enum Outcome {
    /// It worked: what it got.
    Succeeded(String),
    /// It was denied: by what.
    Refused(String),
    /// There is nothing here to try it on.
    Absent(String),
}

/// `Ok` is what it got, `Err` why it did not.
impl<T: ToString, E: ToString> From<Result<T, E>> for Outcome {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(got) => Self::Succeeded(got.to_string()),
            Err(why) => Self::Refused(why.to_string()),
        }
    }
}

/// A name and what to do.
pub type Attempt = (&'static str, fn(&Targets) -> Outcome);

fn attempts() -> Vec<Attempt> {
    let quiet = [
        files::ATTEMPTS,
        processes::ATTEMPTS,
        sockets::ATTEMPTS,
        network::ATTEMPTS,
        wayland::ATTEMPTS,
    ];
    // What takes all there is comes last.
    quiet.into_iter().chain([kernel::ATTEMPTS, exhaust::ATTEMPTS]).flatten().copied().collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    #[cfg(target_arch = "x86_64")]
    if let [flag, pid, name, rest @ ..] = arguments.as_slice()
        && flag == "--inject"
    {
        let (pid, number) =
            (pid.parse().expect("a pid"), inject::number(name).expect("a known call"));
        match inject::inject(pid, number, rest) {
            Ok(result) => println!("{result}"),
            Err(error) => println!("{error}"),
        }
        return;
    }
    let targets = Targets::of_this_program();
    if let [flag, name] = arguments.as_slice()
        && flag == "--try"
    {
        let (_, attempt) =
            attempts().into_iter().find(|(known, _)| known == name).expect("a known attempt");
        let (word, detail) = match attempt(&targets) {
            Outcome::Succeeded(got) => ("succeeded", got),
            Outcome::Refused(why) => ("refused", why),
            Outcome::Absent(why) => ("absent", why),
        };
        println!("{word} | {}", detail.replace('\n', " "));
        return;
    }
    for (name, _) in attempts() {
        say(&format!("intruder {} | {name} | {}", targets.place, in_a_process(name)));
    }
    say(&format!("intruder {} done", targets.place));
    if arguments != ["--once"] {
        loop {
            std::thread::park();
        }
    }
}

/// One attempt; when it is killed, that is its outcome.
fn in_a_process(name: &str) -> String {
    let mut command = Command::new("/proc/self/exe");
    let command = command
        .args(["--try", name])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    match command.output() {
        Ok(output) => match output.status.signal() {
            Some(signal) => format!("refused | ended by signal {signal}"),
            None if output.stdout.is_empty() => {
                format!("refused | it ended with {}", output.status)
            }
            None => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        },
        Err(error) => format!("broken | it did not start: {error}"),
    }
}

/// One write, so that lines of several processes do not mix.
fn say(line: &str) {
    let _nobody_listens = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
