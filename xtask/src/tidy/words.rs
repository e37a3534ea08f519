//! Words that belong to somebody's desk and not to the product.

use super::Finding;
use super::tree::SourceFile;

/// Written in two halves, so that this file does not find itself.
const FORBIDDEN: [(&str, &str, &str); 24] = [
    ("TO", "DO", "finish it, or leave it out"),
    ("FIX", "ME", "finish it, or leave it out"),
    ("XX", "X:", "finish it, or leave it out"),
    ("/ho", "me/", "a path of one developer's machine"),
    ("/wo", "rk/", "a path of one developer's machine"),
    ("/ro", "ot/", "a path of one developer's machine"),
    ("/Us", "ers/", "a path of one developer's machine"),
    ("crates", ".io", "the host of a registry"),
    ("pypi", ".org", "the host of a registry"),
    ("python", "hosted.org", "the host of a registry"),
    ("deb.debian", ".org", "the host of a registry"),
    ("security.debian", ".org", "the host of a registry"),
    ("npmjs", ".org", "the host of a registry"),
    ("npmjs", ".com", "the host of a registry"),
    ("proxy.golang", ".org", "the host of a registry"),
    ("shar", "ed/", "a place outside the repository"),
    ("mile", "stone", "how the work was organised"),
    ("sub", "agent", "how the work was organised"),
    ("sub-", "agent", "how the work was organised"),
    ("hel", "per", "name the job"),
    ("CONTRACT", ".md", "how the work was organised"),
    ("DESIGN", ".md", "a place outside the repository"),
    ("STYLE", ".md", "a place outside the repository"),
    ("issue ", "#", "how the work was organised"),
];

/// Cargo writes where each crate came from into its lock files.
const LOCK_FILE: &str = "Cargo.lock";

pub(super) fn none_forbidden(file: &SourceFile) -> Vec<Finding> {
    if file.name() == LOCK_FILE {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for (head, tail, reason) in FORBIDDEN {
            let word = format!("{head}{tail}");
            if names(line, &word) {
                findings.push(Finding::failure(
                    file.at(number),
                    format!("`{word}`: {reason}"),
                ));
            }
        }
    }
    findings
}

/// A word in capitals is looked for as it stands, any other in any case.
fn names(line: &str, word: &str) -> bool {
    if word.chars().any(char::is_uppercase) {
        line.contains(word)
    } else {
        line.to_ascii_lowercase().contains(word)
    }
}
