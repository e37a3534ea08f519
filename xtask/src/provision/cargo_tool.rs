//! Cargo's subcommands that do not come with cargo.

use anyhow::{Context, Result};

use crate::{shell, workspace};

/// A subcommand that `cargo install` brings.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CargoTool {
    Nextest,
    Deny,
    Fuzz,
}

impl CargoTool {
    const fn package(self) -> &'static str {
        match self {
            Self::Nextest => "cargo-nextest",
            Self::Deny => "cargo-deny",
            Self::Fuzz => "cargo-fuzz",
        }
    }
}

/// Installs the subcommand among the user's cargo programs unless it is there.
pub(crate) fn cargo_tool(tool: CargoTool) -> Result<()> {
    let package = tool.package();
    if shell::find(package).is_some() || in_cargo_home(package) {
        return Ok(());
    }
    eprintln!("{package} is missing: installing it among your cargo programs, once ...");
    let mut install = workspace::cargo();
    // Somewhere else than the workspace: its lints and profiles are not meant for others' code.
    install
        .current_dir(std::env::temp_dir())
        .args(["install", "--locked", package]);
    shell::run(&mut install).with_context(|| format!("{package} could not be installed"))
}

/// Cargo looks for its subcommands there even where the path does not.
fn in_cargo_home(program: &str) -> bool {
    std::env::var_os("CARGO_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .is_some_and(|home| home.join("bin").join(program).is_file())
}
