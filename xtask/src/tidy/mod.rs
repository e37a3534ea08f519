//! `tidy`: what no compiler checks. Each rule is a function from a file to its findings, so that
//! the tests can show it failing.

mod evidence;
mod manifests;
mod names;
mod sans_io;
mod size;
mod test_code;
#[cfg(test)]
mod tests;
mod tree;
mod words;

use std::fmt;

use anyhow::{Result, bail};

use self::tree::SourceFile;
use crate::workspace;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    /// From the root, with the line where there is one.
    place: String,
    message: String,
    weight: Weight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// Worth a thought.
    Warning,
    /// Ends the change.
    Failure,
}

/// The rules that look at one file at a time.
const RULES: [fn(&SourceFile) -> Vec<Finding>; 7] = [
    size::header,
    size::budget,
    names::telling,
    test_code::no_sleep_and_no_fixed_port,
    sans_io::no_clock_and_no_socket,
    words::none_forbidden,
    evidence::is_there,
];

/// Checks the tree; warnings are shown, a failure fails.
pub(crate) fn run() -> Result<()> {
    let findings = findings()?;
    let mut failures = 0_usize;
    for finding in &findings {
        eprintln!("{finding}");
        failures += usize::from(finding.weight == Weight::Failure);
    }
    if failures > 0 {
        bail!("{failures} untidy");
    }
    println!("tidy: {} warnings", findings.len());
    Ok(())
}

fn findings() -> Result<Vec<Finding>> {
    let root = workspace::root();
    let files = tree::read(&root)?;
    let mut findings: Vec<Finding> = files
        .iter()
        .flat_map(|file| RULES.iter().flat_map(|rule| rule(file)))
        .collect();
    findings.extend(manifests::complete(&root, &workspace::members()?)?);
    findings.extend(manifests::clippy_files_repeat_the_root(&files));
    Ok(findings)
}

impl Finding {
    fn failure(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
            weight: Weight::Failure,
        }
    }

    fn warning(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
            weight: Weight::Warning,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.weight {
            Weight::Warning => "warning",
            Weight::Failure => "error",
        };
        write!(f, "{word}: {}: {}", self.place, self.message)
    }
}
