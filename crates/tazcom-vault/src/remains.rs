//! What stays of a file on the disk when its name goes.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Bytes that are written over at once.
const CHUNK: usize = 64 * 1024;

/// A file that was opened to be written over once nothing names it any more.
pub(crate) struct Remains(Option<File>);

impl Remains {
    /// Of the file at `path`: a regular one of ours with this one name. A link is not followed, and
    /// of whatever else is there nothing is touched.
    pub(crate) fn of(path: &Path) -> Self {
        Self(open_own(path).ok())
    }

    /// Writes zeros over it, on the disk. Best effort: file systems that copy on write, and drives that
    /// spread what is written, keep the old blocks.
    pub(crate) fn overwrite(self) -> io::Result<()> {
        let Some(mut file) = self.0 else {
            return Ok(());
        };
        let mut left = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let zeros = vec![0; CHUNK.min(left)];
        while left > 0 {
            let step = left.min(zeros.len());
            file.write_all(zeros.get(..step).unwrap_or_default())?;
            left -= step;
        }
        file.sync_data()
    }
}

#[cfg(unix)]
fn open_own(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = file.metadata()?;
    let is_own = metadata.is_file()
        && metadata.nlink() == 1
        && metadata.uid() == rustix::process::geteuid().as_raw();
    match is_own {
        true => Ok(file),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

#[cfg(not(unix))]
fn open_own(path: &Path) -> io::Result<File> {
    match std::fs::symlink_metadata(path)?.is_file() {
        true => File::options().write(true).open(path),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}
