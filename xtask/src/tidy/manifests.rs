//! Every crate says what it is, inherits the lints, and can be packaged with its papers.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, Package};

use super::Finding;
use super::tree::SourceFile;

/// What the repository's root holds.
const ROOT_PAPERS: [&str; 5] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// What each published crate holds.
const CRATE_PAPERS: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// The papers of the root and of every member, and what the members' manifests say.
pub(super) fn complete(root: &Path, members: &Metadata) -> Result<Vec<Finding>> {
    let mut findings: Vec<Finding> = ROOT_PAPERS
        .iter()
        .filter(|paper| !root.join(paper).is_file())
        .map(|paper| Finding::failure(*paper, "missing"))
        .collect();
    for package in &members.packages {
        let path = package.manifest_path.as_std_path();
        let manifest = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let directory = path.parent().unwrap_or(root);
        let crate_papers = |paper: &str| same_paper(root, directory, paper);
        findings.extend(described(package, &manifest, crate_papers));
    }
    Ok(findings)
}

/// What one manifest lacks; `carries` tells whether a paper lies beside it.
pub(super) fn described(
    package: &Package,
    manifest: &str,
    carries: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let published = package.publish.is_none();
    let mut lacks = Vec::new();
    if package
        .description
        .as_deref()
        .is_none_or(|text| text.trim().is_empty())
    {
        lacks.push("a description".to_owned());
    }
    if !inherits_lints(manifest) {
        lacks.push("`[lints] workspace = true`".to_owned());
    }
    if published && package.keywords.is_empty() {
        lacks.push("keywords".to_owned());
    }
    if published && package.readme.is_none() {
        lacks.push("`readme`".to_owned());
    }
    if published && package.license.is_none() {
        lacks.push("a licence".to_owned());
    }
    for paper in CRATE_PAPERS
        .iter()
        .filter(|paper| published && !carries(paper))
    {
        lacks.push(format!("{paper} (the licences as in the root)"));
    }
    let message = |lack: String| Finding::failure(package.name.as_str(), format!("lacks {lack}"));
    lacks.into_iter().map(message).collect()
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[lints]")
        .skip(1);
    lines
        .find(|line| !line.is_empty())
        .is_some_and(|line| line == "workspace = true")
}

/// Whether the crate has the paper; a licence must be the root's own.
fn same_paper(root: &Path, directory: &Path, paper: &str) -> bool {
    let Ok(carried) = fs::read(directory.join(paper)) else {
        return false;
    };
    !paper.starts_with("LICENSE") || fs::read(root.join(paper)).is_ok_and(|ours| ours == carried)
}

/// A crate's own `clippy.toml` replaces the root's; what it does not repeat is lost.
pub(super) fn clippy_files_repeat_the_root(files: &[SourceFile]) -> Vec<Finding> {
    let Some(root) = files.iter().find(|file| file.path == "clippy.toml") else {
        return vec![Finding::failure("clippy.toml", "missing")];
    };
    let rules = |file: &SourceFile| -> Vec<String> {
        let lines = file.text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect()
    };
    let wanted = rules(root);
    let mut findings = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.name() == "clippy.toml" && file.path != root.path)
    {
        let found = rules(file);
        for line in wanted.iter().filter(|line| !found.contains(line)) {
            let message = format!("lacks the root's line `{line}`");
            findings.push(Finding::failure(&*file.path, message));
        }
    }
    findings
}
