//! Which messages this node holds: their ids and times, not the messages.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::Bound::{Excluded, Included};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tazcom_proto::sync::Fingerprint;
use tazcom_proto::{MessageId, UnixMillis};

use crate::config::Config;

/// The creation and the id of each message, in this order.
pub(crate) type Snapshot = Arc<Vec<(u64, MessageId)>>;

/// What is known of one message.
#[derive(Clone, Copy, Debug)]
struct Entry {
    created: UnixMillis,
    expires: UnixMillis,
    /// When the tree has seen it for the first time; never for what came otherwise.
    in_tree: Option<Instant>,
    /// When it came, if it came while this node ran.
    came: Option<Instant>,
    /// Whether it still counts, or has expired and is only remembered.
    alive: bool,
}

/// What a message is to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing.
    No,
    /// Held, or expired; the tree has seen it then, and it came then.
    Held {
        in_tree: Option<Instant>,
        came: Option<Instant>,
    },
    /// Evicted, and not wanted again.
    Gone,
}

/// An index over the messages that the store holds.
#[derive(Debug)]
pub(crate) struct HeldIndex {
    entries: HashMap<MessageId, Entry>,
    by_creation: BTreeSet<(UnixMillis, MessageId)>,
    by_end: BTreeSet<(UnixMillis, MessageId)>,
    gone: HashMap<MessageId, ()>,
    gone_order: VecDeque<MessageId>,
    /// The ids that count, added up modulo 2^256.
    sum: [u64; 4],
    snapshot: Option<Snapshot>,
    floor: UnixMillis,
    /// What has ended by then has been let expire.
    expired_to: UnixMillis,
    max_held: usize,
    max_gone: usize,
    remembered: Duration,
}

impl HeldIndex {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            entries: HashMap::new(),
            by_creation: BTreeSet::new(),
            by_end: BTreeSet::new(),
            gone: HashMap::new(),
            gone_order: VecDeque::new(),
            sum: [0; 4],
            snapshot: None,
            floor: UnixMillis(0),
            expired_to: UnixMillis(0),
            max_held: config.max_held,
            max_gone: config.max_gone,
            // As long as the gate would take it in again, and a minute for clocks that differ.
            remembered: config.window.expired + Duration::from_secs(60),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= self.max_held
    }

    /// Messages that count.
    pub(crate) fn len(&self) -> usize {
        self.by_creation.len()
    }

    /// Everything that is remembered.
    pub(crate) fn remembered(&self) -> usize {
        self.entries.len() + self.gone.len()
    }

    pub(crate) fn floor(&self) -> UnixMillis {
        self.floor
    }

    pub(crate) fn known(&self, id: &MessageId) -> Known {
        if let Some(entry) = self.entries.get(id) {
            return Known::Held {
                in_tree: entry.in_tree,
                came: entry.came,
            };
        }
        match self.gone.contains_key(id) {
            true => Known::Gone,
            false => Known::No,
        }
    }

    /// Whether it is held and has not expired.
    pub(crate) fn counts(&self, id: &MessageId) -> bool {
        self.entries.get(id).is_some_and(|entry| entry.alive)
    }

    /// Takes in a message; not when it is known already, or there is no room.
    pub(crate) fn insert(
        &mut self,
        id: MessageId,
        created: UnixMillis,
        expires: UnixMillis,
        came: Option<Instant>,
    ) {
        if self.is_full() || self.known(&id) != Known::No {
            return;
        }
        let alive = expires > self.expired_to && created >= self.floor;
        let entry = Entry {
            created,
            expires,
            in_tree: None,
            came,
            alive,
        };
        self.entries.insert(id, entry);
        self.by_end.insert((expires, id));
        if alive {
            self.by_creation.insert((created, id));
            self.add(&id);
        }
    }

    /// The tree has seen it, for the first time now.
    pub(crate) fn in_tree(&mut self, id: &MessageId, now: Instant) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.in_tree = Some(now);
        }
    }

    /// The store has given it up.
    pub(crate) fn evict(&mut self, id: MessageId) {
        self.forget(&id);
        if self.max_gone == 0 || self.gone.insert(id, ()).is_some() {
            return;
        }
        if self.gone_order.len() >= self.max_gone
            && let Some(oldest) = self.gone_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
        self.gone_order.push_back(id);
    }

    /// The store has it not, and would take it.
    pub(crate) fn lose(&mut self, id: &MessageId) {
        self.forget(id);
    }

    /// Nothing that was created before counts any more.
    pub(crate) fn set_floor(&mut self, floor: UnixMillis) {
        self.floor = floor;
        while let Some(&(created, id)) = self.by_creation.first()
            && created < floor
        {
            self.forget(&id);
        }
    }

    /// Lets what has ended by this time expire, and forgets what ended long before.
    pub(crate) fn expire(&mut self, time: UnixMillis) {
        let long_ago = time.before(self.remembered);
        while let Some(&(expires, id)) = self.by_end.first()
            && expires <= long_ago
        {
            self.forget(&id);
        }
        if time <= self.expired_to {
            return;
        }
        let last = MessageId::from_bytes([0xff; MessageId::LEN]);
        let ended = (Excluded((self.expired_to, last)), Included((time, last)));
        let ended: Vec<MessageId> = self.by_end.range(ended).map(|(_, id)| *id).collect();
        for id in ended {
            self.stop_counting(&id);
        }
        self.expired_to = time;
    }

    fn forget(&mut self, id: &MessageId) {
        self.stop_counting(id);
        if let Some(entry) = self.entries.remove(id) {
            self.by_end.remove(&(entry.expires, *id));
        }
    }

    fn stop_counting(&mut self, id: &MessageId) {
        let Some(entry) = self.entries.get_mut(id) else {
            return;
        };
        if std::mem::take(&mut entry.alive) {
            let created = entry.created;
            self.by_creation.remove(&(created, *id));
            self.subtract(id);
        }
    }

    fn add(&mut self, id: &MessageId) {
        self.snapshot = None;
        let mut carry = false;
        for (sum, lane) in self.sum.iter_mut().zip(lanes(id)) {
            let (one, over) = sum.overflowing_add(lane);
            let (two, over_again) = one.overflowing_add(u64::from(carry));
            (*sum, carry) = (two, over || over_again);
        }
    }

    fn subtract(&mut self, id: &MessageId) {
        self.snapshot = None;
        let mut borrow = false;
        for (sum, lane) in self.sum.iter_mut().zip(lanes(id)) {
            let (one, under) = sum.overflowing_sub(lane);
            let (two, under_again) = one.overflowing_sub(u64::from(borrow));
            (*sum, borrow) = (two, under || under_again);
        }
    }

    /// Equal where the same messages are held, and else different.
    ///
    /// Whoever makes many messages can make two sets of his own look equal, and hide his own so.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let mut hasher = blake3::Hasher::new();
        for lane in self.sum {
            hasher.update(&lane.to_le_bytes());
        }
        let count = u64::try_from(self.len()).unwrap_or(u64::MAX);
        hasher.update(&count.to_le_bytes());
        let mut fingerprint = Fingerprint::default();
        hasher.finalize_xof().fill(&mut fingerprint);
        fingerprint
    }

    /// All that counts, in order. Made when it is asked for, and kept until something changes.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        if let Some(snapshot) = &self.snapshot {
            return Arc::clone(snapshot);
        }
        let all = self.by_creation.iter();
        let snapshot: Snapshot = Arc::new(all.map(|(created, id)| (created.0, *id)).collect());
        self.snapshot = Some(Arc::clone(&snapshot));
        snapshot
    }
}

/// The id as four numbers, the least significant first.
fn lanes(id: &MessageId) -> [u64; 4] {
    let (lanes, _) = id.as_bytes().as_chunks::<8>();
    let mut numbers = [0; 4];
    for (number, lane) in numbers.iter_mut().zip(lanes) {
        *number = u64::from_le_bytes(*lane);
    }
    numbers
}
