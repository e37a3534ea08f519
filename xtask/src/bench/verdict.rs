//! The lines by which a bench says how good is good enough:
//!
//! ```text
//! ratio <name> <value> floor <bound> [remark]
//! measure <name> <value> <unit> floor|ceiling <bound> [remark]
//! ```

use std::fmt;

use anyhow::{Context, Result, bail, ensure};

/// A measure and the bound it must keep.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    name: String,
    value: f64,
    unit: String,
    bound: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    Floor(f64),
    Ceiling(f64),
}

impl Verdict {
    /// One of two things that were measured in the same way.
    pub(super) const fn ratio(name: String, value: f64, bound: Bound) -> Self {
        Self {
            name,
            value,
            unit: String::new(),
            bound,
        }
    }

    /// Whether the measure keeps its bound. What is not a number keeps none.
    pub(super) fn holds(&self) -> bool {
        match self.bound {
            Bound::Floor(floor) => self.value >= floor,
            Bound::Ceiling(ceiling) => self.value <= ceiling,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, bound) = match self.bound {
            Bound::Floor(floor) => ("floor", floor),
            Bound::Ceiling(ceiling) => ("ceiling", ceiling),
        };
        let (name, value, unit) = (&self.name, self.value, &self.unit);
        let measured = if unit.is_empty() {
            format!("{value}")
        } else {
            format!("{value} {unit}")
        };
        write!(f, "{name}: {measured} ({word} {bound})")
    }
}

/// The verdicts among the lines that a bench printed.
///
/// # Errors
/// When a line begins like a verdict and cannot be read: a bound that is never checked is none.
pub(super) fn read(said: &str) -> Result<Vec<Verdict>> {
    let verdicts = said.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let parsed = match words.next()? {
            "ratio" => verdict(words, false),
            "measure" => verdict(words, true),
            _ => return None,
        };
        Some(parsed.with_context(|| format!("no verdict: {line}")))
    });
    verdicts.collect()
}

fn verdict<'a>(mut words: impl Iterator<Item = &'a str>, with_unit: bool) -> Result<Verdict> {
    let mut next = |what: &'static str| words.next().with_context(|| format!("no {what}"));
    let name = next("name")?.to_owned();
    let value = number(next("value")?)?;
    let unit = if with_unit {
        next("unit")?.to_owned()
    } else {
        String::new()
    };
    let word = next("floor or ceiling")?;
    let bound = number(next("bound")?)?;
    let bound = match word {
        "floor" => Bound::Floor(bound),
        "ceiling" => Bound::Ceiling(bound),
        other => bail!("`{other}` where floor or ceiling should be"),
    };
    Ok(Verdict {
        name,
        value,
        unit,
        bound,
    })
}

fn number(word: &str) -> Result<f64> {
    let number: f64 = word
        .parse()
        .with_context(|| format!("`{word}` is no number"))?;
    ensure!(number.is_finite(), "`{word}` is no measure");
    Ok(number)
}

/// All verdicts, one a line, in columns.
pub(super) fn table(verdicts: &[Verdict]) -> String {
    let width = verdicts
        .iter()
        .map(|verdict| verdict.name.len())
        .max()
        .unwrap_or(0);
    let rows = verdicts.iter().map(|verdict| {
        let (word, bound) = match verdict.bound {
            Bound::Floor(floor) => ("at least", floor),
            Bound::Ceiling(ceiling) => ("at most", ceiling),
        };
        let outcome = if verdict.holds() { "ok" } else { "MISSED" };
        let (name, value, unit) = (&verdict.name, verdict.value, &verdict.unit);
        format!("{name:<width$}  {value:>10} {unit:<8} {word:>8} {bound:<8} {outcome}\n")
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(line: &str) -> bool {
        let verdicts = read(line).unwrap();
        assert_eq!(verdicts.len(), 1, "{line}");
        verdicts[0].holds()
    }

    #[test]
    fn a_measure_on_its_bound_is_good_enough_and_one_past_it_is_not() {
        assert!(holds(
            "ratio hello-decode 0.80 floor 0.8 (ours 2.1 M/s, bare 2.6 M/s)"
        ));
        assert!(!holds(
            "ratio hello-decode 0.79 floor 0.8 (ours 2.0 M/s, bare 2.6 M/s)"
        ));
        assert!(holds("measure idle-memory 12 MiB ceiling 12"));
        assert!(!holds("measure idle-memory 12.01 MiB ceiling 12"));
        assert!(holds("measure exchanges 9000 1/s floor 8000"));
    }

    #[test]
    fn other_lines_are_not_verdicts() {
        assert_eq!(read("running 3 benches\n\nratios follow\n").unwrap(), []);
    }

    #[test]
    fn a_verdict_that_cannot_be_read_is_an_error() {
        for line in [
            "ratio",
            "ratio hello-decode fast floor 0.8",
            "ratio hello-decode NaN floor 0.8",
            "ratio hello-decode 0.9 bottom 0.8",
            "measure idle-memory 9 MiB ceiling",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
