//! `bench`: measures, and judges each measure against the bound that its bench prints with it.

mod beside;
mod measure;
mod verdict;

use anyhow::{Result, bail, ensure};

use self::beside::Other;
use self::measure::Measure;
use self::verdict::Verdict;
use crate::workspace;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// What to measure [default: all]
    #[arg(value_enum)]
    pub(crate) subjects: Vec<Subject>,
    /// Then let another implementation do the same work, and show both (for `session` or `gossip`)
    #[arg(long, value_name = "OTHER")]
    beside: Option<Other>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Subject {
    /// HELLO decoding against bare JSON decoding
    Codec,
    /// HELLO/ACK exchanges against a bare line server
    Exchange,
    /// Handshakes, frames and round trips against their bare cryptography and bare TCP
    Session,
    /// Messages to everybody, against the least that one costs; and how soon what is said is seen
    Gossip,
    /// Direct messages against their bare ratchet and signatures
    Direct,
    /// A message in a private room of 64, against its bare cryptography
    Group,
    /// A chat with 100,000 messages in it, at rest, and with 10,000 more a second
    Chat,
    /// A store of 100,000 messages: starting with it and searching it
    Store,
    /// Opening a data directory with a passphrase, against making its key alone
    Vault,
    /// How fast a newcomer sees and is seen, against other implementations
    Discovery,
    /// How fast fifty nodes have all met
    Swarm,
    /// What a node with nothing to do costs, and what it sends
    Idle,
    /// All of these
    All,
}

impl Subject {
    const EACH: [Self; 12] = [
        Self::Codec,
        Self::Exchange,
        Self::Session,
        Self::Gossip,
        Self::Direct,
        Self::Group,
        Self::Chat,
        Self::Store,
        Self::Vault,
        Self::Discovery,
        Self::Swarm,
        Self::Idle,
    ];

    fn measures(self) -> Vec<Measure> {
        match self {
            Self::Codec => vec![Measure::bench("tazcom-proto", "codec")],
            Self::Exchange => vec![Measure::bench("tazcom-net", "exchange")],
            Self::Session => vec![
                Measure::bench_with("__bench", "tazcom-session", "session"),
                Measure::bench_with("__bench", "tazcom-net", "session"),
            ],
            Self::Gossip => vec![Measure::bench("tazcom-node", "gossip")],
            Self::Direct => vec![Measure::bench("tazcom-direct", "direct")],
            Self::Group => vec![Measure::bench("tazcom-group", "group")],
            Self::Chat => vec![
                Measure::bench("tazcom-tui", "chat"),
                Measure::bench("tazcom-tests", "chat"),
            ],
            Self::Store => vec![Measure::bench("tazcom-store", "store")],
            Self::Vault => vec![Measure::bench("tazcom-vault", "vault")],
            Self::Discovery => vec![Measure::bench("tazcom-tests", "discovery")],
            Self::Swarm => vec![Measure::Swarm],
            Self::Idle => vec![
                Measure::bench("tazcom-tests", "idle"),
                Measure::bench("tazcom-tests", "traffic"),
            ],
            Self::All => vec![],
        }
    }

    /// Whether real processes are measured.
    const fn runs_nodes(self) -> bool {
        match self {
            Self::Codec
            | Self::Exchange
            | Self::Session
            | Self::Gossip
            | Self::Direct
            | Self::Group
            | Self::Store
            | Self::Vault => false,
            Self::Chat | Self::Discovery | Self::Swarm | Self::Idle | Self::All => true,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Codec => "codec",
            Self::Exchange => "exchange",
            Self::Session => "session",
            Self::Gossip => "gossip",
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Chat => "chat",
            Self::Store => "store",
            Self::Vault => "vault",
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
    let subjects = match args.subjects.as_slice() {
        [] => &Subject::EACH,
        some if some.contains(&Subject::All) => &Subject::EACH[..],
        some => some,
    };
    ensure!(
        args.beside.is_none() || matches!(subjects, [Subject::Session | Subject::Gossip]),
        "--beside goes with `session` or `gossip` alone: nothing else has its like there"
    );
    let members = workspace::members()?;
    let cli = match subjects.iter().any(|subject| subject.runs_nodes()) {
        true => Some(workspace::release_cli()?),
        false => None,
    };
    let mut said = String::new();
    let mut verdicts = Vec::new();
    let mut failures = Vec::new();
    for subject in subjects {
        let name = subject.name();
        for measure in subject.measures() {
            let outcome = measure
                .check(&members)
                .and_then(|()| measured(name, || measure.run(cli.as_deref())));
            match outcome {
                Ok((found, text)) => {
                    verdicts.extend(found);
                    said.push_str(&text);
                }
                Err(error) => failures.push(format!("{name}: {error:#}")),
            }
        }
    }
    if let (Some(other), [subject]) = (args.beside, subjects) {
        let (table, found) = other.beside(subject.name(), &said)?;
        println!("\n{table}");
        verdicts.extend(found);
    }
    println!("\n{}", verdict::table(&verdicts));
    let missed = verdicts.iter().filter(|verdict| !verdict.holds());
    failures.extend(missed.map(ToString::to_string));
    if !failures.is_empty() {
        bail!("not good enough:\n  {}", failures.join("\n  "));
    }
    Ok(())
}

/// The verdicts of the first try at which all hold, else of the last; and all that was said then.
fn measured(name: &str, mut run: impl FnMut() -> Result<String>) -> Result<(Vec<Verdict>, String)> {
    let mut tried = 1;
    loop {
        let outcome = run().and_then(|said| {
            let found = verdict::read(&said)?;
            ensure!(!found.is_empty(), "printed no verdict");
            Ok((found, said))
        });
        let good = outcome
            .as_ref()
            .is_ok_and(|(found, _)| found.iter().all(Verdict::holds));
        if good || tried == TRIES {
            return outcome;
        }
        println!("{name}: missed; measured again, in case the machine was busy");
        tried += 1;
    }
}
