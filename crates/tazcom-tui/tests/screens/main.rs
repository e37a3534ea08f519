//! Every screen as it is drawn, at three sizes, without colours and with them.
//!
//! A test brings the chat into a state through what it takes from its user and its node, draws it, and
//! compares it with the file of its name in `tests/snapshots`. After a change that is wanted,
//! `UPDATE_SNAPSHOTS=1` writes the files anew; they are to be read before they are kept.

mod any;
mod chat;
mod looks;
mod over;
mod people;
mod places;
mod said;
mod snapshot;
mod trouble;
