//! The ways to come by a measure: a bench of a member, or a swarm ordered from here. Each gives
//! what it said, verdicts among it.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use cargo_metadata::{Metadata, TargetKind};

use super::verdict;
use crate::shell::{self, Heard};
use crate::{swarm, workspace};

/// A swarm of this size ...
const SWARM: u16 = 50;

/// ... is complete so many seconds after the start of its last node, on two cores.
const SWARM_CEILING_S: f64 = 5.0;

#[derive(Clone, Copy, Debug)]
pub(super) enum Measure {
    Bench(Bench),
    Swarm,
}

/// A bench as cargo knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bench {
    package: &'static str,
    name: &'static str,
    /// What of its package it needs beyond the default.
    feature: Option<&'static str>,
}

impl Measure {
    pub(super) const fn bench(package: &'static str, name: &'static str) -> Self {
        Self::Bench(Bench {
            package,
            name,
            feature: None,
        })
    }

    pub(super) const fn bench_with(
        feature: &'static str,
        package: &'static str,
        name: &'static str,
    ) -> Self {
        Self::Bench(Bench {
            package,
            name,
            feature: Some(feature),
        })
    }

    /// What the measure cannot do without.
    pub(super) fn check(self, members: &Metadata) -> Result<()> {
        if let Self::Bench(bench) = self {
            let Bench { package, name, .. } = bench;
            ensure!(bench.is_among(members), "{package} has no bench `{name}`");
        }
        Ok(())
    }

    /// Measures, showing what is said as it is said.
    pub(super) fn run(self, cli: Option<&Path>) -> Result<String> {
        match self {
            Self::Bench(bench) => bench.run(cli),
            Self::Swarm => swarm_of_many(),
        }
    }
}

impl Bench {
    fn is_among(self, members: &Metadata) -> bool {
        members.packages.iter().any(|member| {
            let targets = member.targets.iter();
            let mut benches = targets.filter(|target| target.kind.contains(&TargetKind::Bench));
            member.name.as_str() == self.package && benches.any(|target| target.name == self.name)
        })
    }

    fn run(self, cli: Option<&Path>) -> Result<String> {
        let mut command = workspace::cargo();
        command.args(["bench", "--package", self.package, "--bench", self.name]);
        if let Some(feature) = self.feature {
            command.args(["--features", feature]);
        }
        if let Some(cli) = cli {
            command.env(workspace::CLI_VARIABLE, cli);
        }
        worth_judging(shell::tee(&mut command)?)
    }
}

/// What a bench said, if verdicts can be read off it. A bench fails when a figure misses its bound,
/// and then it is that figure that is to be shown; any other failure is one.
fn worth_judging(Heard { said, ended }: Heard) -> Result<String> {
    let missed = verdict::read(&said)?.iter().any(|found| !found.holds());
    if !missed {
        ended?;
    }
    Ok(said)
}

fn swarm_of_many() -> Result<String> {
    let report = swarm::swarm(&swarm::Args::quiet(SWARM))?;
    print!("{report}");
    let failures = report.failures();
    ensure!(
        failures.is_empty(),
        "a swarm of {SWARM} failed: {}",
        failures.join("; ")
    );
    let Some(seconds) = report.complete_after_s() else {
        bail!("a swarm of {SWARM} was never complete");
    };
    Ok(format!(
        "measure swarm-{SWARM}-complete {seconds:.3} s ceiling {SWARM_CEILING_S}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bench_that_fails_over_a_figure_is_judged_by_it_and_any_other_failure_is_told() {
        let told = |script: &str| {
            let mut command = std::process::Command::new("sh");
            let heard = shell::tee(command.args(["-c", script])).expect("sh starts");
            worth_judging(heard)
        };
        let missed = told("echo measure idle-memory 17 MiB ceiling 16; exit 1");
        assert!(missed.is_ok_and(|said| said.contains("17 MiB")));
        let held = told("echo measure idle-memory 15 MiB ceiling 16; exit 1");
        assert!(held.is_err_and(|error| error.to_string().contains("exit status: 1")));
        assert!(told("exit 101").is_err());
        assert!(told("echo measure idle-memory 15 MiB ceiling 16").is_ok());
    }
}
