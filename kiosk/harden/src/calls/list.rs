//! Reads a list of `syscalls/`.

use crate::HardenError;
use seccompiler::TargetArch;

/// The lists, as they were built in.
const LISTS: [(&str, &str); 14] = [
    ("agent", include_str!("../../syscalls/agent.list")),
    ("base", include_str!("../../syscalls/base.list")),
    ("browser", include_str!("../../syscalls/browser.list")),
    ("bubblewrap", include_str!("../../syscalls/bubblewrap.list")),
    ("cage", include_str!("../../syscalls/cage.list")),
    ("egress", include_str!("../../syscalls/egress.list")),
    ("gateway", include_str!("../../syscalls/gateway.list")),
    ("network-process", include_str!("../../syscalls/network-process.list")),
    ("never", include_str!("../../syscalls/never.list")),
    ("panel", include_str!("../../syscalls/panel.list")),
    ("reader", include_str!("../../syscalls/reader.list")),
    ("shell", include_str!("../../syscalls/shell.list")),
    ("supervisor", include_str!("../../syscalls/supervisor.list")),
    ("wayland-filter", include_str!("../../syscalls/wayland-filter.list")),
];

/// What may stand behind a name.
const WORDS: [&str; 6] = ["x86_64", "namespaces", "unix", "inet", "inet6", "netlink"];

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// As syscalls(2) names it.
    pub name: &'static str,
    words: Vec<&'static str>,
}

impl Call {
    /// Whether this stands behind the name.
    pub fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }
}

/// The calls of a list and of those it includes, for one architecture.
pub fn read(name: &str, arch: TargetArch) -> Result<Vec<Call>, HardenError> {
    let mut calls = Vec::new();
    gather(name, arch, &mut calls)?;
    Ok(calls)
}

fn gather(name: &str, arch: TargetArch, calls: &mut Vec<Call>) -> Result<(), HardenError> {
    let refused = |line, problem: &str| HardenError::List {
        list: name.to_owned(),
        line,
        problem: problem.to_owned(),
    };
    let (_, text) = LISTS
        .into_iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| refused(0, "no such list"))?;
    for (number, line) in (1..).zip(text.lines()) {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        match (words.next(), words.collect::<Vec<_>>()) {
            (None, _) => {}
            (Some("include"), other) => match other.as_slice() {
                [other] => gather(other, arch, calls)?,
                _ => return Err(refused(number, "one list is included at a time")),
            },
            (Some(call), words) => {
                if let Some(word) = words.iter().find(|word| !WORDS.contains(word)) {
                    return Err(refused(number, &format!("{word:?} means nothing")));
                }
                if !words.contains(&"x86_64") || arch == TargetArch::x86_64 {
                    add(Call { name: call, words }, calls);
                }
            }
        }
    }
    Ok(())
}

/// A call that two lists name has the words of both.
fn add(call: Call, calls: &mut Vec<Call>) {
    match calls.iter_mut().find(|known| known.name == call.name) {
        Some(known) => known.words.extend(call.words),
        None => calls.push(call),
    }
}
