#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is how two people make sure of each other, and what is remembered of
//! it. It is pure: time, frames and what people say go in, and what is to be sent, shown and kept comes
//! out. No other crate names the word list, the codes for cameras or the keys that are compared.
//!
//! In reading order:
//!
//! - [`Book`] remembers who is who: a [`Level`] for each [`Person`], who goes on under which id
//!   ([`Succeeded`], [`SuccessionError`]) and whose id is not to be trusted any more ([`Revoked`],
//!   [`RevocationError`]). [`Row`] is what it keeps, [`BookError`] and [`RestoreError`] what can go wrong.
//!   [`How`] says how somebody was verified.
//! - [`Verifications`] compares emoji with people in a session: [`Input`], [`Output`], [`Sas`],
//!   [`Emoji`], [`Failure`].
//! - [`words`] are twelve words of an id, to be read aloud.
//! - [`uri`] is an id as it is typed and scanned, with characters that find a slip; [`qr`] draws it.
//!
//! # What it does not do
//!
//! A person is asked, never guessed: nothing in here makes somebody [`Level::Verified`] but
//! [`Book::verify`], which is to be called when a person has compared.

#![warn(clippy::indexing_slicing, clippy::as_conversions)]

pub mod qr;
pub mod uri;
pub mod words;

mod book;
mod row;
mod sas;

pub use book::{
    Book, BookError, How, Level, Person, RestoreError, RevocationError, Revoked, Succeeded,
    SuccessionError,
};
pub use row::Row;
pub use sas::{Emoji, Failure, Input, Output, Sas, Verifications};
