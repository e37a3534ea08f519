//! `man`: the manual page, `tazcom-cli man | man -l -`.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Cli;
use crate::exit_code::{Exit, Failure};
use crate::output;

pub(crate) fn execute() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    Man::new(Cli::command()).render(&mut page)?;
    output::print(&String::from_utf8(page)?)?;
    Ok(Exit::Done)
}
