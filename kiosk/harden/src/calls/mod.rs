//! Lists of system calls to seccomp filters.
//!
//! Two filters, of which the kernel obeys the stricter answer. The first ends a process that makes
//! a call of `never.list`: no program of ours has an honest use for those. The second lets the
//! calls of the process's own list pass and answers `ENOSYS` to every other one, as a kernel that
//! lacks the call would: libraries know what to do then.
//!
//! A list has one call per line, in order; `#` begins a comment. After the name may come
//!   `x86_64`                  only that architecture has it;
//!   `namespaces`              (clone) also with new namespaces; without the word, none;
//!   `unix inet inet6 netlink` (socket, socketpair) these families only;
//! and `include NAME` takes another list in. `ioctl` never puts bytes into a terminal's input.

mod json;
mod list;

use crate::{HardenError, Process};
use seccompiler::{BpfProgram, TargetArch, apply_filter, compile_from_json};

/// Installs both.
pub fn filter(process: Process) -> Result<(), HardenError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|error| HardenError::Filter(error.to_string()))?;
    let never = compile("never", arch)?;
    let own = compile(process.name(), arch)?;
    // Its own list first: it still lets the second one be installed.
    for program in [own, never] {
        apply_filter(&program).map_err(|error| HardenError::Filter(error.to_string()))?;
    }
    Ok(())
}

fn compile(name: &str, arch: TargetArch) -> Result<BpfProgram, HardenError> {
    let calls = list::read(name, arch)?;
    let text = if name == "never" { json::ends(&calls) } else { json::passes(&calls) };
    let failed = |problem: String| HardenError::List { list: name.to_owned(), line: 0, problem };
    let mut programs = compile_from_json(text.to_string().as_bytes(), arch)
        .map_err(|error| failed(error.to_string()))?;
    programs.remove(json::FILTER).ok_or_else(|| failed("nothing was compiled".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_understood_on_both_architectures() {
        for arch in [TargetArch::x86_64, TargetArch::aarch64] {
            for name in Process::ALL.map(Process::name).into_iter().chain(["never"]) {
                let program = compile(name, arch);
                assert!(
                    program.as_ref().is_ok_and(|program| program.len() < 4096),
                    "{name}: {program:?}"
                );
            }
        }
    }

    #[test]
    fn no_list_allows_what_ends_a_process() {
        let never = list::read("never", TargetArch::x86_64).unwrap_or_default();
        assert!(never.len() > 20);
        for process in Process::ALL {
            let own = list::read(process.name(), TargetArch::x86_64).unwrap_or_default();
            let both: Vec<_> = own
                .iter()
                .filter(|call| never.iter().any(|other| other.name == call.name))
                .collect();
            assert!(both.is_empty(), "{}: {both:?}", process.name());
        }
    }

    #[test]
    fn only_the_cage_may_make_namespaces_mount_or_execute() {
        for process in [
            Process::Egress,
            Process::Gateway,
            Process::Panel,
            Process::Reader,
            Process::Shell,
            Process::Supervisor,
            Process::WaylandFilter,
        ] {
            let own = list::read(process.name(), TargetArch::x86_64).unwrap_or_default();
            for forbidden in [
                "execve",
                "execveat",
                "unshare",
                "mount",
                "setns",
                "clone3",
                "pivot_root",
                "chroot",
            ] {
                assert!(
                    own.iter().all(|call| call.name != forbidden),
                    "{} may {forbidden}",
                    process.name()
                );
            }
            assert!(
                own.iter().all(|call| !call.has("namespaces")),
                "{} may make namespaces",
                process.name()
            );
        }
    }

    #[test]
    fn what_the_agent_starts_makes_no_namespace_and_mounts_nothing() {
        let own = list::read(Process::Agent.name(), TargetArch::x86_64).unwrap_or_default();
        for forbidden in
            ["unshare", "mount", "setns", "clone3", "pivot_root", "chroot", "setuid", "setresuid"]
        {
            assert!(own.iter().all(|call| call.name != forbidden), "the agent may {forbidden}");
        }
        assert!(own.iter().all(|call| !call.has("namespaces")));
    }
}
