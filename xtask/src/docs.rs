//! `docs`: rustdoc for the members, where a warning is a failure, and every example run.

use anyhow::Result;

use crate::{shell, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also compile and run every example in the documentation
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["doc", "--workspace", "--no-deps", "--all-features"]);
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    if args.check {
        return examples();
    }
    eprintln!("See {}", workspace::target_dir()?.join("doc").display());
    Ok(())
}

/// Compiles and runs the examples in the documentation.
pub(crate) fn examples() -> Result<()> {
    shell::run(workspace::cargo().args(["test", "--workspace", "--doc"]))
}
