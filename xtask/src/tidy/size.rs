//! A file says what it is for, and is for one thing.

use super::Finding;
use super::tree::SourceFile;

/// From here on a file is worth a thought.
const THINK_LINES: usize = 400;

/// Past this a file is several things.
const MOST_LINES: usize = 800;

/// A crate may begin with its README instead.
const HEADERS: [&str; 2] = ["//! ", "#![doc = include_str!("];

/// Every module begins with a `//!` header.
pub(super) fn header(file: &SourceFile) -> Vec<Finding> {
    let first = file.text.lines().find(|line| !line.trim().is_empty());
    let is_header = |line: &str| HEADERS.iter().any(|header| line.starts_with(header));
    if !file.is_rust() || first.is_some_and(is_header) {
        return Vec::new();
    }
    vec![Finding::failure(
        &*file.path,
        "begin it with a `//!` line that says what it is for",
    )]
}

/// No file grows past what can be read in one go.
pub(super) fn budget(file: &SourceFile) -> Vec<Finding> {
    let count = file.text.lines().count();
    if !file.is_rust() || count <= THINK_LINES {
        return Vec::new();
    }
    let message = format!("{count} lines; think about a split at {THINK_LINES}");
    if count > MOST_LINES {
        return vec![Finding::failure(
            &*file.path,
            format!("{message}, stop at {MOST_LINES}"),
        )];
    }
    vec![Finding::warning(&*file.path, message)]
}
