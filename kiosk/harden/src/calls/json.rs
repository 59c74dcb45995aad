//! A list in the words of seccompiler (its `docs/json_format.md`): it knows the numbers of the
//! calls on each architecture.

use super::list::Call;
use serde_json::{Value, json};

/// Name of the one filter in the text.
pub const FILTER: &str = "own";

/// Flags of clone(2) that make a namespace (`<linux/sched.h>`, all `CLONE_NEW…` that clone takes).
const CLONE_NAMESPACES: u64 = 0x7e02_0000;
/// Requests of ioctl(2) that type for the person: TIOCSTI and TIOCLINUX (`<asm-generic/ioctls.h>`).
const TYPES: [u64; 2] = [0x5412, 0x541c];
/// ENOSYS, on both architectures.
const NO_SUCH_CALL: u32 = 38;
/// Address families (`<linux/socket.h>`).
const FAMILIES: [(&str, u64); 4] = [("unix", 1), ("inet", 2), ("inet6", 10), ("netlink", 16)];

/// A filter that lets these pass and no other.
pub fn passes(calls: &[Call]) -> Value {
    let rules: Vec<Value> = calls.iter().flat_map(rules).collect();
    json!({ FILTER: { "mismatch_action": { "errno": NO_SUCH_CALL }, "match_action": "allow", "filter": rules } })
}

/// A filter that ends whoever makes one of these.
pub fn ends(calls: &[Call]) -> Value {
    let rules: Vec<Value> = calls.iter().map(|call| json!({ "syscall": call.name })).collect();
    json!({ FILTER: { "mismatch_action": "allow", "match_action": "kill_process", "filter": rules } })
}

/// Of rules for the same call one is enough; the conditions in one must all be true.
fn rules(call: &Call) -> Vec<Value> {
    let name = call.name;
    let argument = |index: u8, operation: Value, value: u64| json!({ "index": index, "type": "dword", "op": operation, "val": value });
    match name {
        "clone" if !call.has("namespaces") => {
            let none = argument(0, json!({ "masked_eq": CLONE_NAMESPACES }), 0);
            vec![json!({ "syscall": name, "args": [none] })]
        }
        "ioctl" => {
            let args: Vec<Value> =
                TYPES.iter().map(|request| argument(1, json!("ne"), *request)).collect();
            vec![json!({ "syscall": name, "args": args })]
        }
        "socket" | "socketpair" => {
            let families = FAMILIES.iter().filter(|(family, _)| call.has(family));
            families
                .map(|(_, number)| json!({ "syscall": name, "args": [argument(0, json!("eq"), *number)] }))
                .collect()
        }
        _ => vec![json!({ "syscall": name })],
    }
}
