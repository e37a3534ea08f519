//! Opens what is kept: finishes a wipe that was cut off, asks for the passphrase if there is one.

use std::path::Path;

use tazcom_identity::{DataDir, DataDirError, SecretKey};
use tazcom_node::vault::{self, State, Vault};

use crate::exit_code::Failure;
use crate::{logging, secret};

/// The key and the vault of a data directory that is held.
pub(crate) fn unlock(held: &DataDir) -> Result<(SecretKey, Vault), Failure> {
    finish_wipe(held.path())?;
    let vault = open(held.path())?;
    let key = vault.load_identity(held.path())?;
    Ok((key, vault))
}

/// Takes a directory for something that no node may run beside.
pub(crate) fn alone(dir: &Path, what: &str) -> Result<DataDir, Failure> {
    match DataDir::open(dir) {
        Err(DataDirError::InUse { .. }) => Err(Failure::from(anyhow::anyhow!(
            "a node runs on {}; end it first, then {what}",
            dir.display()
        ))),
        result => Ok(result?),
    }
}

/// Opens the vault of a directory.
pub(crate) fn open(dir: &Path) -> Result<Vault, Failure> {
    let passphrase = match Vault::state(dir)? {
        State::Locked => Some(secret::passphrase()?),
        _ => None,
    };
    Ok(Vault::open(dir, passphrase.as_ref())?)
}

/// A wipe that was cut off goes on before anything else is done.
pub(crate) fn finish_wipe(dir: &Path) -> Result<(), Failure> {
    if vault::resume_wipe(dir)?.is_some() {
        logging::remark(vec![
            "a wipe that was cut off has been finished; this is a new beginning".to_owned(),
        ]);
    }
    Ok(())
}
