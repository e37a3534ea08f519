#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is the conversation: what was said in which room, in what order, by
//! whom, what is missing of it, how far our own words got, and how all that is shown without harm. It
//! is pure: it knows no network, no disk and no terminal, and reads no clock. Nothing in it can be made
//! to panic, to wait or to grow past its bounds by what somebody sends.
//!
//! In reading order:
//!
//! - [`Config`]: the numbers, each with its reason; [`ReceiptPolicy`] is for whose messages receipts
//!   are sent.
//! - [`Chat`] is the machine. It begins with what is [`Restored`] (of envelopes that were [`Kept`]),
//!   takes [`Input`]s, among them an [`Arrival`], and is drained of [`Output`]s, among them the
//!   [`Memory`] that is to be kept.
//! - [`ChatEvent`] is what it tells: a [`Line`] with its [`Position`], how much is [`Missing`], a
//!   [`Refusal`]. [`By`] says how a line came.
//! - [`RoomView`] is a room to be looked at.
//! - [`Name`] and [`DisplayName`] are what people are called, [`NameWarning`] what is odd about it,
//!   [`FindError`] why a name leads to nobody.
//! - [`DisplayText`] is what strangers write, made safe. Nothing else of theirs is shown.
//! - [`parse`] reads what a person types into a [`Command`], or says why not ([`SlashError`]);
//!   [`COMMANDS`] explains each ([`CommandHelp`]); some take one of a few words ([`When`], [`Colours`]).
//!
//! # Driving it
//!
//! One mutation, then drain: [`Chat::handle`], then [`Chat::poll_output`] until it waits. Deadlines are
//! state: when the instant waited for comes, hand in [`Input::Timeout`].
//!
//! What we say takes two turns. `Say` puts out [`Output::Publish`]; once that is on disk,
//! [`Input::Published`] makes it a line. So nobody sees as said what a power cut would take back.

#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::as_conversions))]

mod author;
mod bounded;
mod chain;
mod chat;
mod config;
mod display_text;
mod event;
mod gaps;
mod io;
mod line;
mod mention;
mod name;
mod partition;
mod people;
mod profile;
mod reach;
mod receipts;
mod room;
mod slash;
mod timeline;

pub use chat::Chat;
pub use config::{Config, ReceiptPolicy};
pub use display_text::{DisplayText, MAX_DISPLAY_CHARS, MAX_DISPLAY_LINES};
pub use event::{ChatEvent, MAX_COUNTED, Missing, Refusal};
pub use io::{Arrival, Input, Kept, Memory, Output, Restored};
pub use line::{By, Line, Position};
pub use name::{DisplayName, MAX_NAME_CHARS, Name, NameWarning, RESERVED_NAMES};
pub use people::{FindError, MAX_CANDIDATES, MIN_ID_PREFIX};
pub use reach::Reached;
pub use room::RoomView;
pub use slash::{COMMANDS, Colours, Command, CommandHelp, SlashError, When, parse};
