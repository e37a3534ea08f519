#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is what exactly crosses the wire, and every limit on it. It is
//! pure: bytes in, values or typed errors out. It knows no sockets, clocks or disks, and nothing
//! in it can be made to panic, recurse or grow by what a peer sends.
//!
//! In reading order:
//!
//! - [`limits`]: the numbers, each with its reason. [`MAX_LINE_LEN`], [`PROTOCOL_VERSION`] and
//!   [`LEGACY_VERSION`] are also here at the top.
//! - [`LineDecoder`] cuts a stream into lines, whatever the chunks; [`LineError`].
//! - [`Request`] is what a client says in a line, today a [`Hello`]; [`RequestError`] tells apart
//!   what it may be instead.
//! - [`Reply`] is what a server answers; [`ReplyError`].
//! - [`PeerText`] is text of a peer made safe to print. Error messages hold no other text.

#![warn(clippy::indexing_slicing, clippy::as_conversions)]

pub mod limits;

mod line;
mod peer_text;
mod reply;
mod request;

pub use limits::{LEGACY_VERSION, MAX_LINE_LEN, MAX_PEER_TEXT_LEN, PROTOCOL_VERSION};
pub use line::{LineDecoder, LineError};
pub use peer_text::PeerText;
pub use reply::{Reply, ReplyError};
pub use request::{Hello, Request, RequestError};
