//! `tazcom-cli`: TAZCOM on the command line.
//!
//! Data goes to standard output, everything else to standard error, and the exit code says how it
//! ended. Reading order: [`args`] and [`config_file`] say what was asked for, [`commands`] has one
//! file a verb, [`control`] is how they ask a node that runs, [`ping`] what two of them have in common,
//! [`output`] says what is shown, [`exit_code`] how it ends.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

use tazcom_identity::DataDirError;

mod args;
mod commands;
mod config_file;
mod control;
mod conversing;
mod environment;
mod exit_code;
mod hook;
mod locale;
mod logging;
mod lookup;
mod met;
mod missing;
mod output;
mod own_node;
mod panic;
mod ping;
mod secret;
mod signals;
mod unlock;
mod when;

use crate::args::{Cli, Command, Global};
use crate::exit_code::{Exit, Failure};

fn main() -> ExitCode {
    panic::announce();
    // Before anything secret is in memory. Where a system does not do it there is nothing to be done.
    let unprotected = tazcom_node::vault::harden_process();
    let cli = args::parse();
    logging::remark(environment::strangers());
    for failure in unprotected {
        tracing::debug!("memory is not protected: {failure}");
    }
    let exit = execute(cli).unwrap_or_else(|failure| {
        logging::complain(&failure);
        failure.exit()
    });
    output::printer::finish();
    if panic::has_happened() {
        return Exit::Panicked.into();
    }
    exit.into()
}

fn execute(cli: Cli) -> Result<Exit, Failure> {
    let Cli { command, global } = cli;
    let result = match command {
        Command::Run(args) => commands::run::execute(args, &global),
        Command::Chat(args) => commands::chat::execute(args, &global),
        Command::Peers(args) => commands::peers::execute(args, &global),
        Command::Ping(args) => commands::ping::execute(args, &global),
        Command::Send(args) => commands::send::execute(args, &global),
        Command::Listen(args) => commands::listen::execute(args, &global),
        Command::Rooms => commands::rooms::execute(&global),
        Command::History(args) => commands::history::execute(args, &global),
        Command::Trace(args) => commands::trace::execute(args, &global),
        Command::Nick(args) => commands::nick::execute(args, &global),
        Command::Connect(args) => commands::connect::execute(args, &global),
        Command::Export(args) => commands::export::execute(args, &global),
        Command::Import(args) => commands::export::execute_import(args, &global),
        Command::Id(args) => commands::id::execute(args, &global),
        Command::Whois(args) => commands::whois::execute(args, &global),
        Command::Verify(args) => commands::verify::execute(args, &global),
        Command::Block(args) => commands::block::execute(args, false, &global),
        Command::Unblock(args) => commands::block::execute(args, true, &global),
        Command::Room(command) => commands::room::execute(command, &global),
        Command::Passphrase(args) => commands::passphrase::execute(&args, &global),
        Command::Wipe(args) => commands::wipe::execute(&args, &global),
        Command::Completions { shell } => commands::completions::execute(shell),
        Command::Man => commands::man::execute(),
    };
    match result {
        // Whoever read our output has what they wanted: `tazcom-cli peers | head -1`.
        Err(failure) if failure.is_broken_pipe() => Ok(Exit::Done),
        result => result,
    }
}

/// The data directory asked for, or the platform's. It need not be there yet.
fn data_dir(global: &Global) -> Result<PathBuf, Failure> {
    let path = match &global.data_dir {
        Some(dir) => dir.clone(),
        None => default_data_dir()?,
    };
    match fs::metadata(&path) {
        Ok(metadata) if !metadata.is_dir() => Err(DataDirError::NotADirectory { path }.into()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(DataDirError::NotADirectory { path }.into())
        }
        _ => Ok(path),
    }
}

/// `$XDG_DATA_HOME/tazcom` and its like. Never below the current directory: a key that is found or
/// not found depending on where one stands would be another identity everywhere.
fn default_data_dir() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;

    let refused = |why: &dyn std::fmt::Display| {
        Failure::usage(anyhow::anyhow!(
            "no home directory to keep data in ({why}); name a directory with --data-dir"
        ))
    };
    let strategy = etcetera::choose_base_strategy().map_err(|error| refused(&error))?;
    let base = strategy.data_dir();
    if base.is_relative() {
        return Err(refused(&"HOME is not an absolute path"));
    }
    Ok(base.join("tazcom"))
}

/// A runtime on this thread alone: a node waits nearly all of the time, and one thread is enough
/// for all the rest.
fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
