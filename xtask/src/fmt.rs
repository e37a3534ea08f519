//! `fmt`: rustfmt, with the import flags that a stable rustfmt takes only on its command line.

use anyhow::Result;

use crate::{shell, workspace};

/// Three blocks (std, other crates, this crate), one `use` a module.
const IMPORTS: &str =
    "unstable_features=true,group_imports=StdExternalCrate,imports_granularity=Module";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail where something would change
    #[arg(long)]
    pub(crate) check: bool,
}

/// Formats the workspace and the fuzz targets, which are a workspace of their own.
pub(crate) fn run(args: &Args) -> Result<()> {
    format(&["--all"], args.check)?;
    let fuzz = workspace::root().join("fuzz").join("Cargo.toml");
    if fuzz.is_file() {
        format(&["--manifest-path", "fuzz/Cargo.toml"], args.check)?;
    }
    Ok(())
}

fn format(scope: &[&str], check: bool) -> Result<()> {
    let mut command = workspace::cargo();
    command
        .arg("fmt")
        .args(scope)
        .args(["--", "--config", IMPORTS]);
    if check {
        command.arg("--check");
    }
    shell::run(&mut command)
}
