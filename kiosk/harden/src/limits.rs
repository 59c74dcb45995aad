//! No new privileges, no dump, and the limits of setrlimit(2).

use crate::{HardenError, Process};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};
use rustix::thread::set_no_new_privs;

/// Sets them all; none can be raised again.
pub fn set(process: Process) -> Result<(), HardenError> {
    let failed = |operation| move |source| HardenError::Process { operation, source };
    set_no_new_privs(true).map_err(failed("no new privileges"))?;
    // One byte, not none: the kernel then gives no core to a program that collects them either
    // (core(5)).
    most(Resource::Core, 1).map_err(failed("core limit"))?;
    most(Resource::Memlock, 0).map_err(failed("locked memory limit"))?;
    most(Resource::Nofile, process.open_files()).map_err(failed("open files limit"))?;
    if let Some(threads) = process.threads() {
        most(Resource::Nproc, threads).map_err(failed("threads limit"))?;
    }
    if let Some(bytes) = process.data() {
        most(Resource::Data, bytes).map_err(failed("data limit"))?;
    }
    if !process.stays_dumpable() {
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed("not dumpable"))?;
    }
    Ok(())
}

/// Both limits, or what is there already when that is less.
fn most(resource: Resource, most: u64) -> rustix::io::Result<()> {
    let hard = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
    setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) })
}
