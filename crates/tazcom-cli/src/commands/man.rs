//! `man`: the manual page, `tazcom-cli man | man -l -`. One page for all verbs, because one page
//! is what a pipe can hold.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::Cli;
use crate::exit_code::{Exit, Failure};
use crate::output;

pub(crate) fn execute() -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    page_of(&command, &mut page)?;
    output::print(&String::from_utf8(page)?)?;
    Ok(Exit::Done)
}

fn page_of(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    for verb in command.get_subcommands() {
        let is_generated = verb.get_name() == "help";
        if !is_generated {
            section_of(verb, page)?;
        }
    }
    man.render_extra_section(page)?;
    man.render_version_section(page)
}

/// A verb: what it does, how to call it, and its own options.
fn section_of(verb: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let own = verb
        .clone()
        .mut_args(|arg| {
            let everywhere = arg.is_global_set() || arg.get_id() == "help";
            arg.hide(everywhere)
        })
        .after_help("");
    let man = Man::new(own);
    let mut body = Vec::new();
    man.render_synopsis_section(&mut body)?;
    if verb
        .get_arguments()
        .any(|arg| !arg.is_global_set() && arg.get_id() != "help")
    {
        man.render_options_section(&mut body)?;
    }
    let about = verb
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    writeln!(page, ".SH \"{}\"\n{about}", verb.get_name().to_uppercase())?;
    // Sections of their own page are subsections here.
    page.extend(
        String::from_utf8_lossy(&body)
            .replace(".SH ", ".SS ")
            .bytes(),
    );
    Ok(())
}
