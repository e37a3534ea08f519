#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is the disk: which files there are, what is in them, when it is
//! flushed and when it goes. It is the only one that names SQLite. It knows nobody who is there, and
//! shows nothing to anybody.
//!
//! In reading order:
//!
//! - [`Store`]: open files, and what can be done with them. [`StoreError`] is told to a person.
//! - [`Config`]: how much is kept and for how long, in [`Quota`]s and [`Retention`]s.
//! - [`Store::put`] takes [`Incoming`] messages; [`Put`] says what became of them, by [`Outcome`] and
//!   [`Refusal`]. [`Store::expire`] forgets in time: [`Expired`].
//! - [`Store::index`] lists what is [`Held`], [`Store::get`] has it by id: [`Got`].
//! - [`Store::history`] answers a [`Query`] with a [`Page`] of [`Message`]s, searches included.
//! - [`Store::rooms`], [`Store::names`], [`Store::receipts`], [`Store::places`]: what follows from the
//!   messages. [`Room`], [`LastPlace`].
//! - [`Store::remember_peer`] and [`Store::set_meta`] keep what is no message: [`RememberedPeer`].
//! - [`Store::set_secrets`] and [`Store::say`] keep what was sealed before it came here: [`Secret`],
//!   [`Said`]; [`Store::unopened`] has the messages that wait to be opened.
//! - [`Store::export`] and [`Store::import`]: the data is the user's. [`ImportLines`] believes nothing
//!   but signatures; [`Imported`], [`BadLine`].
//! - [`StoreThread`] and its [`StoreHandle`]: all of this beside other work, in groups that are
//!   committed together.

#![warn(clippy::indexing_slicing, clippy::as_conversions)]

mod config;
mod error;
mod expire;
mod export;
mod files;
mod held;
mod history;
mod import;
mod meta;
mod peers;
mod pools;
mod put;
mod receipts;
mod rooms;
mod row;
mod said;
mod schema;
mod search;
mod secrets;
mod state;
mod store;
mod thread;
mod words;

pub use config::{Config, Quota, Retention};
pub use error::{SET_ASIDE_OPTION, StoreError, SubmitError};
pub use expire::{EXPIRE_STEP, Expired};
pub use held::{Got, Held};
pub use history::{MAX_PAGE, Message, Moment, OrderKey, Page, Query};
pub use import::{
    BadLine, BadLineReason, ImportLines, Imported, MAX_BAD_LINES, MAX_IMPORT_LINE_LEN,
};
pub use meta::{MAX_META_LEN, MAX_META_NAME_LEN};
pub use peers::RememberedPeer;
pub use put::{Incoming, Outcome, Put, Refusal};
pub use rooms::{LastPlace, MAX_LISTED_ROOMS, Room};
pub use said::{MAX_SAID_LEN, MAX_TALK_NAME_LEN, Said, SaidKey, SaidPage, StoredTalk};
pub use search::MAX_SEARCH_LEN;
pub use secrets::{MAX_SECRET_LEN, MAX_SECRET_NAME_LEN, NamedSecret, Secret};
pub use store::Store;
pub use thread::{Done, StoreHandle, StoreThread};
