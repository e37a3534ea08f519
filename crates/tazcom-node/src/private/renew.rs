//! Going on under another id.
//!
//! The announcement is sealed and kept before the key is replaced, and published by the first node that
//! starts with the new one: wherever this is cut off, either nothing has happened or all of it will.

use std::path::Path;
use std::time::SystemTime;

use tazcom_identity::SecretKey;
use tazcom_proto::{
    Content, Draft, DraftError, Envelope, Hlc, Scope, UnixMillis, VerifiedEnvelope, succession_text,
};
use tazcom_store::{Config, Secret, Store, StoreError};
use tazcom_vault::{Vault, VaultError};

use super::STATE;

/// How the names of rows with announcements begin; behind it stands the id that is announced. There are
/// several when a node was renewed again before it ran.
pub(super) const ROWS: &[u8] = b"renew/";

/// What is of the old id alone: nobody can open with the new one what was sealed to the old.
pub(super) const OF_THE_OLD: [&[u8]; 3] = [b"direct/", b"group/", b"trust/own"];

/// Why an id was not renewed. It is what it was, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenewError {
    /// The disk did not take the announcement.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key could not be replaced. Which of the two there is shows `tazcom-cli id`.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The announcement cannot be signed.
    #[error("the succession cannot be signed: {0}")]
    Unsignable(#[from] DraftError),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Entropy,
}

/// Gives the node of a data directory, which must not run, another id: a new key takes the place of the
/// old one, which is destroyed, and whoever knew the old id is told when it runs again, by a statement
/// that both have signed. Rooms that are private have to be entered anew.
///
/// # Errors
/// [`RenewError`].
pub fn renew(directory: &Path, old: &SecretKey, vault: &Vault) -> Result<SecretKey, RenewError> {
    let new = SecretKey::generate().map_err(|_| RenewError::Entropy)?;
    let announcement = announcement(old, &new)?;
    let row = [ROWS, new.node_id().as_bytes().as_slice()].concat();
    let sealed = vault.sealer(STATE).seal(&row, announcement.bytes());
    let mut store = Store::open(directory, Config::lan())?;
    store.set_secrets(&[Secret {
        name: row,
        sealed: Some(sealed),
    }])?;
    drop(store);
    vault.replace_identity(directory, &new)?;
    Ok(new)
}

fn announcement(old: &SecretKey, new: &SecretKey) -> Result<VerifiedEnvelope, DraftError> {
    let next = new.node_id();
    let signature = new.sign(&succession_text(&old.node_id(), &next));
    let now = UnixMillis::from(SystemTime::now());
    let hlc = Hlc {
        millis: now,
        counter: 0,
    };
    let content = Content::Succession { next, signature };
    Draft::new(Scope::Mesh, content, hlc, now).sign(old)
}

/// What the row says: an announcement that its author has signed.
pub(super) fn read(bytes: &[u8]) -> Option<VerifiedEnvelope> {
    let envelope = Envelope::decode(bytes::Bytes::copy_from_slice(bytes)).ok()?;
    envelope.verify().ok()
}
