//! What a node says on its standard output, one JSON object a line.

use anyhow::{Context, Result};
use serde_json::Value;

/// The part of a node's events that a swarm judges by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NodeEvent {
    Started {
        id: String,
    },
    Discovered {
        id: String,
    },
    HelloSent {
        id: String,
    },
    AckReceived {
        id: String,
        rtt_ms: f64,
    },
    Removed {
        id: String,
        reason: String,
    },
    Warning {
        kind: String,
    },
    Stopped,
    /// Nothing that a swarm judges by.
    Other,
}

impl NodeEvent {
    /// Reads one line.
    ///
    /// # Errors
    /// When it is no JSON object with an `event`, or a known event lacks one of its keys.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let object: Value = serde_json::from_str(line).context("not JSON")?;
        let text = |key: &str| {
            let value = object.get(key).and_then(Value::as_str);
            value
                .map(str::to_owned)
                .with_context(|| format!("no text under `{key}`"))
        };
        Ok(match text("event")?.as_str() {
            "started" => Self::Started { id: text("id")? },
            "peer_discovered" => Self::Discovered { id: text("id")? },
            "hello_sent" => Self::HelloSent { id: text("id")? },
            "ack_received" => {
                let rtt = object.get("rtt_ms").and_then(Value::as_f64);
                let rtt_ms = rtt.context("no number under `rtt_ms`")?;
                Self::AckReceived {
                    id: text("id")?,
                    rtt_ms,
                }
            }
            "peer_removed" => Self::Removed {
                id: text("id")?,
                reason: text("reason")?,
            },
            "warning" => Self::Warning {
                kind: text("kind")?,
            },
            "stopped" => Self::Stopped,
            _ => Self::Other,
        })
    }
}
