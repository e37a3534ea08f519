//! `cargo xtask picture`: has three real nodes chat on this machine, and writes what one of them sees to
//! `docs/chat.svg` and `docs/chat.txt`.

use anyhow::Result;

use crate::{shell, workspace};

/// Where the pictures are.
const DIRECTORY: &str = "docs";

pub(crate) fn run() -> Result<()> {
    let mut cargo = workspace::cargo();
    let directory = workspace::root().join(DIRECTORY);
    let words = [
        "run",
        "--quiet",
        "--package",
        "tazcom-tests",
        "--example",
        "picture",
        "--",
    ];
    shell::run(cargo.args(words).arg(directory))
}
