//! Which way a node is: traced hop by hop, each time to the neighbour from which that node was last
//! heard first.

use std::collections::BTreeMap;
use std::time::Instant;

use rand_core::Rng;
use tazcom_identity::NodeId;
use tazcom_proto::limits::MAX_TRACE_PATH;
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{Hlc, VerifiedEnvelope};

use super::Gossip;
use crate::io::{Class, Output, Traced};

#[derive(Debug, Default)]
pub(super) struct Paths {
    /// Own questions: by what the wire knows them, what asked and until when.
    open: BTreeMap<u64, (u64, Instant)>,
    /// From whom the newest message of an author came first, and how new it was.
    heard: BTreeMap<NodeId, (NodeId, Hlc)>,
}

impl Paths {
    pub(super) fn len(&self) -> usize {
        self.open.len() + self.heard.len()
    }

    /// A message has come for the first time.
    pub(super) fn heard(&mut self, envelope: &VerifiedEnvelope, from: NodeId, most: usize) {
        let (author, hlc) = (envelope.author(), envelope.hlc());
        if let Some(heard) = self.heard.get_mut(&author) {
            if heard.1 <= hlc {
                *heard = (from, hlc);
            }
            return;
        }
        if self.heard.len() >= most {
            let oldest = self.heard.iter().min_by_key(|(_, (_, hlc))| *hlc);
            if let Some(oldest) = oldest.map(|(author, _)| *author) {
                self.heard.remove(&oldest);
            }
        }
        self.heard.insert(author, (from, hlc));
    }
}

impl Gossip {
    /// The neighbour from which somebody was heard last, where there is a session with that neighbour and
    /// none with somebody.
    #[must_use]
    pub fn via(&self, who: &NodeId) -> Option<NodeId> {
        match self.sessions.contains_key(who) {
            true => None,
            false => self.next_hop(who, &[]),
        }
    }

    /// Somebody here wants to know the way.
    pub(super) fn trace(&mut self, token: u64, target: NodeId) {
        let me = vec![self.me];
        if target == self.me {
            return self.traced(token, Traced::Reached(me));
        }
        let hop = self.next_hop(&target, &me);
        let (Some(hop), true) = (hop, self.paths.open.len() < self.config.trace.max_open) else {
            return self.traced(token, Traced::Lost(me));
        };
        let wire = self.rng.next_u64();
        let until = self.now + self.config.trace.timeout;
        self.paths.open.insert(wire, (token, until));
        let frame = SyncFrame::Trace {
            token: wire,
            target,
            path: me,
        };
        self.send_sync(hop, Class::Control, &frame);
    }

    fn traced(&mut self, token: u64, result: Traced) {
        self.out.push_back(Output::Traced { token, result });
    }

    /// To whom a question for the target goes, among those it has not come by.
    fn next_hop(&self, target: &NodeId, path: &[NodeId]) -> Option<NodeId> {
        if self.sessions.contains_key(target) {
            return Some(*target);
        }
        let (hop, _) = self.paths.heard.get(target)?;
        let there = self.sessions.contains_key(hop) && !path.contains(hop);
        there.then_some(*hop)
    }

    /// A peer asks which way the target is.
    pub(super) fn trace_frame(
        &mut self,
        peer: NodeId,
        token: u64,
        target: NodeId,
        mut path: Vec<NodeId>,
    ) {
        if !self.may_trace(peer) {
            return;
        }
        let comes_this_way = path.last() == Some(&peer) && !path.contains(&self.me);
        if !comes_this_way || path.len() >= MAX_TRACE_PATH {
            self.stats.unsolicited += 1;
            return;
        }
        path.push(self.me);
        let reached = target == self.me;
        let hop = match reached || path.len() >= MAX_TRACE_PATH {
            true => None,
            false => self.next_hop(&target, &path),
        };
        let (to, frame) = match hop {
            Some(hop) => {
                let frame = SyncFrame::Trace {
                    token,
                    target,
                    path,
                };
                (hop, frame)
            }
            None => {
                let frame = SyncFrame::TraceReply {
                    token,
                    reached,
                    path,
                };
                (peer, frame)
            }
        };
        self.send_sync(to, Class::Control, &frame);
    }

    /// An answer on its way back, or ours.
    pub(super) fn trace_reply(
        &mut self,
        peer: NodeId,
        token: u64,
        reached: bool,
        path: Vec<NodeId>,
    ) {
        if !self.may_trace(peer) {
            return;
        }
        let mine = path.iter().position(|node| *node == self.me);
        let from_next = mine.is_some_and(|mine| path.get(mine + 1) == Some(&peer));
        let back = mine.and_then(|mine| mine.checked_sub(1));
        match (from_next, back) {
            (true, Some(back)) => {
                let back = path.get(back).copied();
                if let Some(back) = back.filter(|back| self.sessions.contains_key(back)) {
                    let frame = SyncFrame::TraceReply {
                        token,
                        reached,
                        path,
                    };
                    self.send_sync(back, Class::Control, &frame);
                }
            }
            (true, None) if self.paths.open.contains_key(&token) => {
                if let Some((token, _)) = self.paths.open.remove(&token) {
                    let result = match reached {
                        true => Traced::Reached(path),
                        false => Traced::Lost(path),
                    };
                    self.traced(token, result);
                }
            }
            _ => self.stats.unsolicited += 1,
        }
    }

    fn may_trace(&mut self, peer: NodeId) -> bool {
        let (now, rate) = (self.now, self.config.trace.rate);
        let may = self
            .sessions
            .get_mut(&peer)
            .is_some_and(|session| session.buckets.trace.take(now, rate, 1));
        self.stats.session_rate += u64::from(!may);
        may
    }

    /// Questions that nobody has answered.
    pub(super) fn time_out_traces(&mut self) {
        let now = self.now;
        let late = self
            .paths
            .open
            .extract_if(.., |_, (_, until)| *until <= now);
        let late: Vec<u64> = late.map(|(_, (token, _))| token).collect();
        for token in late {
            self.traced(token, Traced::TimedOut);
        }
    }
}
