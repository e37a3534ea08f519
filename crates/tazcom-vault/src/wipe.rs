//! Removing everything that this program keeps.

mod error;
mod names;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::{fs, io};

pub use error::WipeError;
use tazcom_identity::private_file::{Draft, sync_directory};
use tazcom_identity::{DataDir, DataDirError};

use self::names::{KEYS, LOCK, MARKER, is_draft, is_ours};
use crate::remains::Remains;

/// Names of files that are not ours which are told; of more, only how many.
const MAX_LEFT: usize = 100;

/// Drafts that are written over: each is of a write that was cut off. Of more, only the names go.
const MAX_DRAFTS: usize = 64;

/// What a wipe did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wiped {
    /// Files that are gone, in the order in which they went.
    pub removed: Vec<OsString>,
    /// What is in the directory and not this program's, up to 100 names. It was not touched.
    pub left: Vec<OsString>,
    /// How many more of those there are.
    pub left_unnamed: usize,
    /// Whether the directory itself is gone: it is when nothing is left in it.
    pub directory_removed: bool,
}

/// Removes everything that this program keeps in `dir`: keys first, then messages, names and settings.
///
/// Each file is written over, then its name is removed. Once the keys are gone, what was sealed with
/// them can be read by nobody, whatever else happens. If it is cut off, [`wipe_begun`] says so (unless
/// the disk was too full to note it), and it goes on where it was when it is called again. A symbolic link is removed and not followed.
///
/// What it does not do: file systems that copy on write, snapshots, backups, and the spare blocks of a
/// flash drive keep what was written. There only what was sealed under a passphrase is beyond reach.
///
/// # Errors
/// [`WipeError`]. A node that runs in the directory has to end first. Nothing is touched then; otherwise
/// what went is gone, and it can be called again.
pub fn wipe(dir: &Path) -> Result<Wiped, WipeError> {
    wipe_watched(dir, &mut |_| {})
}

/// Whether a wipe of `dir` has begun and has not ended. Nothing else is to be done with it then.
#[must_use]
pub fn wipe_begun(dir: &Path) -> bool {
    fs::symlink_metadata(dir.join(MARKER)).is_ok()
}

/// Ends a wipe that has begun; none when none has. For the start of every command.
///
/// # Errors
/// As for [`wipe`].
pub fn resume_wipe(dir: &Path) -> Result<Option<Wiped>, WipeError> {
    match wipe_begun(dir) {
        true => wipe(dir).map(Some),
        false => Ok(None),
    }
}

/// `reached` is told each step when it is done: the power may be cut there.
fn wipe_watched(dir: &Path, reached: &mut dyn FnMut(&str)) -> Result<Wiped, WipeError> {
    let mut wiped = Wiped::default();
    match fs::symlink_metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(wiped),
        _ => {}
    }
    let drafts = drafts(dir);
    let held = DataDir::open(dir).map_err(|error| match error {
        DataDirError::InUse { path } => WipeError::InUse { path },
        other => WipeError::DataDir(other),
    })?;
    mark(dir)?;
    reached("marked");
    for draft in drafts {
        // It has no name any more; nothing else can be done.
        let _ = draft.overwrite();
    }
    for name in KEYS {
        remove(dir, OsStr::new(name), &mut wiped, reached)?;
    }
    synchronise(dir)?;
    reached("the keys are gone");
    for name in entries(dir)? {
        if is_ours(&name) {
            remove(dir, &name, &mut wiped, reached)?;
        }
    }
    synchronise(dir)?;
    reached("all is gone");
    // Last but the lock, so that it is there as long as anything else is.
    remove(dir, OsStr::new(MARKER), &mut wiped, reached)?;
    synchronise(dir)?;
    remove(dir, OsStr::new(LOCK), &mut wiped, reached)?;
    let mut left = entries(dir)?;
    wiped.left_unnamed = left.len().saturating_sub(MAX_LEFT);
    left.truncate(MAX_LEFT);
    wiped.left = left;
    // Not when anything is left in it, nor when others may not remove it; it is empty then.
    wiped.directory_removed = fs::remove_dir(dir).is_ok();
    reached("ended");
    drop(held);
    Ok(wiped)
}

/// What writes that were cut off have left. Taking the directory removes their names, with the key in
/// them perhaps.
fn drafts(dir: &Path) -> Vec<Remains> {
    let names = entries(dir).unwrap_or_default();
    let drafts = names
        .iter()
        .filter(|name| name.to_str().is_some_and(is_draft));
    drafts
        .take(MAX_DRAFTS)
        .map(|name| Remains::of(&dir.join(name)))
        .collect()
}

/// Says on the disk that a wipe has begun, with a file that has nothing in it: a disk may be full. Where
/// there is no room even for that, secrets must not stay for want of it.
fn mark(dir: &Path) -> Result<(), WipeError> {
    use io::ErrorKind::{AlreadyExists, QuotaExceeded, StorageFull};

    let path = dir.join(MARKER);
    let marked = Draft::beside(&path).and_then(|draft| draft.publish(&path));
    match marked {
        Err(error) if !matches!(error.kind(), AlreadyExists | StorageFull | QuotaExceeded) => {
            Err(WipeError::io("mark", &path, error))
        }
        _ => Ok(()),
    }
}

/// Writes over what is called `name`, and removes it. What is not there is no failure.
fn remove(
    dir: &Path,
    name: &OsStr,
    wiped: &mut Wiped,
    reached: &mut dyn FnMut(&str),
) -> Result<(), WipeError> {
    let path = dir.join(name);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // Nothing of ours is a directory.
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        _ => {}
    }
    // Whether or not it can be written over, its name has to go.
    let _ = Remains::of(&path).overwrite();
    reached("written over");
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(WipeError::io("remove", &path, error));
        }
        _ => wiped.removed.push(name.to_owned()),
    }
    reached("removed");
    Ok(())
}

/// What is in the directory, in the order of the names.
fn entries(dir: &Path) -> Result<Vec<OsString>, WipeError> {
    let failed = |error| WipeError::io("list", dir, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    names.sort();
    Ok(names)
}

fn synchronise(dir: &Path) -> Result<(), WipeError> {
    sync_directory(&dir.join(MARKER)).map_err(|error| WipeError::io("write", dir, error))
}

#[cfg(test)]
mod tests;
