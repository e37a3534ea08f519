//! What the papers on security point to: a claim whose test has gone is a claim and no more.

use super::Finding;
use super::tree::SourceFile;
use crate::workspace;

const PAPERS: [&str; 3] = ["SECURITY.md", "docs/attacks.md", "docs/threat-model.md"];

/// Each path in code style is there, and so is each test named behind it on the same line.
pub(super) fn is_there(paper: &SourceFile) -> Vec<Finding> {
    if !PAPERS.contains(&paper.path.as_str()) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in paper.lines() {
        let mut source = String::new();
        // Every other piece is between two of them.
        for word in line.split('`').skip(1).step_by(2) {
            if is_path(word) {
                let path = workspace::root().join(word);
                if !path.exists() {
                    findings.push(Finding::failure(paper.at(number), format!("no {word}")));
                }
                source = std::fs::read_to_string(path).unwrap_or_default();
            } else if is_test(word) && !source.contains(&format!("fn {word}(")) {
                let message = format!("no test `{word}` there");
                findings.push(Finding::failure(paper.at(number), message));
            }
        }
    }
    findings
}

fn is_path(word: &str) -> bool {
    word.contains('/') && !word.contains(' ')
}

/// Tests are sentences.
fn is_test(word: &str) -> bool {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    word.matches('_').count() >= 2 && word.chars().all(small)
}
