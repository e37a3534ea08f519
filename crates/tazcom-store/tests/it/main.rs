//! The store through its public doors.

#![expect(clippy::unwrap_used, reason = "a test fails where it goes wrong")]

mod crash;
mod disk;
mod keeping;
mod model;
mod people;
mod private;
mod reading;
mod rooms;
mod searching;
mod thread;
mod transfer;
