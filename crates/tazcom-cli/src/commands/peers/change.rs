//! A line for each change, for people who watch.

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
    },
    SessionOver {
        id: NodeId,
        reason: String,
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
            Change::Session { id, addr } => format!("session  {}  {addr}", id.short()),
            Change::SessionOver { id, reason } => {
                format!("ended    {}  ({reason})", id.short())
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
    table::cells(peer).join("  ")
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
}
