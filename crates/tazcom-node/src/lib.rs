#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! This crate composes and nothing else: what [`tazcom_discovery`] sees, [`tazcom_net`] is told
//! of and greets; whom the network cannot reach, discovery looks for again; and whoever subscribes
//! hears of both. A single task, the run loop, does all of it. It knows no terminal, no files and
//! no packets.
//!
//! In reading order:
//!
//! - [`Node::builder`] and [`Builder`] say what the node shall be, [`Backend`] how it finds others;
//!   [`Builder::start`] makes it one, or says why not: [`StartError`].
//! - [`Node`] is the handle: who it is, where it listens, whom it knows and how far it has got with
//!   each ([`Contact`], [`Announced`], [`Reach`]). [`Node::shutdown`] ends it with a
//!   [`ShutdownReport`].
//! - [`SessionInfo`], [`Role`], [`DownReason`] and [`PingError`] are the network's words for
//!   sessions.
//! - [`Node::events`] gives [`Events`], a bounded stream of [`Event`], one closed enum; what goes
//!   wrong is a [`Warning`]. [`Tried`] is what a node that sees nobody has tried.
//! - [`Roster`] keeps the promise that events add up: a view of who is there, and the steps from
//!   one such view to the next.

mod around;
mod builder;
mod contact;
mod converse;
mod event;
mod feed;
mod keep;
mod node;
mod private;
mod reach;
mod roster;
mod run;
mod talk;
mod translate;

pub use around::Present;
pub use builder::{Backend, Builder, StartError};
pub use contact::{Announced, Contact, Reach};
pub use converse::{History, Imported, TalkError, set_aside_store};
pub use event::{Event, Part, Tried, Warning};
pub use feed::{EVENT_CAPACITY, Events};
pub use keep::MAX_KEPT_LEN;
pub use node::{Node, ShutdownReport};
pub use private::{
    Fate, KeptTalk, PrivateError, PrivateEvent, PrivateHistory, PrivateLine, PrivateRoom,
    RenewError, RestoreError, RoomChange, Talk, Told, renew,
};
pub use roster::Roster;
pub use run::ALONE_AFTER;
pub use talk::{RoomState, Storage};
/// The words in which this crate speaks of the conversation.
pub use tazcom_chat::{
    self as chat, By, ChatEvent, DisplayName, DisplayText, FindError, Line, Missing, Position,
    Reached, Refusal,
};
pub use tazcom_gossip::Traced;
pub use tazcom_group::{RoomKind, RoomState as PrivateRoomState};
pub use tazcom_net::{DownReason, PingError, Role, SessionInfo};
pub use tazcom_proto::inner::{InnerId, SealedRoomId};
pub use tazcom_proto::limits::MAX_TEXT_LEN;
pub use tazcom_proto::{
    Hlc, Kind, MessageId, PROTOCOL_VERSION, RoomName, RoomNameError, UnixMillis,
};
pub use tazcom_session::limits::MAX_NAME_LEN;
pub use tazcom_store::{BadLine, MAX_BAD_LINES, Moment, Query, Room, SaidKey, StoreError};
pub use tazcom_trust::{self as trust, Level, Person};
pub use tazcom_vault::{self as vault, Vault};
