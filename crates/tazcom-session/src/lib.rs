#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is how two nodes come to trust a connection and what travels on it
//! then. No other crate names `snow` or a cipher. It knows no sockets and no rooms, and looks into
//! no payload. Nothing in it can be made to panic, to wait or to grow by what a peer sends.
//!
//! In reading order:
//!
//! - [`limits`]: the numbers, each with its reason. [`Config`] has those that a node may set for
//!   itself, [`PREAMBLE`] is what a connection begins with.
//! - [`Local`]: who we are, by an identity and the [`StaticKey`] of the day.
//! - [`Initiator`] and [`Responder`] start a [`Handshake`]. It takes [`Input`]s, puts out
//!   [`HandshakeOutput`]s and fails with a [`HandshakeError`].
//! - [`Session`] is what [`Handshake::finish`] makes of it. It takes [`Input`]s and [`Command`]s,
//!   puts out [`SessionOutput`]s, among them [`Event`]s, and has one [`End`]: a [`ByeCode`], or a
//!   [`SessionError`]. [`SendError`] says why a command was not carried out.
//! - [`Caps`] of [`Cap`]s and a [`Welcome`] are what ends tell each other at the start;
//!   [`PayloadKind`] is what a payload belongs to.
//! - [`Role`] and [`ChannelBinding`]: which end, and the name both ends have for one session.
//! - [`FrameError`], [`BodyError`], [`CborError`], [`CapsError`], [`NameTooLong`]: what can be
//!   wrong with bytes.
//!
//! # Driving it
//!
//! One mutation, then drain: `handle(now, input)` or `command(now, command)`, then `poll_output`
//! until it waits or says something final. Deadlines are state: when the instant waited for comes,
//! hand in [`Input::Timeout`]. All of it is the same for [`Handshake`] and [`Session`].
//!
//! # Features
//!
//! Two that are not part of the interface: `__fuzz` opens handshakes without cryptography to the
//! fuzz targets, `__bench` bare ones to the bench.

#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::as_conversions))]

#[cfg(feature = "__bench")]
pub mod benching;
#[cfg(feature = "__fuzz")]
pub mod fuzzing;
pub mod limits;

mod binding;
mod handshake;
mod input;
mod session;
mod static_key;
mod suite;
mod wire;

pub use binding::{ChannelBinding, Role};
pub use handshake::{Handshake, HandshakeError, HandshakeOutput, Initiator, Local, Responder};
pub use input::Input;
pub use limits::{Config, PREAMBLE};
pub use session::{Command, End, Event, SendError, Session, SessionError, SessionOutput};
pub use static_key::StaticKey;
pub use tazcom_proto::cbor::CborError;
pub use wire::body::{BodyError, ByeCode, NameTooLong, PayloadKind, Welcome};
pub use wire::caps::{Cap, Caps, CapsError};
pub use wire::frame::FrameError;
