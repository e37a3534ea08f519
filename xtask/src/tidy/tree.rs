//! The text files of the repository.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Not ours, or made by a program. `.git` is a file in a linked work tree.
const SKIPPED: [&str; 5] = [".git", "target", "artifacts", "corpus", "node_modules"];

/// A text file and where it is.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    /// From the root, with `/` between the names.
    pub(super) path: String,
    pub(super) text: String,
}

impl SourceFile {
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The lines, numbered from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    pub(super) fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Every text file under `root`, in the order of their paths. What is not UTF-8 is no text.
pub(super) fn read(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    descend(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn descend(directory: &Path, prefix: &str, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(directory).with_context(|| format!("{}", directory.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("{}", directory.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().with_context(|| path.clone())?;
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            descend(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file()
            && !SKIPPED.contains(&name.as_str())
            && let Ok(text) =
                String::from_utf8(fs::read(entry.path()).with_context(|| path.clone())?)
        {
            files.push(SourceFile { path, text });
        }
    }
    Ok(())
}
