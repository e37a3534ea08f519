#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is the screen. In reading order:
//!
//! - [`Config`] is how it begins, [`Settings`] what the user has chosen, [`Kept`] what is kept until the
//!   next time ([`KeptConversation`], [`Theme`], [`Bell`]).
//! - [`App`] is the machine: it takes an [`Input`] at a time ([`Now`]), and is drained of [`Output`]s.
//! - [`News`] is what it is told: [`Said`], [`Fate`], [`Status`], [`Conversation`], [`Note`] and others, in a
//!   [`Place`]. [`Ask`] is what it wants of the node, [`Answer`] what comes back.
//! - [`draw`] shows it.
//! - [`Terminal`] is the real one: it gives keys, and is always left as it was found.

#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::as_conversions))]

mod app;
mod ask;
mod io;
mod model;
mod news;
mod place;
mod settings;
mod terminal;
mod view;

pub use app::App;
pub use ask::{ANSWER_DEADLINE, Answer, Ask};
pub use io::{Input, Now, Output};
pub use news::{
    Comparison, Conversation, Fate, Member, News, NotVerified, Note, Order, Presence, Present,
    Said, SaidId, Standing, Status, Trust, Weight,
};
pub use place::{Place, PlaceError};
/// The terminal's words.
pub use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};
pub use settings::{Bell, Config, Kept, KeptConversation, Settings, Theme};
pub use terminal::{Happening, Tell, Terminal, restore};
pub use view::draw;
