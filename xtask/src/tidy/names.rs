//! A module is named for its job.

use super::Finding;
use super::tree::SourceFile;

/// Names under which anything can be put.
const EMPTY_NAMES: [&str; 9] = [
    "util",
    "utils",
    "common",
    concat!("hel", "per"),
    concat!("hel", "pers"),
    "manager",
    "managers",
    "misc",
    "stuff",
];

pub(super) fn telling(file: &SourceFile) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    file.path
        .split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
        .filter(|part| EMPTY_NAMES.contains(part))
        .map(|part| Finding::failure(&*file.path, format!("`{part}` says nothing: name the job")))
        .collect()
}
