//! The engine on an emulated LAN in virtual time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(clippy::print_stderr, reason = "a baseline is recorded from there")]

mod behaviour;
mod scale;
mod world;
