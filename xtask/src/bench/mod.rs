//! `bench`: measures, and judges each measure against the bound that its bench prints with it.

mod verdict;

use anyhow::{Result, bail, ensure};
use cargo_metadata::{Metadata, TargetKind};

use self::verdict::Verdict;
use crate::{shell, swarm, workspace};

/// A swarm of this size ...
const SWARM: u16 = 50;

/// ... is complete so many seconds after the start of its last node, on two cores.
const SWARM_CEILING_S: f64 = 5.0;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, default_value_t = Subject::All)]
    pub(crate) subject: Subject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Subject {
    /// HELLO decoding against bare JSON decoding
    Codec,
    /// HELLO/ACK exchanges against a bare line server
    Exchange,
    /// Session frames against their bare cipher
    Session,
    /// How fast a newcomer sees and is seen, against other implementations
    Discovery,
    /// How fast fifty nodes have all met
    Swarm,
    /// What a node with nothing to do costs
    Idle,
    /// All of these
    All,
}

impl Subject {
    const EACH: [Self; 6] = [
        Self::Codec,
        Self::Exchange,
        Self::Session,
        Self::Discovery,
        Self::Swarm,
        Self::Idle,
    ];

    /// The bench target, as package and name; none for what is measured right here.
    const fn target(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Codec => Some(("tazcom-proto", "codec")),
            Self::Exchange => Some(("tazcom-net", "exchange")),
            Self::Session => Some(("tazcom-session", "session")),
            Self::Discovery => Some(("tazcom-tests", "discovery")),
            Self::Idle => Some(("tazcom-tests", "idle")),
            Self::Swarm | Self::All => None,
        }
    }

    /// Whether real processes are measured.
    const fn runs_nodes(self) -> bool {
        !matches!(self, Self::Codec | Self::Exchange | Self::Session)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Codec => "codec",
            Self::Exchange => "exchange",
            Self::Session => "session",
            Self::Discovery => "discovery",
            Self::Swarm => "swarm",
            Self::Idle => "idle",
            Self::All => "all",
        }
    }
}

/// A bench is measured this often before a miss counts: whatever else the machine does can only
/// worsen a figure, so one good run shows what the code can do.
const TRIES: u32 = 3;

/// Runs the benches, prints all their verdicts together, and fails if one is on the wrong side of
/// its bound, missing, or silent.
pub(crate) fn run(args: &Args) -> Result<()> {
    let members = workspace::members()?;
    let cli = if args.subject.runs_nodes() {
        Some(workspace::release_cli()?)
    } else {
        None
    };
    let subjects = if args.subject == Subject::All {
        &Subject::EACH[..]
    } else {
        &[args.subject]
    };
    let mut verdicts = Vec::new();
    let mut failures = Vec::new();
    for subject in subjects {
        let name = subject.name();
        if let Some((package, bench)) = subject.target()
            && !exists(&members, package, bench)
        {
            failures.push(format!("{name}: {package} has no bench `{bench}`"));
            continue;
        }
        let measure = || match subject.target() {
            None => measure_swarm(),
            Some((package, bench)) => {
                let mut command = workspace::cargo();
                command.args(["bench", "--package", package, "--bench", bench]);
                if let Some(cli) = &cli {
                    command.env(workspace::CLI_VARIABLE, cli);
                }
                shell::tee(&mut command).and_then(|said| verdict::read(&said))
            }
        };
        let good = |found: &Result<Vec<verdict::Verdict>>| {
            found
                .as_ref()
                .is_ok_and(|found| !found.is_empty() && found.iter().all(verdict::Verdict::holds))
        };
        let mut measured = measure();
        for _ in 1..TRIES {
            if good(&measured) {
                break;
            }
            println!("{name}: missed; measured again, in case the machine was busy");
            measured = measure();
        }
        match measured {
            Ok(found) if found.is_empty() => failures.push(format!("{name}: printed no verdict")),
            Ok(found) => verdicts.extend(found),
            Err(error) => failures.push(format!("{name}: {error:#}")),
        }
    }
    println!("\n{}", verdict::table(&verdicts));
    let missed = verdicts.iter().filter(|verdict| !verdict.holds());
    failures.extend(missed.map(ToString::to_string));
    if !failures.is_empty() {
        bail!("not good enough:\n  {}", failures.join("\n  "));
    }
    Ok(())
}

fn exists(members: &Metadata, package: &str, bench: &str) -> bool {
    members.packages.iter().any(|member| {
        let targets = member.targets.iter();
        let mut benches = targets.filter(|target| target.kind.contains(&TargetKind::Bench));
        member.name.as_str() == package && benches.any(|target| target.name == bench)
    })
}

fn measure_swarm() -> Result<Vec<Verdict>> {
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
    let line = format!("measure swarm-{SWARM}-complete {seconds:.3} s ceiling {SWARM_CEILING_S}");
    verdict::read(&line)
}
