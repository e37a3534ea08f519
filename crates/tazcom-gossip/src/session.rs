//! What is kept for each session.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::time::{Duration, Instant};

use tazcom_proto::MessageId;
use tazcom_proto::sync::{Fingerprint, Status};

use crate::bucket::Bucket;
use crate::config::Config;
use crate::tree::Slot;

/// One session, as this layer sees it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) slot: Slot,
    pub(crate) network: u32,
    /// It is to be ended; nothing of it counts any more.
    pub(crate) closing: bool,
    pub(crate) link: Link,
    pub(crate) buckets: Buckets,
    pub(crate) announced: Announced,
    pub(crate) mend: Mend,
}

/// Whether the two are neighbours in the tree: when both have said so.
#[derive(Debug, Default)]
pub(crate) struct Link {
    /// What we have said: that we chose the peer, or only agree.
    pub(crate) ours: Option<bool>,
    /// What the peer has said.
    pub(crate) theirs: Option<bool>,
    /// Since when an answer is waited for.
    pub(crate) asked_at: Option<Instant>,
    /// The peer does not want us, until then.
    pub(crate) refused_until: Option<Instant>,
    /// The peer finds us too slow: it will ask.
    pub(crate) they_ask: bool,
    /// Since when the queue to the peer is full.
    pub(crate) full_since: Option<Instant>,
    /// Messages that came from here first, since links were last judged.
    pub(crate) firsts: u32,
    /// Grafts that were not answered, since then.
    pub(crate) failed: u32,
    /// Messages the peer was asked for, and when.
    pub(crate) grafted: VecDeque<(MessageId, Instant)>,
}

impl Link {
    pub(crate) const fn is_up(&self) -> bool {
        self.ours.is_some() && self.theirs.is_some()
    }

    /// Whether only the peer wants this link.
    pub(crate) fn is_inbound(&self) -> bool {
        self.ours == Some(false) && self.theirs == Some(true)
    }

    /// Whether the peer may be asked.
    pub(crate) fn may_ask(&self, now: Instant) -> bool {
        let refused = self.refused_until.is_some_and(|until| now < until);
        !refused && !self.they_ask && self.full_since.is_none()
    }
}

/// What the peer may send.
#[derive(Debug)]
pub(crate) struct Buckets {
    pub(crate) frames: Bucket,
    pub(crate) bytes: Bucket,
    pub(crate) ihaves: Bucket,
    pub(crate) grafts: Bucket,
    pub(crate) sync_frames: Bucket,
    pub(crate) sync_bytes: Bucket,
    pub(crate) begins: Bucket,
    pub(crate) rounds: Bucket,
    pub(crate) take: Bucket,
    pub(crate) take_bytes: Bucket,
    pub(crate) serve: Bucket,
    pub(crate) serve_bytes: Bucket,
    pub(crate) offers: Bucket,
    pub(crate) told: Bucket,
    pub(crate) trace: Bucket,
}

/// Ids that the peer has announced lately, so that one repeated costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    ids: HashSet<MessageId>,
    order: VecDeque<MessageId>,
}

impl Announced {
    /// Whether it is new.
    pub(crate) fn insert(&mut self, id: MessageId, most: usize) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        if self.order.len() >= most
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.order.push_back(id);
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

/// Messages that were wanted of the peer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) number: u64,
    pub(crate) ids: BTreeSet<MessageId>,
    /// Whether any of them has come.
    pub(crate) progress: bool,
    pub(crate) until: Instant,
}

/// What the peer wants of us.
#[derive(Debug)]
pub(crate) enum Serving {
    /// It has had so much that it must wait.
    Later {
        number: u64,
        ids: Vec<MessageId>,
        at: Instant,
    },
    /// The store is being asked.
    Fetching {
        number: u64,
        request: u64,
        until: Instant,
    },
}

/// How repair with the peer stands.
#[derive(Debug)]
pub(crate) struct Mend {
    /// What the peer last said.
    pub(crate) status: Option<Status>,
    /// What we last said.
    pub(crate) said: Fingerprint,
    /// When to begin a run.
    pub(crate) run_at: Option<Instant>,
    /// When to ask how the peer stands.
    pub(crate) ask_at: Option<Instant>,
    /// No run before, because the last ones brought nothing.
    pub(crate) not_before: Instant,
    pub(crate) idle: Duration,
    /// To be wanted of it.
    pub(crate) wanted: VecDeque<MessageId>,
    pub(crate) asked: Option<Asked>,
    pub(crate) number: u64,
    /// When the next wish may be sent.
    pub(crate) want_at: Option<Instant>,
    pub(crate) serving: Option<Serving>,
    /// To be offered to it.
    pub(crate) offers: VecDeque<MessageId>,
    pub(crate) offer_at: Option<Instant>,
    pub(crate) received: usize,
    pub(crate) sent: usize,
    /// When something last happened that has not been reported.
    pub(crate) active: Option<Instant>,
}

impl Session {
    pub(crate) fn new(slot: Slot, network: u32, now: Instant, config: &Config) -> Self {
        Self {
            slot,
            network,
            closing: false,
            link: Link::default(),
            buckets: Buckets::full(now),
            announced: Announced::default(),
            mend: Mend {
                status: None,
                said: Fingerprint::default(),
                run_at: None,
                ask_at: None,
                not_before: now,
                idle: config.repair.idle,
                wanted: VecDeque::new(),
                asked: None,
                number: 0,
                want_at: None,
                serving: None,
                offers: VecDeque::new(),
                offer_at: None,
                received: 0,
                sent: 0,
                active: None,
            },
        }
    }

    /// The next thing that is to be done for this session.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let mend = &self.mend;
        let serve_at = match &mend.serving {
            Some(Serving::Later { at, .. }) => Some(*at),
            _ => None,
        };
        [
            mend.run_at,
            mend.ask_at,
            mend.want_at,
            mend.offer_at,
            serve_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

impl Buckets {
    const fn full(now: Instant) -> Self {
        let full = Bucket::full(now);
        Self {
            frames: full,
            bytes: full,
            ihaves: full,
            grafts: full,
            sync_frames: full,
            sync_bytes: full,
            begins: full,
            rounds: full,
            take: full,
            take_bytes: full,
            serve: full,
            serve_bytes: full,
            offers: full,
            told: full,
            trace: full,
        }
    }
}
