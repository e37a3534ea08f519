#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is who can read what is said in a private room. It knows no sockets,
//! disks or clocks, and not how direct messages are sealed: it gives out what is to be carried in
//! them, and is told what came in them.
//!
//! In reading order:
//!
//! - [`Groups`] is the machine: [`Input`] in, [`Output`] and [`Row`]s out. [`Config`] holds its bounds,
//!   [`Refusal`] says why something that was asked for is not done, [`RestoreError`] why rows cannot be
//!   read back.
//! - [`RoomView`] is a room as it is shown: its [`RoomKind`], our [`RoomState`], its [`Member`]s.
//! - [`RoomOpened`] is what somebody said; only what came out of a seal becomes one. [`RoomEvent`] tells
//!   what has changed, [`SecurityEvent`] what no honest node does.
//! - [`PassphraseRoom`] is a room whose members share a secret; [`WeakPassphrase`],
//!   [`strength_bits`] and [`MIN_STRENGTH_BITS`] say which are refused.
//! - [`ops`] are the signed operations that membership comes from, and [`wire`] the kinds of direct
//!   messages they travel in: for tests that play dishonest members.

#![warn(clippy::indexing_slicing, clippy::as_conversions)]

mod config;
mod context;
mod groups;
mod held;
mod input;
mod keys;
mod membership;
mod output;
mod passphrase;
mod room;
mod rows;
mod shared;
mod view;
pub mod wire;

/// Signed operations on the membership of a room.
pub mod ops {
    pub use crate::membership::{Action, Op, OpError, OpId, SignedOp};
}

pub use config::{
    Config, MAX_BODY_LEN, MAX_LEAVES, MAX_MEMBERS, MAX_OP_LEN, MAX_PARENTS, MAX_SHARED_KEYS,
};
pub use groups::{Groups, RestoreError};
pub use input::Input;
pub use output::{Output, Refusal, RoomEvent, RoomOpened, SecurityEvent};
pub use passphrase::{MIN_STRENGTH_BITS, PassphraseRoom, WeakPassphrase, strength_bits};
pub use rows::Row;
pub use view::{Member, RoomKind, RoomState, RoomView};
