//! A file that appears whole or not at all, in place of another only where that is meant.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Draws of a name before giving up. With 64 random bits a second one is already a wonder.
const MAX_NAMES: usize = 4;

/// A private file beside its destination, removed again unless it is published.
#[derive(Debug)]
pub struct Draft {
    file: File,
    /// Where the draft is, until it has moved.
    path: Option<PathBuf>,
}

impl Draft {
    /// Creates an empty file, mode 0600, in the directory of `destination`.
    ///
    /// In the same directory because only within one file system can a file be moved at once.
    ///
    /// # Errors
    /// What the system said.
    pub fn beside(destination: &Path) -> io::Result<Self> {
        let mut result = Err(io::ErrorKind::AlreadyExists.into());
        for _ in 0..MAX_NAMES {
            let path = destination.with_file_name(draft_name(destination)?);
            result = create_private(&path).map(|file| Self {
                file,
                path: Some(path),
            });
            match &result {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                _ => break,
            }
        }
        result
    }

    /// The file to write to.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes the contents durable and moves the file to `destination`, if nothing is there.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something is; otherwise what the system said.
    pub fn publish(mut self, destination: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        let Some(draft) = &self.path else {
            return Ok(());
        };
        if move_unless_taken(draft, destination)? == Moved::Renamed {
            self.path = None;
        }
        sync_directory(destination)
    }

    /// Makes the contents durable and moves the file to `destination`, in place of what is there.
    ///
    /// # Errors
    /// What the system said. Unless it could not make the new name durable, all is as it was.
    pub fn replace(mut self, destination: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        if let Some(draft) = &self.path {
            fs::rename(draft, destination)?;
            self.path = None;
        }
        sync_directory(destination)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Nothing to be done about it; what stays is a private file nobody reads.
            let _ = fs::remove_file(path);
        }
    }
}

#[derive(PartialEq, Eq)]
enum Moved {
    Renamed,
    /// The file has both names; the draft's is to be removed.
    Linked,
}

/// A plain rename would replace a file that appeared meanwhile. The rename that does not is
/// there on Linux and macOS, on most file systems; a hard link fails just as well.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn move_unless_taken(draft: &Path, destination: &Path) -> io::Result<Moved> {
    use rustix::fs::{CWD, RenameFlags};
    use rustix::io::Errno;

    match rustix::fs::renameat_with(CWD, draft, CWD, destination, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(Moved::Renamed),
        Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {
            fs::hard_link(draft, destination).map(|()| Moved::Linked)
        }
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn move_unless_taken(draft: &Path, destination: &Path) -> io::Result<Moved> {
    fs::hard_link(draft, destination).map(|()| Moved::Linked)
}

/// Makes the names in the directory of `file` durable, those that went included. Without this a new
/// file is there after a power cut, nameless.
///
/// # Errors
/// What the system said.
#[cfg(unix)]
pub fn sync_directory(file: &Path) -> io::Result<()> {
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match File::open(directory)?.sync_all() {
        // Some network file systems cannot; the file itself is safe there.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

/// Elsewhere there is nothing to be done.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

    // `create_new` follows no link and takes no file that is there.
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    // A umask can take the owner's rights as well.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Removes every draft of a file called `name` in `directory`: regular files of ours alone. What
/// cannot be removed stays; it is a private file nobody reads.
///
/// To be called by whoever holds the directory: somebody else may be writing.
pub fn sweep(directory: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let is_draft = entry
            .file_name()
            .to_str()
            .is_some_and(|entry| is_draft_name(entry, name));
        // Of the entry itself: a link is not followed.
        if is_draft && entry.metadata().is_ok_and(|metadata| is_ours(&metadata)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
fn is_ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    metadata.is_file() && metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_ours(metadata: &fs::Metadata) -> bool {
    metadata.is_file()
}

/// Whether `entry` is a name that a [`Draft`] of a file called `name` has.
#[must_use]
pub fn is_draft_name(entry: &str, name: &str) -> bool {
    let random = entry
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(name))
        .and_then(|rest| rest.strip_prefix('.'))
        .and_then(|rest| rest.strip_suffix(".tmp"));
    random.is_some_and(|random| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        random.len() == 16 && random.bytes().all(is_digit)
    })
}

/// `.node.key.0123456789abcdef.tmp` for `node.key`.
fn draft_name(destination: &Path) -> io::Result<OsString> {
    let name = destination
        .file_name()
        .ok_or(io::ErrorKind::InvalidFilename)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let mut draft = OsString::from(".");
    draft.push(name);
    draft.push(format!(".{:016x}.tmp", u64::from_ne_bytes(random)));
    Ok(draft)
}
