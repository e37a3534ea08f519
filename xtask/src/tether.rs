//! `tether`: becomes another program, after asking the kernel to end it when our parent ends.
//!
//! A swarm starts its nodes through this, so that no node outlives a swarm that was killed. The
//! process id stays the same, and the request outlives the change of program.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The process whose end ends this one
    #[arg(long)]
    parent: u32,
    /// The program to become
    program: PathBuf,
    /// What the program is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// A command for `program` that is ended with the thread that spawns it.
pub(crate) fn command(program: &Path) -> Result<Command> {
    let mut command = Command::new(workspace::own_program()?);
    command
        .arg("tether")
        .arg("--parent")
        .arg(std::process::id().to_string())
        .arg(program);
    Ok(command)
}

pub(crate) fn run(args: &Args) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL)).context("tying us to our parent")?;
    }
    // Between the fork and the request the parent may have gone: then nobody would ever end us.
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    ensure!(
        parent == i32::try_from(args.parent).ok(),
        "the parent is gone already"
    );
    let error = Command::new(&args.program).args(&args.arguments).exec();
    Err(error).with_context(|| format!("{} could not be started", args.program.display()))
}
