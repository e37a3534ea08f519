//! With whom there is a session, in step with the payloads that come out of them.
//!
//! Sessions are told of on one way and payloads come on another. A payload of a session that has not
//! been told of yet waits here for it, one of a session that is over is dropped.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;
use tazcom_net::Payload;

/// Payloads that wait for their session to be told of. It takes a turn of the network's task, so a
/// few is all there ever are; what is lost beyond them is repaired.
const MAX_EARLY: usize = 256;

/// The sessions that have been told of. As many as the network keeps.
#[derive(Debug, Default)]
pub(crate) struct Spells {
    standing: BTreeMap<NodeId, (u64, Instant)>,
    early: VecDeque<Payload>,
}

/// What changed about the sessions with a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Down {
        /// How long there was one.
        lasted: Duration,
    },
    Up,
}

impl Spells {
    /// Takes what the network says now of the sessions with a peer, and gives what is new, in order.
    pub(crate) fn now(&mut self, now: Instant, peer: NodeId, spell: Option<u64>) -> Vec<Change> {
        let before = self.standing.get(&peer).copied();
        if before.map(|(spell, _)| spell) == spell {
            return Vec::new();
        }
        match spell {
            Some(spell) => self.standing.insert(peer, (spell, now)),
            None => self.standing.remove(&peer),
        };
        let down = before.map(|(_, since)| Change::Down {
            lasted: now.saturating_duration_since(since),
        });
        let up = spell.map(|_| Change::Up);
        down.into_iter().chain(up).collect()
    }

    /// With whom there is one.
    pub(crate) fn peers(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.standing.keys().copied()
    }

    /// Whether a payload may be heard now. One that comes too early is kept, one that comes too
    /// late is not.
    pub(crate) fn sort(&mut self, payload: Payload) -> Option<Payload> {
        match self.standing.get(&payload.from) {
            Some((spell, _)) if *spell == payload.spell => Some(payload),
            Some((spell, _)) if *spell > payload.spell => None,
            _ => {
                if self.early.len() == MAX_EARLY {
                    self.early.pop_front();
                }
                self.early.push_back(payload);
                None
            }
        }
    }

    /// What has waited for a session with this peer, in order.
    pub(crate) fn waited(&mut self, peer: NodeId) -> Vec<Payload> {
        let spell = self.standing.get(&peer).map(|(spell, _)| *spell);
        let (heard, rest): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.early)
            .into_iter()
            .partition(|payload| payload.from == peer && Some(payload.spell) <= spell);
        self.early = rest;
        heard
            .into_iter()
            .filter(|payload| Some(payload.spell) == spell)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tazcom_net::PayloadKind;

    use super::*;

    const ANA: NodeId = NodeId::from_bytes([1; 32]);
    const BOB: NodeId = NodeId::from_bytes([2; 32]);

    fn payload(from: NodeId, spell: u64, text: &'static str) -> Payload {
        Payload::new(
            from,
            spell,
            PayloadKind::Gossip,
            Bytes::from_static(text.as_bytes()),
        )
    }

    fn texts(payloads: Vec<Payload>) -> Vec<Bytes> {
        payloads.into_iter().map(|payload| payload.bytes).collect()
    }

    #[test]
    fn a_payload_waits_for_its_session_to_be_told_of() {
        let mut spells = Spells::default();
        assert_eq!(spells.sort(payload(ANA, 3, "one")), None);
        assert_eq!(spells.sort(payload(BOB, 4, "other")), None);
        assert_eq!(spells.sort(payload(ANA, 3, "two")), None);
        assert_eq!(spells.now(Instant::now(), ANA, Some(3)), [Change::Up]);
        assert_eq!(texts(spells.waited(ANA)), ["one", "two"]);
        assert!(spells.sort(payload(ANA, 3, "three")).is_some());
    }

    #[test]
    fn a_session_that_followed_another_is_told_as_an_end_and_a_beginning() {
        let mut spells = Spells::default();
        let start = Instant::now();
        let lasted = Duration::from_secs(7);
        spells.now(start, ANA, Some(1));
        assert_eq!(spells.sort(payload(ANA, 2, "new")), None);
        let later = start + lasted;
        let changes = spells.now(later, ANA, Some(2));
        assert_eq!(changes, [Change::Down { lasted }, Change::Up]);
        assert_eq!(texts(spells.waited(ANA)), ["new"]);
        assert_eq!(spells.now(later, ANA, Some(2)), []);
        assert_eq!(spells.sort(payload(ANA, 1, "late")), None);
        assert_eq!(texts(spells.waited(ANA)), Vec::<Bytes>::new());
        let lasted = Duration::ZERO;
        assert_eq!(spells.now(later, ANA, None), [Change::Down { lasted }]);
        assert_eq!(spells.now(later, ANA, None), []);
    }

    #[test]
    fn so_many_wait_and_one_more_costs_the_oldest() {
        let mut spells = Spells::default();
        spells.sort(payload(ANA, 1, "oldest"));
        for _ in 1..MAX_EARLY {
            spells.sort(payload(ANA, 1, "next"));
        }
        spells.sort(payload(ANA, 1, "newest"));
        spells.now(Instant::now(), ANA, Some(1));
        let heard = texts(spells.waited(ANA));
        assert_eq!(heard.len(), MAX_EARLY);
        assert_eq!(
            (&heard[0][..], &heard[MAX_EARLY - 1][..]),
            (&b"next"[..], &b"newest"[..])
        );
    }
}
