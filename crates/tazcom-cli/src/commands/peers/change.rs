//! A line for each change, for people who watch.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use tazcom_identity::NodeId;

use crate::commands::peers::table;
use crate::output::PeerRecord;

/// Something that changed in who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Here(PeerRecord),
    Changed(PeerRecord),
    Gone {
        id: NodeId,
        reason: String,
    },
    /// A handshake has proven who it is.
    Session {
        id: NodeId,
        addr: SocketAddr,
        trust: Option<String>,
    },
    SessionOver {
        id: NodeId,
        reason: String,
    },
    /// How far it is trusted from now on.
    Trust {
        id: NodeId,
        level: String,
    },
}

/// Whoever is there, as they were shown last. As many as whoever tells of them keeps.
#[derive(Debug, Default)]
pub(super) struct View {
    last: BTreeMap<NodeId, PeerRecord>,
}

impl View {
    /// The line for a change, which is then part of the view.
    pub(super) fn line(&mut self, change: Change) -> String {
        let time = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
        let text = match change {
            Change::Here(peer) => self.show("here   ", peer),
            Change::Changed(peer) => self.show("changed", peer),
            Change::Gone { id, reason } => {
                let last = self.last.remove(&id);
                let was = last.map_or_else(|| id.short().to_string(), |peer| cells(&peer));
                format!("gone     {was}  ({reason})")
            }
            Change::Session { id, addr, trust } => {
                let trust = trust.map_or_else(String::new, |level| format!("  {level}"));
                format!("session  {}  {addr}{trust}", id.short())
            }
            Change::SessionOver { id, reason } => {
                format!("ended    {}  ({reason})", id.short())
            }
            Change::Trust { id, level } => {
                let text = format!("trust    {}  {level}", id.short());
                if let Some(last) = self.last.get_mut(&id) {
                    last.trust = Some(Cow::Owned(level));
                }
                text
            }
        };
        format!("{time}  {text}\n")
    }

    fn show(&mut self, word: &str, peer: PeerRecord) -> String {
        let text = format!("{word}  {}", cells(&peer));
        self.last.insert(peer.id, peer);
        text
    }
}

fn cells(peer: &PeerRecord) -> String {
    let trust = peer.trust.as_deref().into_iter();
    let cells = table::cells(peer);
    let cells = cells.iter().map(String::as_str).chain(trust);
    cells.collect::<Vec<&str>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_left_is_shown_as_it_was() {
        let id = NodeId::from_bytes([1; 32]);
        let peer = PeerRecord {
            id,
            addr: Some("192.168.1.1:4711".parse().unwrap()),
            via: Some("mdns@lo".to_owned()),
            version: Some("2.0".to_owned()),
            addrs: Vec::new(),
            trust: None,
        };
        let mut view = View::default();
        let mut rest = |change| view.line(change).split_off(8);
        let reason = "goodbye".to_owned();
        let cells = "AQEBAQEB  192.168.1.1  4711  2.0  mdns@lo";
        assert_eq!(rest(Change::Here(peer)), format!("  here     {cells}\n"));
        let gone = Change::Gone {
            id,
            reason: reason.clone(),
        };
        assert_eq!(
            rest(gone.clone()),
            format!("  gone     {cells}  (goodbye)\n")
        );
        assert_eq!(rest(gone), "  gone     AQEBAQEB  (goodbye)\n");
        let over = Change::SessionOver { id, reason };
        assert_eq!(rest(over), "  ended    AQEBAQEB  (goodbye)\n");
    }

    #[test]
    fn a_peer_is_shown_with_how_far_it_is_trusted_and_leaves_with_what_it_was_last() {
        let id = NodeId::from_bytes([1; 32]);
        let addr = "192.168.1.1:4711".parse().unwrap();
        let peer = PeerRecord {
            id,
            addr: Some(addr),
            via: Some("mdns@lo".to_owned()),
            version: Some("2.0".to_owned()),
            addrs: Vec::new(),
            trust: Some(Cow::Borrowed("known")),
        };
        let mut view = View::default();
        let mut rest = |change| view.line(change).split_off(10);
        let cells = "AQEBAQEB  192.168.1.1  4711  2.0  mdns@lo";
        assert_eq!(
            rest(Change::Here(peer)),
            format!("here     {cells}  known\n")
        );
        let trust = Some("known".to_owned());
        let session = Change::Session { id, addr, trust };
        assert_eq!(
            rest(session),
            "session  AQEBAQEB  192.168.1.1:4711  known\n"
        );
        let level = "verified".to_owned();
        let trust = Change::Trust { id, level };
        assert_eq!(rest(trust), "trust    AQEBAQEB  verified\n");
        let reason = "goodbye".to_owned();
        let gone = format!("gone     {cells}  verified  (goodbye)\n");
        assert_eq!(rest(Change::Gone { id, reason }), gone);
    }
}
