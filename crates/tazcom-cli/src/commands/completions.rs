//! `completions SHELL`: a script that teaches a shell our verbs and options.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit_code::{Exit, Failure};
use crate::output;

pub(crate) fn execute(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tazcom-cli", &mut script);
    output::print(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
