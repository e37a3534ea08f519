//! What is kept secret: sealed values by name. This store cannot read them.

use rusqlite::params;

use crate::meta::at_most;
use crate::pools::{signed_len, tallied, tally};
use crate::row::signed;
use crate::{Store, StoreError};

/// Bytes of the name of a sealed value.
pub const MAX_SECRET_NAME_LEN: usize = 128;

/// Bytes of a sealed value: the state of a room of 64, several times.
pub const MAX_SECRET_LEN: usize = 4 << 20;

/// A change to a sealed value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its name, up to [`MAX_SECRET_NAME_LEN`] bytes.
    pub name: Vec<u8>,
    /// What it is from now on, up to [`MAX_SECRET_LEN`] bytes; none takes it away.
    pub sealed: Option<Vec<u8>>,
}

/// A sealed value with its name.
pub type NamedSecret = (Vec<u8>, Vec<u8>);

/// Says nothing of names, which are of people.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("len", &self.sealed.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Sets sealed values, all of them or none.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] when a name or a value is too long, or there would be more than
    /// [`Config::secrets`](crate::Config::secrets); otherwise when the file cannot be written.
    pub fn set_secrets(&mut self, secrets: &[Secret]) -> Result<(), StoreError> {
        for secret in secrets {
            at_most("bytes of a name", secret.name.len(), MAX_SECRET_NAME_LEN)?;
            let len = secret.sealed.as_ref().map_or(0, Vec::len);
            at_most("bytes of a secret", len, MAX_SECRET_LEN)?;
        }
        let most = self.config().secrets;
        self.all_or_nothing(|store| {
            let fits = store.write(|db, config, _| {
                for secret in secrets {
                    let gone = db
                        .prepare_cached("DELETE FROM secret WHERE name = ?1")?
                        .execute([&secret.name])?;
                    tally(db, "secret", -signed_len(gone))?;
                    if let Some(sealed) = &secret.sealed {
                        db.prepare_cached("INSERT INTO secret (name, value) VALUES (?1, ?2)")?
                            .execute(params![secret.name, sealed])?;
                        tally(db, "secret", 1)?;
                    }
                }
                Ok(tallied(db, "secret")? <= signed(config.secrets))
            })?;
            fits.then_some(()).ok_or(StoreError::TooMany {
                what: "secrets",
                most,
            })
        })
    }

    /// All sealed values whose names begin so, in the order of their names.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn secrets(&self, prefix: &[u8]) -> Result<Vec<NamedSecret>, StoreError> {
        self.read(|db| {
            let mut found =
                db.prepare_cached("SELECT name, value FROM secret WHERE name >= ?1 ORDER BY name")?;
            let rows = found.query_map([prefix], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
            })?;
            let starts = |name: &[u8]| name.starts_with(prefix);
            let mut secrets = Vec::new();
            for row in rows {
                let (name, value) = row?;
                if !starts(&name) {
                    break;
                }
                secrets.push((name, value));
            }
            Ok(secrets)
        })
    }
}
