//! The key of the node, in the form that fits the vault.

use std::path::Path;

use tazcom_identity::key_file::{self, Stored};
use tazcom_identity::{KeyFileError, SecretKey};

use super::{Vault, VaultError};
use crate::remains::Remains;

const CONTEXT: &str = "node.key";
const NAME: &[u8] = b"signing_key";

impl Vault {
    /// The key in `node.key`; a new one when there is no such file. In a vault with a passphrase the
    /// file holds no readable key, in one without it is the file that there always was.
    ///
    /// A file in the other form is put into the one that fits: what a change of the passphrase that was
    /// cut off has left, or a key that was there before.
    ///
    /// # Errors
    /// [`VaultError`]. No new identity is made behind the owner's back.
    pub fn load_identity(&self, dir: &Path) -> Result<SecretKey, VaultError> {
        let path = dir.join(key_file::FILE_NAME);
        match key_file::load_stored(&path) {
            Ok(Stored::Plain(key)) => {
                if self.is_locked {
                    self.store_identity(&path, &key)?;
                }
                Ok(key)
            }
            Ok(Stored::Locked(sealed)) => {
                let key = self.open_identity(&path, &sealed)?;
                if !self.is_locked {
                    self.store_identity(&path, &key)?;
                }
                Ok(key)
            }
            Err(KeyFileError::NotFound { .. }) => {
                let key = SecretKey::generate()?;
                match self.is_locked {
                    true => key_file::create_locked(&path, &self.seal_identity(&key))?,
                    false => key_file::create(&path, &key)?,
                }
                Ok(key)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Puts another key in the place of the one in `dir`, which is destroyed. After a power loss the one
    /// is there or the other, whole. For a directory that is held.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the disk does not take it.
    pub fn replace_identity(&self, dir: &Path, key: &SecretKey) -> Result<(), VaultError> {
        let path = dir.join(key_file::FILE_NAME);
        let remains = Remains::of(&path);
        self.store_identity(&path, key)?;
        // What could not be written over has no name any more; nothing else can be done.
        let _ = remains.overwrite();
        Ok(())
    }

    /// Puts the key that is in the file there in the form that fits.
    pub(crate) fn store_identity(&self, path: &Path, key: &SecretKey) -> Result<(), VaultError> {
        let sealed = self.is_locked.then(|| self.seal_identity(key));
        match sealed {
            Some(sealed) => {
                let remains = Remains::of(path);
                key_file::replace(path, &Stored::Locked(sealed))?;
                // What could not be written over has no name any more; nothing else can be done.
                let _ = remains.overwrite();
            }
            None => {
                let key = SecretKey::from_seed(*key.expose_seed());
                key_file::replace(path, &Stored::Plain(key))?;
            }
        }
        Ok(())
    }

    fn seal_identity(&self, key: &SecretKey) -> Vec<u8> {
        let seed = key.expose_seed();
        self.sealer(CONTEXT).seal(NAME, seed.as_slice())
    }

    pub(crate) fn open_identity(
        &self,
        path: &Path,
        sealed: &[u8],
    ) -> Result<SecretKey, VaultError> {
        let wrong = || VaultError::Identity {
            path: path.to_owned(),
        };
        let seed = self
            .sealer(CONTEXT)
            .open(NAME, sealed)
            .map_err(|_| wrong())?;
        let seed = seed.as_slice().try_into().map_err(|_| wrong())?;
        Ok(SecretKey::from_seed(seed))
    }
}

/// Refuses a directory where the key is sealed by a vault that is not there.
pub(super) fn refuse_orphan(dir: &Path) -> Result<(), VaultError> {
    match key_file::load_stored(&dir.join(key_file::FILE_NAME)) {
        Ok(Stored::Locked(_)) => {
            let path = VaultError::path(dir);
            Err(VaultError::Gone { path })
        }
        // What is wrong with it is told when it is needed.
        Ok(Stored::Plain(_)) | Err(_) => Ok(()),
    }
}
