//! `cargo xtask`: every development task of the workspace, one module a verb.
//!
//! A verb orders other programs about (cargo, rustfmt, the built nodes) and judges what they say;
//! whatever a crate of the product could own is not here. The verbs that start processes need a
//! Unix.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line talks on both"
)]

mod bench;
mod ci;
mod deny;
mod docs;
mod fmt;
mod fuzz;
mod layers;
mod lint;
mod package;
mod picture;
mod provision;
mod shell;
mod sim;
mod swarm;
mod test;
mod tether;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Every development task of the workspace.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the whole gate in order, stopping at the first failure
    Ci(ci::Args),
    /// Format the tree, imports included
    Fmt(fmt::Args),
    /// Run Clippy on all targets with the default, no and all features
    Lint,
    /// Check what no compiler checks: headers, budgets, manifests, words
    Tidy,
    /// Check the dependency edges against the table, and print the graph
    Layers,
    /// Run the tests of the workspace, doctests included
    Test(test::Args),
    /// Run the benches and judge their ratios against their floors
    Bench(bench::Args),
    /// Fuzz one target, or all of them
    Fuzz(fuzz::Args),
    /// Check licences, sources and banned or duplicated crates
    Deny,
    /// Build the documentation
    Docs(docs::Args),
    /// Check that every published crate packages with all it needs
    Package,
    /// Run real nodes on loopback until everybody has greeted everybody
    Swarm(swarm::Args),
    /// Simulate networks of a thousand nodes in virtual time
    Sim(sim::Args),
    /// Have three nodes chat, and write what one of them sees to docs/chat.svg and docs/chat.txt
    Picture,
    /// Become another program that ends when its parent does
    #[command(hide = true)]
    Tether(tether::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Ci(args) => ci::run(&args),
        Verb::Fmt(args) => fmt::run(&args),
        Verb::Lint => lint::run(),
        Verb::Tidy => tidy::run(),
        Verb::Layers => layers::run(),
        Verb::Test(args) => test::run(&args),
        Verb::Bench(args) => bench::run(&args),
        Verb::Fuzz(args) => fuzz::run(&args),
        Verb::Deny => deny::run(),
        Verb::Docs(args) => docs::run(&args),
        Verb::Package => package::run(),
        Verb::Swarm(args) => swarm::run(&args),
        Verb::Sim(args) => sim::run(&args),
        Verb::Picture => picture::run(),
        Verb::Tether(args) => tether::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if error.is::<swarm::Interrupted>() {
                ExitCode::from(130)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}
