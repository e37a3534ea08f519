//! Other implementations doing the same work, after ours and on the same machine.
//!
//! Not in the gate: the other is a large build of its own workspace (`benches/`), nothing of it is
//! in the product, and how fast it is decides nothing but the few bounds of [`AGAINST`]. What is
//! compared is what both print as `figure <name> <value> <unit> [remark]`.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};

use super::verdict::{Bound, Verdict};
use crate::{shell, workspace};

/// How ours must stand against theirs, as the quotient of the two figures of one name.
const AGAINST: &[(&str, Bound)] = &[
    ("gossip_delivered", Bound::Floor(1.0)),
    ("gossip_deliveries", Bound::Floor(1.5)),
    ("gossip_cpu", Bound::Ceiling(0.5)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Other {
    /// TCP, Noise and yamux of rust-libp2p, and its gossipsub
    Libp2p,
}

/// Something that was measured and has no bound.
#[derive(Clone, Debug, PartialEq)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
}

impl Other {
    const fn name(self) -> &'static str {
        match self {
            Self::Libp2p => "libp2p",
        }
    }

    /// Builds and runs the other on a subject, and puts its figures beside those among what ours
    /// `said`. The table, and how ours stand where that is bound.
    pub(super) fn beside(self, subject: &str, said: &str) -> Result<(String, Vec<Verdict>)> {
        let name = self.name();
        let build = workspace::target_dir()?.join(name);
        let mut command = workspace::cargo();
        command
            .args(["run", "--release", "--locked", "--manifest-path"])
            .arg(format!("benches/{name}/Cargo.toml"))
            .arg("--target-dir")
            .arg(build)
            .args(["--", subject]);
        let shell::Heard {
            said: theirs,
            ended,
        } = shell::tee(&mut command)?;
        ended?;
        let theirs = read(&theirs)?;
        ensure!(!theirs.is_empty(), "{name} printed no figure");
        let ours = read(said)?;
        Ok((table(name, &ours, &theirs), against(name, &ours, &theirs)))
    }
}

/// The verdicts on those figures that both have and that are bound.
fn against(other: &str, ours: &[Figure], theirs: &[Figure]) -> Vec<Verdict> {
    let quotient = |name: &str| {
        let their = theirs.iter().find(|figure| figure.name == name)?;
        let own = ours.iter().find(|figure| figure.is_like(their))?;
        Some(own.value / their.value)
    };
    let verdicts = AGAINST.iter().filter_map(|(name, bound)| {
        let value = (quotient(name)? * 1e3).round() / 1e3;
        Some(Verdict::ratio(format!("{name}_by_{other}"), value, *bound))
    });
    verdicts.collect()
}

impl Figure {
    fn is_like(&self, other: &Self) -> bool {
        self.name == other.name && self.unit == other.unit
    }
}

/// The figures among the lines that a bench printed.
fn read(said: &str) -> Result<Vec<Figure>> {
    let lines = said.lines().filter_map(|line| {
        let figure = line.strip_prefix("figure ")?;
        Some(parse(figure).with_context(|| format!("no figure: {line}")))
    });
    lines.collect()
}

fn parse(line: &str) -> Result<Figure> {
    let mut words = line.split_whitespace();
    let mut next = |what: &'static str| words.next().with_context(|| format!("no {what}"));
    let name = next("name")?.to_owned();
    let value: f64 = next("value")?.parse().context("no number")?;
    ensure!(value.is_finite(), "no measure");
    let unit = next("unit")?.to_owned();
    Ok(Figure { name, value, unit })
}

/// One line for each of theirs, with ours before it where there is one of that name.
fn table(other: &str, ours: &[Figure], theirs: &[Figure]) -> String {
    let width = theirs.iter().map(|figure| figure.name.len()).max();
    let width = width.unwrap_or(0);
    let mut table = format!("{:<width$}  {:>12}  {other:>12}\n", "", "ours");
    for their in theirs {
        let Figure { name, value, unit } = their;
        let own = ours.iter().find(|figure| figure.is_like(their));
        let own = own.map(|figure| figure.value);
        let own = own.map_or_else(|| "-".to_owned(), |own| own.to_string());
        let _ = writeln!(table, "{name:<width$}  {own:>12}  {value:>12} {unit}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_one_name_and_unit_stand_beside_each_other() {
        let ours = "figure handshakes 800 /s over TCP\nratio x 1 floor 0\nfigure odd 1 s\n";
        let theirs = read("figure handshakes 500 /s\nfigure odd 2 ms\n").unwrap();
        let table = table("other", &read(ours).unwrap(), &theirs);
        let rows: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        let expected: [&[&str]; 3] = [
            &["ours", "other"],
            &["handshakes", "800", "500", "/s"],
            &["odd", "-", "2", "ms"],
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn twice_the_processor_time_of_the_other_is_too_much() {
        let theirs = read("figure gossip_cpu 100 us\nfigure connects 5 /s\n").unwrap();
        let holds = |ours: &str| {
            let verdicts = against("other", &read(ours).unwrap(), &theirs);
            verdicts.iter().map(Verdict::holds).collect::<Vec<_>>()
        };
        assert_eq!(
            holds("figure gossip_cpu 50 us\nfigure connects 1 /s\n"),
            [true]
        );
        assert_eq!(holds("figure gossip_cpu 200 us\n"), [false]);
        assert!(holds("figure connects 9 /s\n").is_empty());
    }

    #[test]
    fn a_figure_that_cannot_be_read_is_an_error() {
        for line in [
            "figure x",
            "figure x fast /s",
            "figure x NaN s",
            "figure x 1",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
