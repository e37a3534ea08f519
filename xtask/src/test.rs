//! `test`: every test of the workspace, against the released command line where it is a process.

use std::ffi::OsString;

use anyhow::Result;

use crate::provision::CargoTool;
use crate::{docs, provision, shell, workspace};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Also run the tests that take minutes (those marked as ignored)
    #[arg(long)]
    pub(crate) slow: bool,
    /// What else cargo-nextest is given, such as a filter
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    nextest(args)?;
    // A filter asks for certain tests, and the examples are not among them.
    if args.arguments.is_empty() {
        docs::examples()
    } else {
        Ok(())
    }
}

/// Runs the tests alone, without the examples in the documentation.
pub(crate) fn nextest(args: &Args) -> Result<()> {
    provision::cargo_tool(CargoTool::Nextest)?;
    let cli = workspace::release_cli()?;
    let mut command = workspace::cargo();
    command
        .args(["nextest", "run", "--workspace"])
        .env(workspace::CLI_VARIABLE, cli);
    match provision::python() {
        Ok(python) => drop(command.env(provision::PYTHON_VARIABLE, python)),
        Err(error) => {
            provision::missing(&format!("no test against a Python peer is run: {error:#}"))?;
        }
    }
    if args.slow {
        command.args(["--run-ignored", "all"]);
    }
    shell::run(command.args(&args.arguments))
}
