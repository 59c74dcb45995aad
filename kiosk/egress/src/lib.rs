//! What kiosk-egress understands of what a client sends, and what it decides by it: request, place,
//! address. A library only so that the fuzz targets reach the very code the program runs;
//! everything with a socket of its own is the program's.
//!
//! Never: I/O beyond reading one request head from the stream it is given.

#![forbid(unsafe_code)]

pub mod address;
pub mod request;
pub mod target;
