//! `sim`: networks of a thousand machines in virtual time. The scenarios are the crate's own.

use anyhow::Result;

use crate::{shell, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Runs of each scenario
    #[arg(long, value_name = "N", default_value_t = 20)]
    seeds: u64,
    /// Nodes in each network
    #[arg(long, value_name = "N", default_value_t = 1000)]
    nodes: usize,
    /// One scenario only
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Record what was measured as the baseline
    #[arg(long)]
    bless: bool,
}

impl Args {
    /// One run of each scenario.
    pub(crate) const fn short() -> Self {
        Self {
            seeds: 1,
            nodes: 1000,
            scenario: None,
            bless: false,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = workspace::cargo();
    command
        .args(["run", "--quiet", "--release", "--package", "tazcom-gossip"])
        .args(["--features", "__sim", "--example", "sim", "--"])
        .args(["--seeds", &args.seeds.to_string()])
        .args(["--nodes", &args.nodes.to_string()]);
    if let Some(scenario) = &args.scenario {
        command.args(["--scenario", scenario]);
    }
    if args.bless {
        command.arg("--bless");
    }
    shell::run(&mut command)
}
