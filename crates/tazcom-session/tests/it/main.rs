//! Two ends of a session, in virtual time and without a network, through the public door.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod frames;
mod handshake;
mod identity;
mod lifetime;
mod pair;
mod privacy;
mod properties;
mod transcripts;
