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

/// What is formatted beside the workspace: the fuzz targets and the bench of libp2p are workspaces
/// of their own.
const BESIDE: [&str; 2] = ["fuzz/Cargo.toml", "benches/libp2p/Cargo.toml"];

/// Formats everything there is.
pub(crate) fn run(args: &Args) -> Result<()> {
    format(&["--all"], args.check)?;
    for manifest in BESIDE {
        if workspace::root().join(manifest).is_file() {
            format(&["--manifest-path", manifest], args.check)?;
        }
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
