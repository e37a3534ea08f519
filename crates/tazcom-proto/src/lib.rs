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
//!   [`is_treacherous`] tells which characters are not for a terminal.
//! - [`Envelope`] is what people say, as it travels: [`Draft::sign`] makes one, [`Envelope::decode`]
//!   reads one, [`Envelope::verify`] makes it a [`VerifiedEnvelope`]. [`Content`], [`Kind`],
//!   [`Scope`] and [`Place`] are what is in it; [`MessageId`], [`RoomName`], [`Hlc`] and
//!   [`UnixMillis`] its words.
//! - [`mesh`] is what neighbours in the broadcast tree say, in payloads of kind Gossip; [`sync`] is how
//!   they compare what they have and fill each other's gaps, in payloads of kind Sync. [`PayloadError`]
//!   says what can be wrong with either.
//! - [`inner`] is what people say in private, before it is sealed; [`direct`] is what two nodes in a
//!   session say to each other about that, in payloads of kind Direct.
//! - [`cbor`] is the encoding of values, one and no other.

#![warn(clippy::indexing_slicing, clippy::as_conversions)]

pub mod cbor;
pub mod direct;
pub mod inner;
pub mod limits;
pub mod mesh;
pub mod sync;

mod clock;
mod envelope;
mod line;
mod message_id;
mod payload;
mod peer_text;
mod reply;
mod request;
mod room;

pub use clock::{Hlc, UnixMillis};
pub use envelope::{
    Content, Draft, DraftError, Envelope, EnvelopeError, Kind, Place, Scope, Seal,
    VerifiedEnvelope, VerifyError, succession_text,
};
pub use limits::{LEGACY_VERSION, MAX_LINE_LEN, MAX_PEER_TEXT_LEN, PROTOCOL_VERSION};
pub use line::{LineDecoder, LineError};
pub use message_id::{MessageId, ParseMessageIdError};
pub use payload::PayloadError;
pub use peer_text::{PeerText, is_treacherous};
pub use reply::{Reply, ReplyError};
pub use request::{Hello, Request, RequestError};
pub use room::{RoomName, RoomNameError};
