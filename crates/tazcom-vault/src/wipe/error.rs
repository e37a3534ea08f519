//! Why a wipe did not end.

use std::io;
use std::path::{Path, PathBuf};

use tazcom_identity::DataDirError;

/// Why a wipe did not end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WipeError {
    /// A node runs in it. Nothing was touched.
    #[error("a node is using {}; end it first, then wipe", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// It cannot be taken. Nothing was touched.
    #[error(transparent)]
    DataDir(DataDirError),
    /// The system refused. What went before is gone; it can be tried again.
    #[error("cannot {attempt} {}: {source}; the wipe has not ended, run it again", path.display())]
    Io {
        /// What was tried, a verb.
        attempt: &'static str,
        /// Of what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WipeError {
    pub(super) fn io(attempt: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io {
            attempt,
            path,
            source,
        }
    }
}
