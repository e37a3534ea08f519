#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! The one secret of this crate is how secrets lie on the disk, and how they go from it. It seals bytes
//! for others and is told nothing about them; it knows no networks and no databases.
//!
//! In reading order:
//!
//! - [`Vault`] holds the master key of a data directory: opened with a [`Passphrase`] or without,
//!   [`State`] says which. [`VaultError`] says what is wrong and what to do; [`PassphraseError`].
//! - [`Sealer`] seals and opens values with a key of its own; [`OpenError`].
//! - [`change_passphrase`] sets, changes and takes away a passphrase. [`Cost`] is what guessing one costs.
//! - [`wipe`] removes everything that this program keeps: [`Wiped`], [`WipeError`]; [`wipe_begun`] and
//!   [`resume_wipe`] are for one that was cut off.
//! - [`harden_process`] keeps secrets out of core dumps: [`HardenFailure`].

#![warn(clippy::indexing_slicing, clippy::as_conversions)]

mod change;
mod cost;
mod harden;
mod passphrase;
mod remains;
mod sealer;
mod vault;
mod wipe;

pub use change::{change_passphrase, change_passphrase_at};
pub use cost::Cost;
pub use harden::{HardenFailure, harden_process};
pub use passphrase::{Passphrase, PassphraseError};
pub use sealer::{OpenError, Sealer};
pub use vault::{FILE_NAME, State, Vault, VaultError};
pub use wipe::{WipeError, Wiped, resume_wipe, wipe, wipe_begun};
