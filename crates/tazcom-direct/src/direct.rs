//! The machine: one input, then drain.

mod begin;
mod keys;
mod open;
mod restore;
mod say;
mod told;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::inner::InnerId;

use crate::aside::Aside;
use crate::bundle::Strangers;
use crate::config::{Config, DAY, HOUR};
use crate::event::{Counts, SecurityEvent};
use crate::io::{Fate, Input, Output};
use crate::outbox::Outbox;
use crate::own_keys::OwnKeys;
use crate::peer::Peer;
use crate::row::RowKey;
use crate::seen::Seen;

/// How often is looked for what need not be remembered any longer.
const SWEEP: std::time::Duration = HOUR;

/// The direct messages of one node.
///
/// Takes [`Input`]s and is drained of [`Output`]s and [`Row`](crate::Row)s; it neither reads a clock nor
/// waits.
pub struct Direct {
    me: NodeId,
    config: Config,
    rng: ChaCha20Rng,
    keys: OwnKeys,
    peers: BTreeMap<NodeId, Peer>,
    strangers: Strangers,
    outbox: Outbox,
    seen: Seen,
    aside: Aside,
    blocked: BTreeSet<NodeId>,
    /// Who is to have a receipt, and when.
    owing: BTreeMap<NodeId, UnixMillis>,
    /// For whom something waits that may go then.
    retry: BTreeMap<NodeId, UnixMillis>,
    sweep_at: UnixMillis,
    dirty: BTreeSet<RowKey>,
    counts: Counts,
    out: VecDeque<Output>,
}

/// Says who and with how many people, and nothing of what was said.
impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Direct")
            .field("id", &self.me)
            .field("peers", &self.peers.len())
            .field("waiting", &self.outbox.len())
            .finish_non_exhaustive()
    }
}

impl Direct {
    /// A machine with new keys. `seed` must be another one each time: the names of what the machine
    /// itself says are drawn from it. Keys are drawn by the library of the ratchets.
    #[must_use]
    pub fn new(me: NodeId, config: Config, seed: [u8; 32]) -> Self {
        Self {
            me,
            rng: ChaCha20Rng::from_seed(seed),
            keys: OwnKeys::new(),
            peers: BTreeMap::new(),
            strangers: Strangers::new(config.bundles),
            outbox: Outbox::default(),
            seen: Seen::new(config.seen_peer, config.seen_all),
            aside: Aside::new(config.aside_peer, config.aside_all),
            blocked: BTreeSet::new(),
            owing: BTreeMap::new(),
            retry: BTreeMap::new(),
            sweep_at: UnixMillis(0),
            dirty: [RowKey::Keys].into(),
            counts: Counts::default(),
            out: VecDeque::new(),
            config,
        }
    }

    /// Takes one input. `now` is the time as the mesh sees it.
    pub fn handle(&mut self, now: UnixMillis, input: Input) {
        match input {
            Input::Send {
                to,
                id,
                hlc,
                created,
                kind,
                body,
                reference,
            } => {
                let words = say::Words {
                    id,
                    hlc,
                    created,
                    kind,
                    body,
                };
                self.say(now, to, words, reference);
            }
            Input::Prekeys(envelope) => self.prekeys(now, &envelope),
            Input::Sealed(envelope) => self.sealed(now, envelope),
            Input::SessionUp(who) => self.session_up(now, who),
            // What was given out stays reserved: the peer may use it from anywhere.
            Input::SessionDown(_) => {}
            Input::OneTimeKey {
                from,
                identity,
                key,
            } => self.one_time_key(now, from, identity, key),
            Input::Block(who) => {
                self.blocked.insert(who);
            }
            Input::Unblock(who) => {
                if self.blocked.remove(&who) {
                    self.flush(now, who);
                }
            }
            Input::Tick => {}
        }
        self.tick(now);
    }

    /// What is to be done; call it until there is nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When [`Input::Tick`] is due, if nothing comes before.
    #[must_use]
    pub fn due(&self) -> Option<UnixMillis> {
        let owing = self.owing.values();
        let first = owing.chain(self.retry.values()).min().copied();
        [
            first,
            self.outbox.next_expiry(),
            Some(self.sweep_at),
            Some(self.keys.due(&self.config)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// How often what happened.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Messages that have not arrived, to all people.
    #[must_use]
    pub const fn outbox_len(&self) -> usize {
        self.outbox.len()
    }

    fn tick(&mut self, now: UnixMillis) {
        if let Some(own) = self.keys.tick(now, &self.config) {
            self.dirty.insert(RowKey::Keys);
            self.out.push_back(Output::Prekeys {
                identity: own.identity,
                fallback: own.fallback,
                lifetime_secs: own.lifetime_secs,
            });
        }
        while let Some((who, id)) = self.outbox.expired(now) {
            self.give_up(now, who, id);
        }
        for who in come(&self.owing, now) {
            self.send_receipt(now, who);
        }
        for who in come(&self.retry, now) {
            self.flush(now, who);
        }
        // Also after a clock was set back.
        if now >= self.sweep_at || self.sweep_at > now.after(SWEEP) {
            self.sweep(now);
        }
    }

    fn give_up(&mut self, now: UnixMillis, who: NodeId, id: InnerId) {
        let gone = self.outbox.remove(&who, &id);
        self.dirty.insert(RowKey::Outbox(who, id));
        if gone.is_some_and(|entry| entry.wants_receipt()) {
            let fate = Fate::Expired;
            self.out.push_back(Output::Fate { to: who, id, fate });
            // There may be room for another one now.
            self.flush(now, who);
        }
    }

    fn sweep(&mut self, now: UnixMillis) {
        self.sweep_at = now.after(SWEEP);
        self.strangers.sweep(now);
        self.seen.sweep(now.before(self.config.keep + DAY));
        for id in self.aside.sweep(now) {
            self.dirty.insert(RowKey::Aside(id));
        }
    }

    fn security(&mut self, event: SecurityEvent) {
        self.counts.count(&event);
        self.out.push_back(Output::Security(event));
    }

    /// Makes sure that something is known of somebody. False when there is no room: with everybody that
    /// could be forgotten there is something under way.
    fn meet(&mut self, now: UnixMillis, who: NodeId) -> bool {
        if let Some(peer) = self.peers.get_mut(&who) {
            if now.since(peer.active) >= HOUR {
                peer.active = now;
                self.dirty.insert(RowKey::Peer(who));
            }
            return true;
        }
        if self.peers.len() >= self.config.peers && !self.forget_somebody() {
            return false;
        }
        let bundle = self.strangers.take(&who);
        self.peers.insert(who, Peer::new(now, bundle));
        self.dirty.insert(RowKey::Peer(who));
        true
    }

    /// Forgets whom nothing waits for: first who was never written to, then who was silent longest.
    fn forget_somebody(&mut self) -> bool {
        let idle = self
            .peers
            .iter()
            .filter(|(who, _)| self.outbox.len_for(who) == 0);
        let first = idle.min_by_key(|(who, peer)| (peer.written, peer.active, **who));
        // Then whom only something is carried to: how much that is others may decide.
        let carried_only = || {
            let all = self.peers.iter();
            let some = all.filter(|(who, _)| self.outbox.is_carried_only(who));
            some.min_by_key(|(who, peer)| (peer.active, **who))
        };
        let Some(who) = first.or_else(carried_only).map(|(who, _)| *who) else {
            return false;
        };
        for id in self.outbox.ids(&who) {
            self.outbox.remove(&who, &id);
            self.dirty.insert(RowKey::Outbox(who, id));
        }
        if let Some(peer) = self.peers.remove(&who) {
            let ratchets = peer.ratchets.iter();
            let rows = ratchets.map(|ratchet| RowKey::Ratchet(who, ratchet.number));
            self.dirty.extend(rows);
            if let Some(bundle) = peer.bundle {
                self.strangers.put(who, bundle);
            }
        }
        self.dirty.insert(RowKey::Peer(who));
        self.owing.remove(&who);
        self.retry.remove(&who);
        true
    }

    /// A name for something that the machine itself says.
    fn draw_id(&mut self) -> InnerId {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        InnerId(id)
    }
}

fn come(at: &BTreeMap<NodeId, UnixMillis>, now: UnixMillis) -> Vec<NodeId> {
    let come = at.iter().filter(|(_, at)| **at <= now);
    come.map(|(who, _)| *who).collect()
}
