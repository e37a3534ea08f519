//! What whoever attends a node is told, read again.

use std::net::SocketAddr;

use serde::Deserialize;
use tazcom_identity::NodeId;

use super::answer::AskError;
use crate::output::{AroundRecord, ChatRecord, PrivateRecord};

/// One record of what is told to whoever attends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Attended {
    /// Something in the conversation.
    Chat(Box<ChatRecord>),
    /// Something private, or about who is who.
    Private(Box<PrivateRecord>),
    /// What there is.
    Around(Box<AroundRecord>),
    /// Something that a person should hear of.
    Warning {
        kind: String,
        message: String,
        /// Whom it is about.
        id: Option<NodeId>,
        /// Where it went wrong.
        addr: Option<SocketAddr>,
        count: Option<u64>,
    },
    /// The node has ended.
    Done,
    /// Of a newer version.
    Other,
}

#[derive(Debug, Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    event: std::borrow::Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct Words {
    #[serde(default)]
    kind: String,
    message: String,
    #[serde(default)]
    id: Option<NodeId>,
    #[serde(default)]
    addr: Option<SocketAddr>,
    #[serde(default)]
    count: Option<u64>,
}

impl Attended {
    /// Reads a line.
    ///
    /// # Errors
    /// [`AskError`] when it is no record, or says that nothing can be attended.
    pub(crate) fn read(line: &str) -> Result<Self, AskError> {
        let named: Named<'_> = parse(line)?;
        Ok(match &*named.event {
            "message" | "reach" | "gap" | "gap_closed" | "forked" | "split" | "merged"
            | "name_changed" | "room_seen" | "clock_skew" => Self::Chat(Box::new(parse(line)?)),
            "private_message"
            | "fate"
            | "invited"
            | "private_room_changed"
            | "new_keys"
            | "suspicious"
            | "unopened"
            | "verification_asked"
            | "compare"
            | "verification_failed"
            | "trust"
            | "succeeded"
            | "revoked" => Self::Private(Box::new(parse(line)?)),
            "me" | "conversation" | "gone" | "status" | "ready" => {
                Self::Around(Box::new(parse(line)?))
            }
            "warning" => {
                let Words {
                    kind,
                    message,
                    id,
                    addr,
                    count,
                } = parse(line)?;
                Self::Warning {
                    kind,
                    message,
                    id,
                    addr,
                    count,
                }
            }
            "error" => {
                let Words { kind, message, .. } = parse(line)?;
                return Err(AskError::Refused { kind, message });
            }
            "done" => Self::Done,
            _ => Self::Other,
        })
    }
}

fn parse<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, AskError> {
    serde_json::from_str(line).map_err(|_| AskError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_read_as_what_it_is() {
        let me = r##"{"event":"gone","place":"#x","at":"2026-11-25T00:00:00.000Z"}"##;
        let gone = AroundRecord::Gone {
            place: "#x".to_owned(),
        };
        assert_eq!(
            Attended::read(me).ok(),
            Some(Attended::Around(Box::new(gone)))
        );
        let newer = r#"{"event":"from_the_future","x":1}"#;
        assert_eq!(Attended::read(newer).ok(), Some(Attended::Other));
        let gap = r##"{"event":"gap","room":"#lobby"}"##;
        assert!(matches!(Attended::read(gap), Err(AskError::Unreadable)));
        let busy = r#"{"event":"error","kind":"busy","message":"try again"}"#;
        assert!(matches!(
            Attended::read(busy),
            Err(AskError::Refused { .. })
        ));
    }
}
