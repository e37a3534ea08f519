#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is how envelopes reach everybody and how gaps are repaired. No other
//! crate names `iroh-gossip` or `negentropy`. It knows no sockets, passes on addresses without looking
//! at them, and does not care what a message says.
//!
//! In reading order:
//!
//! - [`Gossip`] is the machine. [`Held`] is what it must know of each message in the store.
//! - [`Input`] is what it is told, on which [`Channel`] and with which [`Backlog`]; [`Output`] is what
//!   it wants done, how urgently ([`Class`]) and why ([`By`], [`CloseReason`], [`Skew`], [`Traced`]).
//! - [`Config`] has every limit, by name, in its parts: [`Tree`], [`Links`], [`SessionRates`],
//!   [`AuthorRates`], [`Window`], [`Repair`], [`Trace`]; a [`Rate`] is a token bucket's.
//! - [`Stats`] counts what was done with what came.
//!
//! # Driving it
//!
//! One mutation, then drain: `handle(now, wall, input)`, then `poll_output` until it waits. When the
//! instant waited for comes, hand in [`Input::Timeout`].
//!
//! # Features
//!
//! One that is not part of the interface: `__sim` lets a machine take signatures for good, for
//! simulations of thousands.

#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::as_conversions))]

mod authors;
mod bucket;
mod clocks;
mod config;
mod held;
mod io;
mod machine;
mod session;
mod stats;
mod tree;

pub use config::{AuthorRates, Config, Links, Rate, Repair, SessionRates, Trace, Tree, Window};
pub use io::{Backlog, By, Channel, Class, CloseReason, Held, Input, Output, Skew, Traced};
pub use machine::Gossip;
pub use stats::Stats;
