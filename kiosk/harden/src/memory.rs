//! Memory that is given back is zeroised, in every program that links this crate: what parsers, TLS
//! and HTTP copy of a PIN or a ticket on its way is in nobody's hands to overwrite. `Secret`
//! overwrites the rest.

use std::alloc::System;
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ZEROISING: ZeroAlloc<System> = ZeroAlloc(System);
