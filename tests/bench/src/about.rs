//! What was measured, where and when.

use borne_harness::agents::repository;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// For the head of `bench.json`.
pub fn about() -> Value {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map(|(_, name)| name);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).map(str::trim);
    let loads = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "commit": said(&["git", "rev-parse", "HEAD"]),
        "changed_files": said(&["git", "status", "--porcelain"]).lines().count(),
        "date": chrono::Local::now().to_rfc3339(),
        "cpu": cpu, "cores": cores, "memory": memory, "load_before": loads.trim(),
        "kernel": said(&["uname", "-sr"]),
        "webkitgtk": said(&["pkg-config", "--modversion", "webkit2gtk-4.1"]),
        "chromium": said(&["dpkg-query", "--show", "--showformat=${Version}", "chromium"]),
        "screen": "1280x800",
    })
}

fn said(line: &[&str]) -> String {
    let output = Command::new(line[0]).args(&line[1..]).current_dir(repository()).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
