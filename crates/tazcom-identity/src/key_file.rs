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
//! Two rules have no exception. A file that somebody else can read is refused, with the command
//! that mends it. A file that exists is never overwritten, whatever is in it: the key may be the
//! only copy.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::draft::{self, Draft};
use crate::{SecretKey, private_file};

mod error;
mod format;
mod timestamp;

pub use error::{FileKind, KeyFileError};
pub use format::{KeyFormatError, parse};

/// Name of the key file in a data directory.
pub const FILE_NAME: &str = "node.key";

/// Bytes that are read of a key file. Ours has about 105; the rest is room for unknown keys and
/// for recognising other formats (an OpenSSH Ed25519 key has about 400).
pub const MAX_FILE_LEN: usize = 4096;

/// Reads the key in the file at `path`.
///
/// The last component of `path` must be a regular file that only its owner can read, not a
/// symbolic link; directories on the way may be links.
///
/// # Errors
///
/// [`KeyFileError`], which names the path and what to do. The file is left as it is.
pub fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    let file = private_file::open(path).map_err(|refusal| KeyFileError::of(refusal, path))?;
    let contents = read_bounded(file, path)?;
    parse(&contents).map_err(|source| KeyFileError::Format {
        path: path.to_owned(),
        source,
    })
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
    let failed = |attempt, source| KeyFileError::Io {
        attempt,
        path: path.to_owned(),
        source,
    };
    let contents = format::render(key, SystemTime::now());
    let mut draft = Draft::beside(path).map_err(|error| failed("create", error))?;
    draft
        .file()
        .write_all(&contents)
        .map_err(|error| failed("write", error))?;
    match draft.publish(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(KeyFileError::AlreadyExists {
                path: path.to_owned(),
            })
        }
        Err(error) => Err(failed("create", error)),
    }
}

/// Removes the drafts that processes ended by force have left in `directory`. To be called under
/// the directory's lock, which whoever makes a draft there holds.
pub(crate) fn sweep_drafts(directory: &Path) {
    draft::sweep(directory, FILE_NAME);
}

/// Reads all of `file`, or refuses it without having read more than the limit and one byte.
fn read_bounded(file: File, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
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
            path: PathBuf::from(path),
            source: KeyFormatError::TooLong,
        });
    }
    Ok(contents)
}
