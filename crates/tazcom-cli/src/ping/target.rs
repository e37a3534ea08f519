//! Whom to ping, as a person says it.

use std::fmt;
use std::str::FromStr;

use tazcom_identity::NodeId;

use crate::config_file::PeerAddress;

/// The shortest beginning of an id that is looked for: 24 bits, one peer in a room of hundreds.
const MIN_PREFIX_LEN: usize = 4;

/// A peer by its id, the beginning of it, or where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The whole id.
    Id(NodeId),
    /// The first characters of it, four to 42.
    Prefix(String),
    /// Where it listens.
    At(PeerAddress),
}

impl Target {
    /// Whether it may mean this peer, as far as an id can tell.
    pub(super) fn is_name_of(&self, id: &NodeId) -> bool {
        match self {
            Self::Id(wanted) => wanted == id,
            Self::Prefix(prefix) => {
                let mut text = [0; NodeId::TEXT_LEN];
                id.encode(&mut text).starts_with(prefix.as_str())
            }
            Self::At(_) => false,
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.contains(':') {
            return match text.parse() {
                Ok(addr) => Ok(Self::At(addr)),
                Err(error) => Err(error.to_string()),
            };
        }
        let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match text.len() {
            NodeId::TEXT_LEN => match text.parse() {
                Ok(id) => Ok(Self::Id(id)),
                Err(error) => Err(error.to_string()),
            },
            MIN_PREFIX_LEN..NodeId::TEXT_LEN if text.chars().all(is_of_id) => {
                Ok(Self::Prefix(text.to_owned()))
            }
            _ => Err(format!(
                "expected an id, its first {MIN_PREFIX_LEN} characters or more, or HOST:PORT"
            )),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Prefix(prefix) => f.write_str(prefix),
            Self::At(addr) => addr.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_beginnings_and_addresses_are_told_apart() {
        let id = NodeId::from_bytes([1; 32]);
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(Target::Id(id)));
        for prefix in [&text[..4], &text[..42], "-_aZ"] {
            assert_eq!(prefix.parse(), Ok(Target::Prefix(prefix.to_owned())));
        }
        assert!(matches!("[::1]:7".parse(), Ok(Target::At(_))));
        assert!(matches!("laptop:7".parse(), Ok(Target::At(_))));
        let longer = format!("{text}A");
        for wrong in [
            "",
            "AQE",
            "laptop.lan",
            "laptop:",
            "a b c",
            &longer,
            "\u{e4}\u{e4}",
        ] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn a_target_is_written_as_it_is_read() {
        for text in ["AQEB", "[::1]:7", "laptop:7"] {
            let target: Target = text.parse().unwrap();
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn a_beginning_names_every_id_that_begins_so() {
        let prefix: Target = "AQEB".parse().unwrap();
        assert!(prefix.is_name_of(&NodeId::from_bytes([1; 32])));
        assert!(!prefix.is_name_of(&NodeId::from_bytes([2; 32])));
    }
}
