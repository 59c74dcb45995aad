//! The pictures that prove a measurement: of the first round, the one that was found and the last
//! one, for a person to compare.

use crate::watch::Seen;
use borne_harness::screen::Frame;
use std::fs;
use std::path::PathBuf;

/// `target/bench/`.
pub struct Pictures {
    directory: PathBuf,
}

impl Pictures {
    /// Makes the directory.
    pub fn in_directory(directory: PathBuf) -> Self {
        let _none_there = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("make the pictures' directory");
        Self { directory }
    }

    /// Keeps the pair, unless there is one of this name.
    pub fn keep(&self, name: &str, seen: &Seen) {
        self.screen(&format!("{name}-found"), &seen.first);
        self.screen(&format!("{name}-final"), &seen.last);
    }

    /// Keeps one picture.
    pub fn screen(&self, name: &str, frame: &Frame) {
        let path = self.directory.join(format!("{name}.png"));
        if !path.exists() {
            frame.save(&path).expect("save a picture");
        }
    }
}
