//! `package`: every crate that is published packages, and carries its licences and its README.

use anyhow::{Context, Result, ensure};

use crate::{shell, workspace};

/// What a person who downloads one crate must find in it.
const CARRIED: [&str; 4] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/"];

/// Nothing is compiled, and the tree need not be committed. Where every dependency is there
/// already no network is used.
pub(crate) fn run() -> Result<()> {
    shell::run(workspace::cargo().arg("fetch"))?;
    let members = workspace::members()?;
    for package in members
        .packages
        .iter()
        .filter(|package| package.publish.is_none())
    {
        let name = package.name.as_str();
        let mut list = workspace::cargo();
        list.args([
            "package",
            "--offline",
            "--allow-dirty",
            "--list",
            "--package",
            name,
        ]);
        let output = list
            .output()
            .context("cargo package could not be started")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{name} does not package: {}",
            complaint.trim()
        );
        let files = String::from_utf8(output.stdout).context("names of packaged files")?;
        for wanted in CARRIED {
            let carried = files.lines().any(|file| file.starts_with(wanted));
            ensure!(carried, "the package of {name} lacks {wanted}");
        }
    }
    let private = members
        .packages
        .iter()
        .filter(|package| package.publish.is_some());
    let mut command = workspace::cargo();
    command.args([
        "package",
        "--workspace",
        "--no-verify",
        "--offline",
        "--allow-dirty",
        "--quiet",
    ]);
    for package in private {
        command.args(["--exclude", package.name.as_str()]);
    }
    shell::run(&mut command)
}
