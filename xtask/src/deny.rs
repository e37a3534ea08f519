//! `deny`: what may be depended on. `deny.toml` holds the rules and says why.

use anyhow::Result;

use crate::provision::CargoTool;
use crate::{provision, shell, workspace};

/// The advisory check is left out: its database is fetched at every run, and the gate must also
/// pass on a network that reaches nothing but a package registry.
const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

pub(crate) fn run() -> Result<()> {
    provision::cargo_tool(CargoTool::Deny)?;
    shell::run(
        workspace::cargo()
            .args(["deny", "--all-features", "check", "--hide-inclusion-graph"])
            .args(CHECKS),
    )
}
