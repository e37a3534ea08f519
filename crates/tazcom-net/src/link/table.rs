//! The table of sessions.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Instant;

use tazcom_identity::NodeId;
use tazcom_proto::PeerText;
use tazcom_session::ByeCode;

use super::{Arrival, DownReason, Link, LinkId, Output, Verdict};
use crate::admission::shares_one_address;
use crate::config::LinkLimits;
use crate::event::ConnectionLimit;

/// Sessions with one peer at once: the one there is, its successor, and one more that is being
/// left. A fourth is refused.
const MAX_PER_PEER: usize = 3;

#[derive(Debug)]
pub(crate) struct Links {
    our_id: NodeId,
    limits: LinkLimits,
    loopback_exempt: bool,
    next: u64,
    /// No entry is empty; bounded by `limits.total` links in all.
    peers: BTreeMap<NodeId, Peer>,
    owners: HashMap<LinkId, NodeId>,
    per_address: HashMap<IpAddr, usize>,
    blocked: BTreeSet<NodeId>,
    outputs: VecDeque<Output>,
}

#[derive(Debug, Default)]
struct Peer {
    /// Oldest first, at most [`MAX_PER_PEER`].
    links: Vec<Link>,
    /// Whether [`Output::Up`] was said.
    told: bool,
    carries: Option<LinkId>,
    contest: Option<Contest>,
}

/// Two sessions of which one must go, and it is not clear which.
#[derive(Clone, Copy, Debug)]
struct Contest {
    old: LinkId,
    new: LinkId,
    /// When the old one is asked whether it is alive; `None` once it was.
    asks_at: Option<Instant>,
}

/// Which of two sessions stays.
enum Choice {
    New,
    Old,
    /// Whichever answers.
    Ask,
    /// The peer's to decide; if it has not in time, ask.
    Theirs,
}

impl Links {
    pub(crate) fn new(
        our_id: NodeId,
        limits: LinkLimits,
        blocked: BTreeSet<NodeId>,
        loopback_exempt: bool,
    ) -> Self {
        Self {
            our_id,
            limits,
            loopback_exempt,
            next: 0,
            peers: BTreeMap::new(),
            owners: HashMap::new(),
            per_address: HashMap::new(),
            blocked,
            outputs: VecDeque::new(),
        }
    }

    /// What to do now. Call until it says [`Output::Wait`].
    pub(crate) fn poll_output(&mut self, now: Instant) -> Output {
        if self.outputs.is_empty() {
            self.ask_the_undecided(now);
        }
        self.outputs.pop_front().unwrap_or_else(|| {
            let contests = self.peers.values().filter_map(|peer| peer.contest);
            Output::Wait(contests.filter_map(|contest| contest.asks_at).min())
        })
    }

    /// A peer has proven who it is: what becomes of the connection.
    pub(crate) fn arrived(&mut self, now: Instant, arrival: Arrival) -> Verdict {
        if self.blocked.contains(&arrival.peer) {
            return Verdict::Refuse(ByeCode::Policy, None);
        }
        let rival = self.newest(arrival.peer).cloned();
        let choice = rival.as_ref().map(|old| self.choose(now, old, &arrival));
        let crowd = self
            .peers
            .get(&arrival.peer)
            .map_or(0, |peer| peer.links.len());
        if matches!(choice, Some(Choice::Old)) || crowd >= MAX_PER_PEER {
            return Verdict::Refuse(ByeCode::Duplicate, None);
        }
        // A successor takes a place that is about to be free.
        if rival.is_none()
            && let Some(limit) = self.limit_met(arrival.addr.ip())
        {
            return Verdict::Refuse(ByeCode::Full, Some(limit));
        }
        let replaces = match (&choice, arrival.renews && arrival.ours) {
            (Some(Choice::New), true) => Some(ByeCode::Done),
            (Some(Choice::New), false) => Some(ByeCode::Duplicate),
            _ => None,
        };
        let link = self.insert(now, arrival, replaces);
        if let (Some(old), Some(choice)) = (rival, choice) {
            self.settle(now, &old, link, &choice);
        }
        Verdict::Take(link)
    }

    /// The session stands: for a responder at once, for an initiator with the welcome.
    pub(crate) fn stands(&mut self, link: LinkId, name: Option<PeerText>) {
        let Some(peer) = self.owner(link) else { return };
        let Some(found) = peer.links.iter_mut().find(|other| other.id == link) else {
            return;
        };
        found.stands = true;
        found.name = name;
        let (replaces, addr, name) = (found.replaces, found.addr, found.name.clone());
        let id = found.peer;
        let first = !std::mem::replace(&mut peer.told, true);
        if first {
            self.outputs.push_back(Output::Up {
                peer: id,
                addr,
                name,
            });
        }
        if let Some(code) = replaces {
            self.close_all_but(id, link, code);
        }
        self.choose_carrier(id);
    }

    /// The peer answered when it was asked.
    pub(crate) fn alive(&mut self, link: LinkId) {
        let Some(peer) = self.owner(link) else { return };
        // Asked for another reason while it is not ours to decide yet, it has answered nothing.
        let asked = |contest: &Contest| contest.old == link && contest.asks_at.is_none();
        let Some(contest) = peer.contest.filter(asked) else {
            return;
        };
        peer.contest = None;
        let addr_of = |id| {
            let found = peer.links.iter().find(|link| link.id == id);
            found.map(|link| (link.peer, link.addr))
        };
        let (old, new) = (addr_of(contest.old), addr_of(contest.new));
        self.close(contest.new, ByeCode::Duplicate);
        if let (Some((id, kept)), Some((_, refused))) = (old, new) {
            self.outputs
                .push_back(Output::TwoHosts { id, kept, refused });
        }
    }

    /// It is over.
    pub(crate) fn ended(&mut self, link: LinkId, reason: DownReason) {
        let Some(id) = self.owners.remove(&link) else {
            return;
        };
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let Some(at) = peer.links.iter().position(|other| other.id == link) else {
            return;
        };
        let gone = peer.links.remove(at);
        if let Some(held) = self.per_address.get_mut(&gone.addr.ip()) {
            *held -= 1;
            if *held == 0 {
                self.per_address.remove(&gone.addr.ip());
            }
        }
        if peer
            .contest
            .is_some_and(|contest| contest.old == link || contest.new == link)
        {
            peer.contest = None;
        }
        if peer.carries == Some(link) {
            peer.carries = None;
        }
        // A successor that has not come up yet may do so in a moment; its end tells otherwise.
        let goes_on = |link: &Link| link.stands || link.replaces.is_some();
        if peer.told && !peer.links.iter().any(goes_on) {
            peer.told = false;
            self.outputs.push_back(Output::Down {
                peer: id,
                addr: gone.addr,
                reason,
            });
        }
        if peer.links.is_empty() {
            self.peers.remove(&id);
        } else {
            self.choose_carrier(id);
        }
    }

    /// Asks whether the peer is still where the session leads, if it is none of `addrs`.
    pub(crate) fn moved(&mut self, id: NodeId, addrs: impl Fn(IpAddr) -> bool) {
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        let links = peer.links.iter();
        let doubted = links.filter(|link| link.stands && !link.leaving && !addrs(link.addr.ip()));
        let doubted: Vec<LinkId> = doubted.map(|link| link.id).collect();
        self.outputs.extend(doubted.into_iter().map(Output::Probe));
    }

    pub(crate) fn is_blocked(&self, peer: NodeId) -> bool {
        self.blocked.contains(&peer)
    }

    /// Whether there is, or is about to be, a session with this peer.
    pub(crate) fn has(&self, peer: NodeId) -> bool {
        self.peers.contains_key(&peer)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.owners.len() >= self.limits.total.get()
    }

    pub(crate) fn get(&self, link: LinkId) -> Option<&Link> {
        let peer = self.peers.get(self.owners.get(&link)?)?;
        peer.links.iter().find(|other| other.id == link)
    }

    fn choose(&self, now: Instant, old: &Link, new: &Arrival) -> Choice {
        let we_decide = self.our_id < new.peer;
        let crossing = now.saturating_duration_since(old.since) < self.limits.crossing;
        match (new.renews, new.ours, old.ours) {
            (true, _, _) => Choice::New,
            // Dialled by hand, or because the other side was believed to be gone.
            (_, true, true) => Choice::Old,
            (_, true, false) if we_decide && crossing => Choice::New,
            (_, true, false) => Choice::Old,
            (_, false, true) if we_decide && crossing => Choice::Old,
            (_, false, _) if we_decide => Choice::Ask,
            (_, false, _) => Choice::Theirs,
        }
    }

    fn settle(&mut self, now: Instant, old: &Link, new: LinkId, choice: &Choice) {
        let asks_at = match choice {
            // Nothing is closed before the new one stands; see `stands`.
            Choice::New | Choice::Old => return,
            Choice::Ask => now,
            Choice::Theirs => now + self.limits.crossing,
        };
        if let Some(peer) = self.peers.get_mut(&old.peer) {
            peer.contest = Some(Contest {
                old: old.id,
                new,
                asks_at: Some(asks_at),
            });
        }
    }

    fn ask_the_undecided(&mut self, now: Instant) {
        for peer in self.peers.values_mut() {
            if let Some(contest) = &mut peer.contest
                && contest.asks_at.is_some_and(|at| at <= now)
            {
                contest.asks_at = None;
                self.outputs.push_back(Output::Probe(contest.old));
            }
        }
    }

    fn insert(&mut self, now: Instant, arrival: Arrival, replaces: Option<ByeCode>) -> LinkId {
        let id = LinkId(self.next);
        self.next += 1;
        let peer = arrival.peer;
        *self.per_address.entry(arrival.addr.ip()).or_default() += 1;
        self.owners.insert(id, peer);
        self.peers.entry(peer).or_default().links.push(Link {
            id,
            peer,
            ours: arrival.ours,
            addr: arrival.addr,
            since: now,
            name: None,
            stands: false,
            replaces,
            leaving: false,
        });
        id
    }

    /// What waits for the peer goes through the oldest session that stands: the newer ones may yet
    /// be refused. While one is being left nothing goes through another, or what is said there
    /// could overtake what was said before.
    fn choose_carrier(&mut self, id: NodeId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if peer.carries.is_none() && peer.links.iter().any(|link| link.leaving) {
            return;
        }
        let chosen = peer.links.iter().find(|link| link.stands && !link.leaving);
        let chosen = chosen.map(|link| link.id);
        if let Some(chosen) = chosen
            && peer.carries != Some(chosen)
        {
            peer.carries = Some(chosen);
            self.outputs.push_back(Output::Carry(id, chosen));
        }
    }

    fn close(&mut self, link: LinkId, code: ByeCode) {
        let Some(peer) = self.owner(link) else { return };
        let Some(found) = peer.links.iter_mut().find(|other| other.id == link) else {
            return;
        };
        if !std::mem::replace(&mut found.leaving, true) {
            if peer.carries == Some(link) {
                peer.carries = None;
            }
            self.outputs.push_back(Output::Close(link, code));
        }
    }

    fn close_all_but(&mut self, peer: NodeId, stays: LinkId, code: ByeCode) {
        let links = self.peers.get(&peer).map(|peer| peer.links.iter());
        let others: Vec<LinkId> = links
            .into_iter()
            .flatten()
            .map(|link| link.id)
            .filter(|link| *link != stays)
            .collect();
        for link in others {
            self.close(link, code);
        }
    }

    /// The newest session with a peer that is not being left.
    fn newest(&self, peer: NodeId) -> Option<&Link> {
        let links = &self.peers.get(&peer)?.links;
        links.iter().rev().find(|link| !link.leaving)
    }

    fn owner(&mut self, link: LinkId) -> Option<&mut Peer> {
        self.peers.get_mut(self.owners.get(&link)?)
    }

    fn limit_met(&self, addr: IpAddr) -> Option<ConnectionLimit> {
        let (total, per_address) = (self.limits.total.get(), self.limits.per_address.get());
        let held = self.per_address.get(&addr).copied().unwrap_or(0);
        let exempt = self.loopback_exempt && shares_one_address(addr);
        if self.owners.len() >= total {
            Some(ConnectionLimit::Sessions(total))
        } else if held >= per_address && !exempt {
            Some(ConnectionLimit::SessionsPerAddress(per_address))
        } else {
            None
        }
    }
}
