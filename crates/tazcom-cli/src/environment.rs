//! The `TAZCOM_*` variables: which there are, which count, and which of them is at fault.
//!
//! An empty variable counts as not set, as that is how a shell script takes one away. A bad value is
//! put down to the variable, not to a flag that nobody typed; a variable nobody knows is most likely
//! a typing mistake.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Command, CommandFactory, Error};

use crate::args::Cli;

const PREFIX: &str = "TAZCOM_";

/// Read by this project's own tests and tools, not by the program.
const ELSEWHERE: [&str; 5] = [
    "TAZCOM_BLESS",
    "TAZCOM_CLI",
    "TAZCOM_PYTHON",
    "TAZCOM_SEED",
    "TAZCOM_WRITE_DOCS",
];

/// Reads `arguments` and the variables that count.
pub(crate) fn matches(arguments: &[OsString]) -> Result<ArgMatches, Error> {
    let read = |counts: &dyn Fn(&OsStr) -> bool| {
        with_variables(Cli::command(), counts).try_get_matches_from(arguments)
    };
    let is_set = |name: &OsStr| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let result = read(&is_set);
    if result.is_ok() || read(&|_| false).is_err() {
        return result;
    }
    // The arguments are fine without the environment, so one of the variables is at fault.
    for name in known() {
        let culprit = OsStr::new(&name);
        if is_set(culprit)
            && let Err(mut error) = read(&|other| other == culprit)
        {
            error.insert(ContextKind::InvalidArg, ContextValue::String(name));
            return Err(error);
        }
    }
    result
}

/// A word about each variable that looks like ours and is not.
pub(crate) fn strangers() -> Vec<String> {
    let mut known = known();
    known.insert(crate::secret::FILE_VARIABLE.to_owned());
    let set: BTreeSet<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX) && !ELSEWHERE.contains(&name.as_str()))
        .collect();
    set.difference(&known)
        .map(|stranger| {
            let nearest = known.iter().min_by_key(|name| distance(stranger, name));
            format!(
                "warning: the variable {} means nothing to this program; did you mean {}?",
                stranger.escape_debug(),
                nearest.map_or("", String::as_str)
            )
        })
        .collect()
}

/// `command` without those variables that are set and do not count. One that is not set stays: its
/// name is in the help.
fn with_variables(command: Command, counts: &dyn Fn(&OsStr) -> bool) -> Command {
    command
        .mut_args(|arg| match arg.get_env() {
            Some(name) if std::env::var_os(name).is_some() && !counts(name) => {
                arg.env(None::<&'static str>)
            }
            _ => arg,
        })
        .mut_subcommands(|verb| with_variables(verb, counts))
}

/// The names of all variables an option can be given by.
fn known() -> BTreeSet<String> {
    let command = Cli::command();
    std::iter::once(&command)
        .chain(command.get_subcommands())
        .flat_map(Command::get_arguments)
        .filter_map(|arg| Some(arg.get_env()?.to_str()?.to_owned()))
        .collect()
}

/// How many letters have to be added, taken away or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, of_a) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, of_b) in b.chars().enumerate() {
            let changed = diagonal + usize::from(of_a != of_b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_begins_alike_and_is_none_of_the_tests() {
        let known = known();
        assert!(known.len() >= 9, "{known:?}");
        assert!(known.iter().all(|name| name.starts_with(PREFIX)));
        assert!(ELSEWHERE.iter().all(|name| !known.contains(*name)));
    }

    #[test]
    fn the_distance_counts_letters() {
        for (a, b, expected) in [
            ("", "", 0),
            ("PROT", "PORT", 2),
            ("PORT", "PORTS", 1),
            ("a", "", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
