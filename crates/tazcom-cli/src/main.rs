//! `tazcom-cli`: TAZCOM on the command line.
//!
//! Data goes to standard output, everything else to standard error, and the exit code says how it
//! ended. Reading order: [`args`] and [`config_file`] say what was asked for, [`commands`] has one
//! file a verb, [`output`] says what is shown, [`exit_code`] how it ends.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

mod args;
mod commands;
mod config_file;
mod exit_code;
mod logging;
mod output;
mod panic;
mod signals;

use crate::args::{Cli, Command, Global};
use crate::exit_code::{Exit, Failure};

fn main() -> ExitCode {
    panic::announce();
    let exit = execute(args::parse()).unwrap_or_else(|failure| {
        logging::complain(&failure);
        failure.exit()
    });
    if panic::has_happened() {
        return Exit::Panicked.into();
    }
    exit.into()
}

fn execute(cli: Cli) -> Result<Exit, Failure> {
    let Cli { command, global } = cli;
    let result = match command {
        Command::Run(args) => commands::run::execute(args, &global),
        Command::Peers(args) => commands::peers::execute(args, &global),
        Command::Id => commands::id::execute(&global),
        Command::Completions { shell } => commands::completions::execute(shell),
        Command::Man => commands::man::execute(),
    };
    match result {
        // Whoever read our output has what they wanted: `tazcom-cli peers | head -1`.
        Err(failure) if failure.is_broken_pipe() => Ok(Exit::Done),
        result => result,
    }
}

/// The data directory asked for, or the platform's.
fn data_dir(global: &Global) -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;

    match &global.data_dir {
        Some(dir) => Ok(dir.clone()),
        None => match etcetera::choose_base_strategy() {
            Ok(strategy) => Ok(strategy.data_dir().join("tazcom")),
            Err(error) => Err(Failure::usage(anyhow::anyhow!(
                "no home directory to keep data in ({error}); name a directory with --data-dir"
            ))),
        },
    }
}

/// A runtime on this thread alone: a node waits nearly all of the time, and one thread is enough
/// for all the rest.
fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
