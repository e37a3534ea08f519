//! Opens a key file without being led elsewhere.
//!
//! What is checked is what was opened: the descriptor is asked, not the path again, so nothing
//! can be swapped in between.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::key_file::{FileKind, KeyFileError};

/// Opens the regular file at `path` that only its owner can read.
pub(super) fn regular_private(path: &Path) -> Result<File, KeyFileError> {
    let file = open(path)?;
    let metadata = file.metadata().map_err(|source| KeyFileError::Io {
        attempt: "examine",
        path: path.to_owned(),
        source,
    })?;
    if !metadata.is_file() {
        return Err(KeyFileError::NotAFile {
            path: path.to_owned(),
            kind: kind(metadata.file_type()),
        });
    }
    refuse_exposed(path, &metadata)?;
    Ok(file)
}

#[cfg(unix)]
fn open(path: &Path) -> Result<File, KeyFileError> {
    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;

    // NONBLOCK: opening a pipe would otherwise wait for somebody to write to it.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => Ok(File::from(descriptor)),
        // Most systems say LOOP for a link that is not followed, FreeBSD says MLINK.
        Err(Errno::LOOP | Errno::MLINK) => Err(KeyFileError::Symlink {
            path: path.to_owned(),
        }),
        // A socket can be listed but not opened.
        Err(Errno::NXIO) => Err(KeyFileError::NotAFile {
            path: path.to_owned(),
            kind: FileKind::Socket,
        }),
        Err(errno) => Err(refused(path, errno.into())),
    }
}

/// Elsewhere there is no flag for it: a link is looked for first.
#[cfg(not(unix))]
fn open(path: &Path) -> Result<File, KeyFileError> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| refused(path, error))?;
    if metadata.is_symlink() {
        return Err(KeyFileError::Symlink {
            path: path.to_owned(),
        });
    }
    if metadata.is_dir() {
        return Err(KeyFileError::NotAFile {
            path: path.to_owned(),
            kind: FileKind::Directory,
        });
    }
    File::open(path).map_err(|error| refused(path, error))
}

fn refused(path: &Path, source: io::Error) -> KeyFileError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::NotFound {
        return KeyFileError::NotFound { path };
    }
    KeyFileError::Io {
        attempt: "open",
        path,
        source,
    }
}

#[cfg(unix)]
fn kind(file_type: std::fs::FileType) -> FileKind {
    use std::os::unix::fs::FileTypeExt as _;

    if file_type.is_dir() {
        FileKind::Directory
    } else if file_type.is_fifo() {
        FileKind::Fifo
    } else if file_type.is_socket() {
        FileKind::Socket
    } else if file_type.is_char_device() || file_type.is_block_device() {
        FileKind::Device
    } else {
        FileKind::Other
    }
}

#[cfg(not(unix))]
fn kind(file_type: std::fs::FileType) -> FileKind {
    if file_type.is_dir() {
        FileKind::Directory
    } else {
        FileKind::Other
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &std::fs::Metadata) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;

    /// Any right of the group or of others.
    const EXPOSED: u32 = 0o077;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & EXPOSED != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// Without permission bits the directory's access list is all the protection there is.
#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &std::fs::Metadata) -> Result<(), KeyFileError> {
    Ok(())
}
