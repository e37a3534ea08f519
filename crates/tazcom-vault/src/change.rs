//! Setting, changing and taking away a passphrase.

use std::path::Path;

use tazcom_identity::KeyFileError;
use tazcom_identity::key_file::{self, Stored};

use crate::Passphrase;
use crate::cost::Cost;
use crate::remains::Remains;
use crate::vault::{self, FILE_NAME, Vault, VaultError};

/// Opens the vault in `dir` with `old` and seals it under `new`, at the usual [`Cost`]; the same for the
/// key of the node. Where there is no vault, one is made.
///
/// What the vault seals stays as it is: only its key is sealed anew. Whoever had the files *and* the old
/// passphrase, or the files before there was one, can still read it. After a power cut the old holds or
/// the new, and the node's key can be read with whichever it is.
///
/// # Errors
/// [`VaultError`]; the old holds then, unless the disk refused after the new was written.
pub fn change_passphrase(
    dir: &Path,
    old: Option<&Passphrase>,
    new: Option<&Passphrase>,
) -> Result<(), VaultError> {
    change_passphrase_at(dir, old, new, Cost::lan())
}

/// As [`change_passphrase`], at another cost, which stays until the next change.
///
/// # Errors
/// As for [`change_passphrase`].
pub fn change_passphrase_at(
    dir: &Path,
    old: Option<&Passphrase>,
    new: Option<&Passphrase>,
    cost: Cost,
) -> Result<(), VaultError> {
    change(dir, old, new, cost, &mut |_| {})
}

/// Steps after each of which the power may be cut.
///
/// The key of the node is readable for whoever has the files, or it is sealed by a vault that is locked:
/// the state between two of them is a sealed key and a vault that is open, which protects nothing and
/// loses nothing. [`Vault::load_identity`] ends it.
fn change(
    dir: &Path,
    old: Option<&Passphrase>,
    new: Option<&Passphrase>,
    cost: Cost,
    reached: &mut dyn FnMut(&'static str),
) -> Result<(), VaultError> {
    let mut vault = Vault::open(dir, old)?;
    reached("there is a vault");
    let header = vault.seal(dir, new, cost)?;
    let key_path = dir.join(key_file::FILE_NAME);
    let key = match key_file::load_stored(&key_path) {
        Ok(Stored::Plain(key)) => Some(key),
        Ok(Stored::Locked(sealed)) => Some(vault.open_identity(&key_path, &sealed)?),
        Err(KeyFileError::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    vault.set_locked(new.is_some());
    if let (Some(key), true) = (&key, new.is_some()) {
        vault.store_identity(&key_path, key)?;
        reached("the key is sealed");
    }
    let remains = Remains::of(&dir.join(FILE_NAME));
    vault::write(dir, &header)?;
    reached("the vault is written");
    // What could not be written over has no name any more; nothing else can be done.
    let _ = remains.overwrite();
    reached("what was there before is written over");
    if let (Some(key), false) = (&key, new.is_some()) {
        vault.store_identity(&key_path, key)?;
        reached("the key is readable");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
