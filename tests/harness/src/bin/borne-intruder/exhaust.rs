//! Takes as much as there is.

use crate::{Attempt, Outcome, Targets};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

/// In the order in which they are tried.
pub const ATTEMPTS: &[Attempt] = &[
    ("exhaust: more than 64 MiB in each directory of the session", fill),
    ("exhaust: more than 512 threads", threads),
];

/// What a directory of the session holds at most.
const MOST: usize = 64 << 20;

fn fill(_: &Targets) -> Outcome {
    let (mut got, mut why) = (Vec::new(), "there was none".to_owned());
    for directory in ["/tmp", "/home/agent", "/run", "/dev/shm"] {
        match write_much(Path::new(directory)) {
            Ok(()) => got.push(directory),
            Err(error) => why = format!("{directory}: {error}"),
        }
    }
    if got.is_empty() { Outcome::Refused(why) } else { Outcome::Succeeded(got.join(" ")) }
}

fn write_much(directory: &Path) -> std::io::Result<()> {
    let path = directory.join(format!(".borne-intruder-{}", std::process::id()));
    let mut file = File::create_new(&path)?;
    let _goes_with_the_file = fs::remove_file(&path);
    let piece = vec![1; 1 << 20];
    (0..=MOST / piece.len()).try_for_each(|_| file.write_all(&piece))
}

fn threads(_: &Targets) -> Outcome {
    const MANY: usize = 520;
    let held = Mutex::new(());
    let started = std::thread::scope(|scope| {
        let guard = held.lock();
        let mut started = Ok(0);
        for number in 0..MANY {
            let builder = std::thread::Builder::new().stack_size(16 << 10);
            let held = &held;
            match builder.spawn_scoped(scope, move || drop(held.lock())) {
                Ok(_) => started = Ok(number + 1),
                Err(error) => {
                    started = Err(format!("after {number}: {error}"));
                    break;
                }
            }
        }
        drop(guard);
        started
    });
    started.map(|count| format!("{count} threads")).into()
}
