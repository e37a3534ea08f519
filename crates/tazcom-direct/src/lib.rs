#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is how words for one person are sealed, kept until they have arrived,
//! and opened once. It is pure: it knows no network and no disk, and reads no clock. Nothing in it can
//! be made to panic, to wait or to grow past its bounds by what somebody sends.
//!
//! In reading order:
//!
//! - [`Config`]: the numbers, each with its reason.
//! - [`Direct`] is the machine. It takes [`Input`]s, is drained of [`Output`]s and of [`Row`]s, and is
//!   made again from those ([`RestoreError`]).
//! - [`Opened`] is a message that came out of a ratchet; nothing else makes one. [`Fate`] is what became
//!   of one that was sent, [`Refusal`] why one was not taken.
//! - [`SecurityEvent`] is what somebody tried, [`Counts`] how often.
//!
//! # Driving it
//!
//! [`Direct::handle`], once or several times, then [`Direct::poll_output`] until there is none, and
//! [`Direct::take_rows`]. Rows and outputs belong together: the envelopes made of [`Output::Publish`]
//! and the rows are written in one transaction, and only then is anything carried out. When that cannot
//! be done the machine is thrown away with its outputs and restored from the rows that are on the disk:
//! so no key of a message is ever used for two of them, and no message is lost.
//!
//! # What is sealed, and with what
//!
//! Ratchets are Olm's double ratchet, as `vodozemac` has it. The bytes of an envelope are one byte for
//! the type of message (0 begins a ratchet, 1 does not) and the message. What could not be opened is
//! named by the BLAKE3 of these bytes: the machine does not sign, so it does not know the envelopes.

#![warn(clippy::indexing_slicing, clippy::as_conversions)]

mod aside;
mod bundle;
mod config;
mod direct;
mod event;
mod io;
mod outbox;
mod own_keys;
mod peer;
mod ratchet;
mod row;
mod seen;
mod wire;

pub use config::Config;
pub use direct::Direct;
pub use event::{Counts, SecurityEvent};
pub use io::{Fate, Input, Opened, Output, Refusal};
pub use row::{RestoreError, Row};
