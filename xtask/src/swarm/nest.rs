//! The directory of a swarm: gone after it, unless it is wanted.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

#[derive(Debug)]
pub(super) struct Nest {
    path: PathBuf,
    keep: bool,
}

impl Nest {
    pub(super) fn new(keep: bool) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("tazcom-swarm-{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self { path, keep })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is, if it stays.
    pub(super) fn kept(&self) -> Option<PathBuf> {
        self.keep.then(|| self.path.clone())
    }
}

impl Drop for Nest {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            eprintln!("{} is left behind: {error}", self.path.display());
        }
    }
}
