//! With whom the broadcast tree is kept.
//!
//! A link is there when both have said so. While there are few sessions all of them are links; beyond
//! that a node chooses a few at random, some in each network it is in, and agrees to some more that
//! others have chosen. Nobody is pushed out because somebody asks.

use std::collections::BTreeSet;

use tazcom_identity::NodeId;
use tazcom_proto::sync::{SyncFrame, UnlinkReason};

use super::Gossip;
use crate::io::{Backlog, Class, Output};

/// How much longer than one that refused whoever was replaced is not asked again.
const REPLACED_FOR: u32 = 10;

impl Gossip {
    /// The peer says that it takes us for a neighbour.
    pub(super) fn link_frame(&mut self, peer: NodeId, chosen: bool) {
        let room = self.has_room_inbound();
        let crowded = self.crowded;
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let was_up = session.link.is_up();
        session.link.they_ask = false;
        session.link.asked_at = None;
        session.link.theirs = Some(chosen);
        let ours = session.link.ours;
        if !was_up && ours.is_some() {
            self.linked(peer);
        }
        match ours {
            None if !chosen => self.say_unlink(peer, UnlinkReason::Enough),
            None if session_is_full(self, &peer) => self.say_unlink(peer, UnlinkReason::Slow),
            None if !crowded => self.say_link(peer, true),
            None if room => self.say_link(peer, false),
            None => self.say_unlink(peer, UnlinkReason::Enough),
            // Neither of the two wants it.
            Some(false) if !chosen => self.say_unlink(peer, UnlinkReason::Enough),
            Some(_) => {}
        }
    }

    /// A frame of the tree has come before the answer to our wish.
    pub(super) fn they_agree(&mut self, peer: NodeId) {
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.link.asked_at = None;
            session.link.theirs = Some(false);
            self.linked(peer);
        }
    }

    /// The peer says that it is no neighbour.
    pub(super) fn unlink_frame(&mut self, peer: NodeId, reason: UnlinkReason) {
        let until = self.now + self.config.links.refused;
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let was_up = session.link.is_up();
        (session.link.ours, session.link.theirs) = (None, None);
        session.link.asked_at = None;
        match reason {
            UnlinkReason::Slow => session.link.they_ask = true,
            _ => session.link.refused_until = Some(until),
        }
        if was_up {
            self.unlinked(peer);
        }
    }

    /// How the queue to a peer stands.
    pub(super) fn backlog(&mut self, peer: NodeId, state: Backlog) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        match state {
            Backlog::Full => {
                session.link.full_since.get_or_insert(now);
            }
            Backlog::Drained => {
                if session.link.full_since.take().is_some() {
                    // Something may have been lost on the way.
                    session.mend.ask_at = Some(now);
                    self.wake(now);
                    self.check_links();
                }
            }
        }
    }

    /// Looks after the links.
    pub(super) fn check_links(&mut self) {
        let now = self.now;
        let limits = &self.config.links;
        let (count, slow) = (self.sessions.len(), limits.slow);
        self.crowded = match self.crowded {
            true => count > limits.all_again_at,
            false => count > limits.all_up_to,
        };
        let too_slow: Vec<NodeId> = self
            .sessions
            .iter()
            .filter(|(_, one)| one.link.ours.is_some())
            .filter(|(_, one)| {
                let full = one.link.full_since;
                full.is_some_and(|since| now.duration_since(since) >= slow)
            })
            .map(|(peer, _)| *peer)
            .collect();
        for peer in too_slow {
            self.say_unlink(peer, UnlinkReason::Slow);
        }
        self.give_up_asking();
        match self.crowded {
            false => self.link_all(),
            true => self.choose_links(),
        }
    }

    /// Whoever does not answer has refused.
    fn give_up_asking(&mut self) {
        let (now, limits) = (self.now, &self.config.links);
        let (slow, refused) = (limits.slow, limits.refused);
        let mut silent = Vec::new();
        for (peer, session) in &mut self.sessions {
            let asked = session.link.asked_at;
            if asked.is_some_and(|at| now.duration_since(at) >= slow) {
                session.link.refused_until = Some(now + refused);
                silent.push(*peer);
            }
        }
        for peer in silent {
            self.say_unlink(peer, UnlinkReason::Enough);
        }
    }

    fn link_all(&mut self) {
        let now = self.now;
        let all = self.sessions.iter();
        let to_ask: Vec<NodeId> = all
            .filter(|(_, one)| one.link.ours != Some(true) && one.link.may_ask(now))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in to_ask {
            self.say_link(peer, true);
        }
    }

    fn choose_links(&mut self) {
        let networks: BTreeSet<u32> = self.sessions.values().map(|one| one.network).collect();
        let target = match networks.len() {
            0 | 1 => self.config.links.chosen,
            _ => self.config.links.chosen_each,
        };
        for network in networks {
            let mut chosen = self.in_network(network, |session| session.link.ours == Some(true));
            let mut others = Vec::new();
            if chosen.len() < target {
                let now = self.now;
                others = self.in_network(network, |session| {
                    session.link.ours != Some(true) && session.link.may_ask(now)
                });
            }
            while chosen.len() < target && !others.is_empty() {
                let at = self.below(others.len());
                let peer = others.swap_remove(at);
                self.say_link(peer, true);
                chosen.push(peer);
            }
            while chosen.len() > target {
                let at = self.below(chosen.len());
                let peer = chosen.swap_remove(at);
                self.let_go(peer);
            }
        }
        let mut inbound: Vec<NodeId> = self.inbound().collect();
        while inbound.len() > self.config.links.inbound {
            let at = self.below(inbound.len());
            let peer = inbound.swap_remove(at);
            self.say_unlink(peer, UnlinkReason::Enough);
        }
    }

    /// We do not choose it any more. If the peer does, it stays a link.
    fn let_go(&mut self, peer: NodeId) {
        let theirs = self.sessions.get(&peer).and_then(|one| one.link.theirs);
        match theirs {
            Some(true) => self.say_link(peer, false),
            Some(false) | None => self.say_unlink(peer, UnlinkReason::Enough),
        }
    }

    fn in_network(
        &self,
        network: u32,
        is: impl Fn(&crate::session::Session) -> bool,
    ) -> Vec<NodeId> {
        let there = self.sessions.iter();
        there
            .filter(|(_, one)| one.network == network && !one.closing && is(one))
            .map(|(peer, _)| *peer)
            .collect()
    }

    fn inbound(&self) -> impl Iterator<Item = NodeId> {
        let inbound = self
            .sessions
            .iter()
            .filter(|(_, one)| one.link.is_inbound());
        inbound.map(|(peer, _)| *peer)
    }

    fn has_room_inbound(&self) -> bool {
        !self.crowded || self.inbound().count() < self.config.links.inbound
    }

    fn say_link(&mut self, peer: NodeId, chosen: bool) {
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let was_up = session.link.is_up();
        if session.closing || session.link.ours == Some(chosen) {
            return;
        }
        session.link.ours = Some(chosen);
        if session.link.theirs.is_none() {
            session.link.asked_at = Some(self.now);
        }
        let is_up = session.link.is_up();
        self.send_sync(peer, Class::Control, &SyncFrame::Link { chosen });
        if is_up && !was_up {
            self.linked(peer);
        }
    }

    fn say_unlink(&mut self, peer: NodeId, reason: UnlinkReason) {
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let was_up = session.link.is_up();
        (session.link.ours, session.link.theirs) = (None, None);
        session.link.asked_at = None;
        if session.closing {
            return;
        }
        self.send_sync(peer, Class::Control, &SyncFrame::Unlink(reason));
        if was_up {
            self.unlinked(peer);
        }
    }

    fn linked(&mut self, peer: NodeId) {
        let fingerprint = self.held.fingerprint();
        if let Some(session) = self.sessions.get(&peer) {
            let (slot, said) = (session.slot, session.mend.said);
            self.tree.up(self.now, slot);
            self.out.push_back(Output::Linked { peer });
            // What was said before there was a link went past it.
            if said != fingerprint {
                self.send_status(peer, false);
            }
        }
    }

    fn unlinked(&mut self, peer: NodeId) {
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.link.grafted.clear();
            self.tree.down(self.now, session.slot);
            self.out.push_back(Output::Unlinked { peer });
        }
    }

    /// Counts grafts that were not answered in this time.
    pub(super) fn count_failed(&mut self) {
        let now = self.now;
        // Twice as long as the tree waits before it asks the next, and a round trip.
        let patience = 8 * self.config.tree.graft_after;
        for session in self.sessions.values_mut() {
            let link = &mut session.link;
            while let Some(&(_, at)) = link.grafted.front()
                && now.duration_since(at) >= patience
            {
                link.grafted.pop_front();
                link.failed = link.failed.saturating_add(1);
            }
        }
    }

    /// Replaces the chosen link that announced most and delivered least, if one deserves it.
    pub(super) fn judge_links(&mut self) {
        let limits = &self.config.links;
        let least = limits.failed_grafts;
        let until = self.now + limits.refused * REPLACED_FOR;
        let chosen = self.sessions.iter();
        let worst = chosen
            .filter(|(_, one)| one.link.ours == Some(true) && one.link.failed >= least)
            .filter(|(_, one)| one.link.failed > one.link.firsts)
            .max_by_key(|(_, one)| one.link.failed - one.link.firsts)
            .map(|(peer, _)| *peer);
        for session in self.sessions.values_mut() {
            (session.link.firsts, session.link.failed) = (0, 0);
        }
        let Some(worst) = worst.filter(|_| self.crowded) else {
            return;
        };
        self.stats.replaced += 1;
        if let Some(session) = self.sessions.get_mut(&worst) {
            session.link.refused_until = Some(until);
        }
        self.say_unlink(worst, UnlinkReason::Enough);
        self.check_links();
    }
}

fn session_is_full(gossip: &Gossip, peer: &NodeId) -> bool {
    let session = gossip.sessions.get(peer);
    session.is_some_and(|one| one.link.full_since.is_some())
}
