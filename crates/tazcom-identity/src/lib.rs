#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is what an Ed25519 key looks like to the rest of TAZCOM: how it is
//! written as text, how it is kept on disk, and when a signature counts. No other crate names the
//! curve. It knows no sockets, frames or nicknames.
//!
//! In reading order:
//!
//! - [`NodeId`]: who a node is, its public key. [`ShortId`] is the part people see in names. Both
//!   are text in one way only; [`ParseNodeIdError`] tells what was wrong with a text.
//! - [`SecretKey`] signs, [`Signature`] is the result, [`NodeId::verify`] judges it and
//!   [`SignatureError`] says why it did not count. [`EntropyError`]: no key could be drawn.
//! - [`DataDir`]: the directory one running node owns, held by a lock. [`DataDirError`].
//! - [`key_file`]: the file `node.key` in it, for those who need it without the directory.
//!   [`KeyFileError`] names the file and the command that mends it.
//! - [`private_file`]: how such files are opened and written, for crates that keep others.
//! - [`Pins`]: whom a node has met in a session, kept in `peers.pins`. [`PinsError`] names the file
//!   and the [`BadLine`].

pub mod key_file;
pub mod private_file;

mod data_dir;
mod draft;
mod node_id;
mod pins;
mod secret_key;
mod shell;
mod signature;

pub use data_dir::{DataDir, DataDirError};
pub use key_file::{KeyFileError, KeyFormatError};
pub use node_id::{NodeId, ParseNodeIdError, ShortId};
pub use pins::{BadLine, Pins, PinsError};
pub use secret_key::{EntropyError, SecretKey};
pub use signature::{Signature, SignatureError};
