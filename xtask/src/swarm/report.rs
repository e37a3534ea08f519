//! What a swarm has shown, for a person and for a program.

use std::fmt;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::casualties::Casualties;
use super::percentiles::Percentiles;

/// Failures that are listed one by one; the rest are counted.
const LISTED: usize = 20;

#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(super) nodes: usize,
    /// From the start of the last node to the last acknowledgement; none when not all came.
    pub(super) complete_after_s: Option<f64>,
    pub(super) discovery_to_ack: Option<Percentiles>,
    pub(super) hello_to_ack: Option<Percentiles>,
    pub(super) casualties: Option<Casualties>,
    /// Kinds of warnings that nodes gave, with how often.
    pub(super) warnings: Vec<(String, usize)>,
    pub(super) failures: Vec<String>,
    /// Where logs and data are, when they are kept.
    pub(super) kept: Option<PathBuf>,
}

impl Report {
    /// Seconds from the start of the last node until everybody had greeted everybody.
    pub(crate) const fn complete_after_s(&self) -> Option<f64> {
        self.complete_after_s
    }

    pub(crate) fn failures(&self) -> &[String] {
        &self.failures
    }

    pub(super) fn to_json(&self) -> Value {
        let warnings = self
            .warnings
            .iter()
            .map(|(kind, count)| (kind.clone(), json!(count)));
        json!({
            "nodes": self.nodes,
            "pairs": self.nodes * (self.nodes - 1),
            "ok": self.failures.is_empty(),
            "complete_after_s": self.complete_after_s,
            "discovery_to_ack_ms": self.discovery_to_ack.map(Percentiles::to_json),
            "hello_to_ack_ms": self.hello_to_ack.map(Percentiles::to_json),
            "kill": self.casualties.as_ref().map(Casualties::to_json),
            "warnings": warnings.collect::<serde_json::Map<_, _>>(),
            "failures": self.failures,
            "kept": self.kept.as_ref().map(|path| path.display().to_string()),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.nodes * (self.nodes - 1);
        if let Some(seconds) = self.complete_after_s {
            writeln!(
                f,
                "All {pairs} pairs found, greeted and acknowledged {seconds:.2} s after the last \
                 of {} nodes started.",
                self.nodes
            )?;
        }
        if let Some(latency) = &self.discovery_to_ack {
            writeln!(f, "  discovery to ACK  {latency}")?;
        }
        if let Some(latency) = &self.hello_to_ack {
            writeln!(f, "  HELLO to ACK      {latency}")?;
        }
        if let Some(casualties) = &self.casualties {
            write!(f, "{casualties}")?;
        }
        for (kind, count) in &self.warnings {
            writeln!(f, "  warning {kind}: {count}")?;
        }
        for failure in self.failures.iter().take(LISTED) {
            writeln!(f, "  FAILED: {failure}")?;
        }
        if self.failures.len() > LISTED {
            writeln!(f, "  ... and {} more", self.failures.len() - LISTED)?;
        }
        if self.failures.is_empty() {
            writeln!(
                f,
                "Everybody left cleanly, and those who stayed heard every goodbye."
            )?;
        }
        if let Some(path) = &self.kept {
            writeln!(f, "Logs and data: {}", path.display())?;
        }
        Ok(())
    }
}
