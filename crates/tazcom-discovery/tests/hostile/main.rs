//! Hostile neighbours: mutated packets, floods, forgeries. Through the engine's public door.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod duel;
mod flood;
mod forgery;
mod mutation;
mod victim;
