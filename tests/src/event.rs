//! One JSON object a process printed.

use std::fmt;
use std::net::SocketAddr;

use serde_json::Value;

/// An event, or a line that should have been one.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    json: Value,
}

impl Event {
    /// What a line says; `not_json` when it is no JSON object.
    #[must_use]
    pub fn from_line(line: &str) -> Self {
        let json = serde_json::from_str(line)
            .ok()
            .filter(Value::is_object)
            .unwrap_or_else(|| serde_json::json!({ "event": "not_json", "line": line }));
        Self { json }
    }

    /// What happened: `started`, `peer_discovered`, …
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("event")
    }

    /// The string under `key`; empty when there is none.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_default()
    }

    /// Whatever is under `key`; `Value::Null` when there is nothing.
    #[must_use]
    pub fn value(&self, key: &str) -> &Value {
        &self.json[key]
    }

    /// The strings of the array under `key`.
    #[must_use]
    pub fn texts(&self, key: &str) -> Vec<&str> {
        let items = self.json[key].as_array();
        items
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The socket address under `addr`.
    ///
    /// # Panics
    ///
    /// When it is not one.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        let text = self.text("addr");
        text.parse()
            .unwrap_or_else(|_| panic!("`addr` is no socket address in {self}"))
    }

    /// Whether it came inside a session.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.json["verified"] == true
    }

    /// Whether this is event `name` about the node `id`.
    #[must_use]
    pub fn is_about(&self, name: &str, id: &str) -> bool {
        let subject = if name == "hello_received" {
            "from"
        } else {
            "id"
        };
        self.name() == name && self.text(subject) == id
    }

    /// Whether this is a warning of `kind`.
    #[must_use]
    pub fn is_warning(&self, kind: &str) -> bool {
        self.name() == "warning" && self.text("kind") == kind
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(f)
    }
}
