//! The key file: `node.key`, one JSON object that holds the seed.
//!
//! ```json
//! {"signing_key": "<standard base64 of the 32-byte seed>", "created": "<ISO 8601>"}
//! ```
//!
//! This is the file the Python POC-02 writes, and a file it wrote is read as it is. Keys other
//! than `signing_key` are ignored, `created` among them: it is for people, and a machine without
//! a clock writes a wrong one.
//!
//! Under a passphrase the file holds `locked_signing_key` instead: what somebody else sealed, in
//! standard base64. [`load`] refuses it; [`load_stored`] hands it to whoever can open it.
//!
//! Two rules. A file that somebody else can read is refused, with the command that mends it. A file
//! that exists is never overwritten, whatever is in it: the key may be the only copy. The one
//! exception is [`replace`], which puts the same key there in the other form.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::draft::{self, Draft};
use crate::{SecretKey, private_file};

mod error;
mod format;
mod timestamp;

pub use error::{FileKind, KeyFileError};
pub use format::{KeyFormatError, Stored, parse, parse_stored};

/// Name of the key file in a data directory.
pub const FILE_NAME: &str = "node.key";

/// Bytes that are read of a key file. Ours has about 105; the rest is room for unknown keys and
/// for recognising other formats (an OpenSSH Ed25519 key has about 400).
pub const MAX_FILE_LEN: usize = 4096;

/// Bytes of a sealed key: a seed, and all that a cipher may need beside it.
pub const MAX_SEALED_LEN: usize = 1024;

/// Reads the key in the file at `path`.
///
/// The last component of `path` must be a regular file that only its owner can read, not a
/// symbolic link; directories on the way may be links.
///
/// # Errors
///
/// [`KeyFileError`], which names the path and what to do. The file is left as it is.
pub fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    let contents = read(path)?;
    parse(&contents).map_err(|source| KeyFileError::contents(source, path))
}

/// Reads the key in the file at `path`, or what is sealed there.
///
/// # Errors
///
/// As for [`load`], but for a key that is sealed.
pub fn load_stored(path: &Path) -> Result<Stored, KeyFileError> {
    let contents = read(path)?;
    parse_stored(&contents).map_err(|source| KeyFileError::contents(source, path))
}

/// Writes `key` to a new file at `path`, mode 0600.
///
/// The file appears whole or not at all, power loss included: it is written under another name
/// beside `path`, synchronised, and moved into place only if nothing is there. In a data directory,
/// call it with the [`DataDir`](crate::DataDir) held: taking one removes drafts.
///
/// # Errors
///
/// [`KeyFileError::AlreadyExists`] when there is anything at `path`, which is left alone;
/// [`KeyFileError::Io`] when the disk refuses, in which case nothing is left behind.
pub fn create(path: &Path, key: &SecretKey) -> Result<(), KeyFileError> {
    publish(path, &format::render(key, SystemTime::now()))
}

/// Writes what somebody sealed, 1 to [`MAX_SEALED_LEN`] bytes, to a new file at `path`, as
/// [`create`] does.
///
/// # Errors
///
/// As for [`create`].
pub fn create_locked(path: &Path, sealed: &[u8]) -> Result<(), KeyFileError> {
    publish(path, &format::render_locked(sealed, SystemTime::now()))
}

/// Puts the key that the file at `path` holds there in the other form.
///
/// After a power loss the file is there in the one form or in the other, whole. That it is the same
/// key is for the caller to know: the file that was there is gone.
///
/// # Errors
///
/// [`KeyFileError::Io`] when the disk refuses.
pub fn replace(path: &Path, stored: &Stored) -> Result<(), KeyFileError> {
    let contents = match stored {
        Stored::Plain(key) => format::render(key, SystemTime::now()),
        Stored::Locked(sealed) => format::render_locked(sealed, SystemTime::now()),
    };
    let draft = written(path, &contents)?;
    draft.replace(path).map_err(|source| KeyFileError::Io {
        attempt: "replace",
        path: path.to_owned(),
        source,
    })
}

fn publish(path: &Path, contents: &[u8]) -> Result<(), KeyFileError> {
    match written(path, contents)?.publish(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(KeyFileError::AlreadyExists {
                path: path.to_owned(),
            })
        }
        Err(source) => Err(KeyFileError::Io {
            attempt: "create",
            path: path.to_owned(),
            source,
        }),
    }
}

/// A draft of the file at `path`.
fn written(path: &Path, contents: &[u8]) -> Result<Draft, KeyFileError> {
    let failed = |attempt, source| KeyFileError::Io {
        attempt,
        path: path.to_owned(),
        source,
    };
    let mut draft = Draft::beside(path).map_err(|error| failed("create", error))?;
    draft
        .file()
        .write_all(contents)
        .map_err(|error| failed("write", error))?;
    Ok(draft)
}

/// Removes the drafts that processes ended by force have left in `directory`. To be called under
/// the directory's lock, which whoever makes a draft there holds.
pub(crate) fn sweep_drafts(directory: &Path) {
    draft::sweep(directory, FILE_NAME);
}

/// Reads all of the file, or refuses it without having read more than the limit and one byte.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let file = private_file::open(path).map_err(|refusal| KeyFileError::of(refusal, path))?;
    // All the room at once: a vector that grows leaves copies of the key behind.
    let mut contents = Zeroizing::new(Vec::with_capacity(MAX_FILE_LEN + 1));
    file.take(MAX_FILE_LEN as u64 + 1)
        .read_to_end(&mut contents)
        .map_err(|source| KeyFileError::Io {
            attempt: "read",
            path: path.to_owned(),
            source,
        })?;
    if contents.len() > MAX_FILE_LEN {
        return Err(KeyFileError::Format {
            path: path.to_owned(),
            source: KeyFormatError::TooLong,
        });
    }
    Ok(contents)
}
