//! The comparison in Markdown, and its place in the documentation.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{fmt, fs};

use crate::CROWDS;
use crate::crowd::Outcome;
use crate::flood::Damage;
use crate::interop::{End, Matrix};
use crate::kind::{self, Kind};
use crate::latency::Spread;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/discovery.md");
const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
const BEGIN: &str = "<!-- comparison: begin -->";
const END: &str = "<!-- comparison: end -->";

/// All that was measured; every list has one entry a kind.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) kinds: Vec<Kind>,
    /// A newcomer sees, and is seen.
    pub(crate) latencies: Vec<(Spread, Spread)>,
    /// For each of [`CROWDS`].
    pub(crate) crowds: [Vec<Outcome>; CROWDS.len()],
    pub(crate) matrix: Matrix,
    pub(crate) floods: Vec<Damage>,
    /// After how long a kill was noticed, or for how long it was not.
    pub(crate) kills: Vec<Result<Duration, Duration>>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", circumstances(&self.kinds))?;
        row(f, "", self.kinds.iter().map(|kind| kind.title().to_owned()))?;
        row(f, "---", self.kinds.iter().map(|_| "---".to_owned()))?;
        let sees = self.latencies.iter().map(|(sees, _)| spread(sees));
        row(f, "a newcomer sees a running node, ms", sees)?;
        let is_seen = self.latencies.iter().map(|(_, is_seen)| spread(is_seen));
        row(f, "a newcomer is seen by it, ms", is_seen)?;
        for (size, outcomes) in CROWDS.iter().zip(&self.crowds) {
            let complete = outcomes.iter().map(completion);
            row(f, &format!("{size} nodes: all know all"), complete)?;
            let cost = outcomes
                .iter()
                .map(|outcome| format!("{}, {} kB", outcome.packets, outcome.bytes / 1000));
            row(f, &format!("{size} nodes: multicast packets"), cost)?;
        }
        self.write_matrix(f)?;
        let ends = self.matrix.ends.iter().map(end);
        row(f, "its clean exit is noticed by those who saw it", ends)?;
        let kills = self.kills.iter().map(|kill| match kill {
            Ok(after) => format!("after {:.0} s", after.as_secs_f64()),
            Err(waited) => format!("not within {:.0} s", waited.as_secs_f64()),
        });
        row(f, "it notices that a node of its kind was killed", kills)?;
        let cpu = self.floods.iter().map(|damage| {
            if damage.killed {
                return "it ended".to_owned();
            }
            let grown = damage.grown_kib as f64 / 1024.0;
            format!("{:.1} s, {grown:+.1} MiB", damage.cpu.as_secs_f64())
        });
        row(f, "20,000 fake nodes: processor time, memory", cpu)?;
        let sees = self.floods.iter().map(|damage| yes(damage.sees));
        row(f, "... and afterwards it finds a real newcomer", sees)
    }
}

impl Findings {
    fn write_matrix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (column, kind) in self.kinds.iter().enumerate() {
            let finds = self.matrix.finds.iter().map(|found| yes(found[column]));
            row(f, &format!("finds {} nodes", kind.title()), finds)?;
        }
        if let Some(finds) = &self.matrix.finds_avahi {
            row(
                f,
                "finds what avahi publishes",
                finds.iter().map(|found| yes(*found)),
            )?;
        }
        if let Some(found) = &self.matrix.found_by_avahi {
            row(
                f,
                "is resolved by avahi",
                found.iter().map(|found| yes(*found)),
            )?;
        }
        Ok(())
    }
}

/// Replaces the comparison in `docs/discovery.md`.
///
/// # Panics
///
/// When something was not measured, or the document has no place for it.
pub(crate) fn write_docs(findings: &Findings) {
    let whole = findings.kinds.len() == 4 && findings.matrix.finds_avahi.is_some();
    assert!(
        whole,
        "a comparison with gaps does not belong in the documentation"
    );
    let path = Path::new(DOCS);
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{DOCS}: {error}"));
    let place = text.split_once(BEGIN).and_then(|(head, rest)| {
        let (_, tail) = rest.split_once(END)?;
        Some((head, tail))
    });
    let (head, tail) = place.expect("docs/discovery.md has the marks around the comparison");
    let text = format!("{head}{BEGIN}\n{findings}{END}{tail}");
    fs::write(path, text).unwrap_or_else(|error| panic!("{DOCS}: {error}"));
}

fn row(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    cells: impl Iterator<Item = String>,
) -> fmt::Result {
    write!(f, "| {title} |")?;
    for cell in cells {
        write!(f, " {cell} |")?;
    }
    writeln!(f)
}

fn spread(spread: &Spread) -> String {
    let [least, median, most] = spread.in_ms();
    if spread.succeeded() {
        format!("{least:.0} / **{median:.0}** / {most:.0}")
    } else {
        "never".to_owned()
    }
}

fn completion(outcome: &Outcome) -> String {
    match outcome.complete {
        Some(after) => format!("{:.1} s", after.as_secs_f64()),
        None => format!("{} of {}", outcome.knew_all, outcome.size),
    }
}

fn end(end: &End) -> String {
    let slowest = end.slowest.as_secs_f64();
    match (end.noticed, end.observers) {
        (_, 0) => "nobody saw it".to_owned(),
        (0, _) => "no".to_owned(),
        (noticed, observers) if noticed == observers => format!("yes, {slowest:.1} s"),
        (noticed, observers) => format!("by {noticed} of {observers}, {slowest:.1} s"),
    }
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// When, on what, and against what.
fn circumstances(kinds: &[Kind]) -> String {
    let date = said(Command::new("date").args(["-u", "+%Y-%m-%d"]));
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut release = release.split(['.', '-']);
    let linux = [release.next(), release.next()].map(Option::unwrap_or_default);
    let versions: Vec<String> = kinds
        .iter()
        .filter(|kind| **kind != Kind::Native)
        .map(|kind| format!("{} {}", kind.title(), version(*kind)))
        .collect();
    format!(
        "Measured on {date} on {cores} cores of an {model}, Linux {}; {}.",
        linux.join("."),
        versions.join(", "),
    )
}

fn version(kind: Kind) -> String {
    if kind == Kind::Zeroconf {
        let tell = "import zeroconf; print(zeroconf.__version__)";
        return said(Command::new(kind::interpreter()).args(["-c", tell]));
    }
    locked(kind.title())
}

fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout);
    let text = String::from_utf8_lossy(&output.unwrap_or_default()).into_owned();
    text.trim().to_owned()
}

/// The version of a package in `Cargo.lock`.
fn locked(package: &str) -> String {
    let lock = fs::read_to_string(LOCK).unwrap_or_default();
    let mut rest = lock
        .lines()
        .skip_while(|line| *line != format!("name = \"{package}\""));
    let version = rest.nth(1).and_then(|line| line.strip_prefix("version = "));
    version.unwrap_or("?").trim_matches('"').to_owned()
}
