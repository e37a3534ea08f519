//! `lint`: Clippy on everything, with each set of features somebody may build.

use anyhow::Result;

use crate::{shell, workspace};

/// A feature set that nobody compiles is one that breaks unseen.
const FEATURES: [&[&str]; 3] = [&[], &["--no-default-features"], &["--all-features"]];

pub(crate) fn run() -> Result<()> {
    for features in FEATURES {
        let mut command = workspace::cargo();
        command
            .args(["clippy", "--workspace", "--all-targets"])
            .args(features);
        shell::run(command.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}
