//! `man`: the manual page, `tazcom-cli man | man -l -`. One page for all verbs, because one page
//! is what a pipe can hold.

use std::io::{self, Write};

use clap::{Arg, ArgAction, Command, CommandFactory};
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
    synopsis_of(command, page)?;
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
    let man = Man::new(own.clone());
    let mut body = Vec::new();
    synopsis_of(&own, &mut body)?;
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

/// How to call it, each option with the name of its value: the generator leaves those out.
fn synopsis_of(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    writeln!(page, ".SH SYNOPSIS\n\\fB{}\\fR", escaped(name))?;
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        writeln!(page, "{}", usage_of(arg))?;
    }
    match command.has_subcommands() {
        true => writeln!(page, "<\\fIsubcommand\\fR>"),
        false => Ok(()),
    }
}

fn usage_of(arg: &Arg) -> String {
    let values: String = match arg.get_value_names() {
        Some(names) if arg.get_action().takes_values() => names
            .iter()
            .map(|name| format!("\\fI{}\\fR", escaped(name)))
            .collect(),
        _ => String::new(),
    };
    let flag = match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => format!("\\fB{}\\fR", escaped(&format!("--{long}"))),
        (None, Some(short)) => format!("\\fB{}\\fR", escaped(&format!("-{short}"))),
        (None, None) if arg.is_required_set() => return format!("<{values}>"),
        (None, None) => return format!("[{values}]"),
    };
    let many = match arg.get_action() {
        ArgAction::Append => "...",
        _ => "",
    };
    match values.is_empty() {
        true => format!("[{flag}]"),
        false => format!("[{flag} {values}]{many}"),
    }
}

/// In a manual page a bare minus is a hyphen, which cannot be copied to a shell.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}
