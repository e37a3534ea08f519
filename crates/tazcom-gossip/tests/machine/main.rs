//! One machine, and peers that are authenticated and mean well or harm.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod clocks;
mod envelopes;
mod floods;
mod frames;
mod holes;
mod links;
mod paths;
mod repair;
mod told;
mod victim;
