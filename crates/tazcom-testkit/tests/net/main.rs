//! What the emulated network does to a program, seen by a program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod closing;
mod connecting;
mod crashes;
mod crossing;
mod partitions;
mod stage;
mod tap;
