//! Files of the data directory: opened without being led elsewhere, written whole or not at all.
//!
//! What is checked is what was opened: the descriptor is asked, not the path again, so nothing
//! can be swapped in between. For other crates that keep secrets in the directory.

use std::fs::File;
use std::io;
use std::path::Path;

pub use crate::draft::{Draft, is_draft_name, sweep, sync_directory};
use crate::key_file::FileKind;

/// Why a file was not opened. Worded to follow the name of the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is nothing at the path.
    #[error("is not there")]
    NotFound,
    /// It is a symbolic link, which is not followed.
    #[error("is a symbolic link, which is not followed; put the file itself there")]
    Symlink,
    /// It is something else.
    #[error("is {0}, not a file; move it away")]
    NotAFile(FileKind),
    /// Others can read it; these are its permission bits.
    #[error("can be read by others (mode {0:04o}); set its mode to 600")]
    Exposed(u32),
    /// The operating system refused.
    #[error("cannot be used: {attempt}: {source}")]
    Io {
        /// What was tried, a verb.
        attempt: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Opens the regular file at `path` that only its owner can read.
///
/// # Errors
/// [`Refusal`], of whatever else is there.
pub fn open(path: &Path) -> Result<File, Refusal> {
    let file = open_unfollowed(path)?;
    let metadata = file.metadata().map_err(|source| Refusal::Io {
        attempt: "examine",
        source,
    })?;
    if !metadata.is_file() {
        return Err(Refusal::NotAFile(kind(metadata.file_type())));
    }
    refuse_exposed(&metadata)?;
    Ok(file)
}

#[cfg(unix)]
fn open_unfollowed(path: &Path) -> Result<File, Refusal> {
    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;

    // NONBLOCK: opening a pipe would otherwise wait for somebody to write to it.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => Ok(File::from(descriptor)),
        // Most systems say LOOP for a link that is not followed, FreeBSD says MLINK.
        Err(Errno::LOOP | Errno::MLINK) => Err(Refusal::Symlink),
        // A socket can be listed but not opened.
        Err(Errno::NXIO) => Err(Refusal::NotAFile(FileKind::Socket)),
        Err(errno) => Err(refused(errno.into())),
    }
}

/// Elsewhere there is no flag for it: a link is looked for first.
#[cfg(not(unix))]
fn open_unfollowed(path: &Path) -> Result<File, Refusal> {
    let metadata = std::fs::symlink_metadata(path).map_err(refused)?;
    if metadata.is_symlink() {
        return Err(Refusal::Symlink);
    }
    if metadata.is_dir() {
        return Err(Refusal::NotAFile(FileKind::Directory));
    }
    File::open(path).map_err(refused)
}

fn refused(source: io::Error) -> Refusal {
    if source.kind() == io::ErrorKind::NotFound {
        return Refusal::NotFound;
    }
    Refusal::Io {
        attempt: "open",
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
fn refuse_exposed(metadata: &std::fs::Metadata) -> Result<(), Refusal> {
    use std::os::unix::fs::PermissionsExt as _;

    /// Any right of the group or of others.
    const EXPOSED: u32 = 0o077;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & EXPOSED != 0 {
        return Err(Refusal::Exposed(mode));
    }
    Ok(())
}

/// Without permission bits the directory's access list is all the protection there is.
#[cfg(not(unix))]
fn refuse_exposed(_: &std::fs::Metadata) -> Result<(), Refusal> {
    Ok(())
}
