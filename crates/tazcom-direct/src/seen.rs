//! Which messages have come, so that none is shown twice.
//!
//! Of each person the newest are remembered. When one has to go, whatever is not newer than it is
//! refused from then on: forgetting lets nothing in again.

use std::collections::{BTreeMap, BTreeSet};

use tazcom_identity::NodeId;
use tazcom_proto::cbor::CborError;
use tazcom_proto::inner::InnerId;
use tazcom_proto::{MessageId, UnixMillis};
use zeroize::Zeroizing;

use crate::row::{Fields, Writer};

/// A message is sealed anew so seldom that more names of it are of no use.
const NAMES: usize = 4;

struct Entry {
    created: UnixMillis,
    /// What the bytes are called out of which it came.
    names: Vec<MessageId>,
}

#[derive(Default)]
struct Of {
    entries: BTreeMap<InnerId, Entry>,
    by_created: BTreeSet<(UnixMillis, InnerId)>,
    names: BTreeSet<MessageId>,
    /// What is not newer is refused.
    floor: Option<UnixMillis>,
}

impl Of {
    /// A floor alone takes as much room as a message.
    fn weight(&self) -> usize {
        self.entries.len().max(1)
    }

    fn insert(&mut self, id: InnerId, entry: Entry) {
        self.by_created.insert((entry.created, id));
        self.names.extend(&entry.names);
        self.entries.insert(id, entry);
    }

    fn pop_oldest(&mut self) -> Option<InnerId> {
        let (created, id) = self.by_created.pop_first()?;
        self.floor = self.floor.max(Some(created));
        let entry = self.entries.remove(&id)?;
        for name in &entry.names {
            self.names.remove(name);
        }
        Some(id)
    }
}

/// What a message is to those that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    New,
    /// It came before, in other bytes.
    Again,
    /// It may have come before: nobody knows any more.
    BelowFloor,
}

/// A row that has to be written, or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    Floor(NodeId),
    Seen(NodeId, InnerId),
}

pub(crate) struct Seen {
    most_of_one: usize,
    most: usize,
    weight: usize,
    of: BTreeMap<NodeId, Of>,
    changed: Vec<Changed>,
}

impl Seen {
    pub(crate) const fn new(most_of_one: usize, most: usize) -> Self {
        Self {
            most_of_one,
            most,
            weight: 0,
            of: BTreeMap::new(),
            changed: Vec::new(),
        }
    }

    /// Whether a message came out of exactly these bytes.
    pub(crate) fn has(&self, who: &NodeId, name: &MessageId) -> bool {
        self.of.get(who).is_some_and(|of| of.names.contains(name))
    }

    pub(crate) fn admit(
        &mut self,
        who: NodeId,
        id: InnerId,
        created: UnixMillis,
        name: MessageId,
    ) -> Admission {
        let of = self.of.entry(who).or_default();
        let before = match of.entries.is_empty() && of.floor.is_none() {
            true => 0,
            false => of.weight(),
        };
        if let Some(entry) = of.entries.get_mut(&id) {
            if entry.names.len() < NAMES {
                entry.names.push(name);
                of.names.insert(name);
                self.changed.push(Changed::Seen(who, id));
            }
            return Admission::Again;
        }
        if Some(created) <= of.floor {
            return Admission::BelowFloor;
        }
        let names = vec![name];
        of.insert(id, Entry { created, names });
        self.changed.push(Changed::Seen(who, id));
        if of.entries.len() > self.most_of_one
            && let Some(gone) = of.pop_oldest()
        {
            self.changed
                .extend([Changed::Seen(who, gone), Changed::Floor(who)]);
        }
        self.weight = self.weight + of.weight() - before;
        while self.weight > self.most && self.drop_one() {}
        Admission::New
    }

    /// Forgets the oldest of whom most is remembered; of those with one only, all of one.
    fn drop_one(&mut self) -> bool {
        let most = self.of.iter().max_by_key(|(_, of)| of.weight());
        let Some(who) = most.map(|(who, _)| *who) else {
            return false;
        };
        let Some(of) = self.of.get_mut(&who) else {
            return false;
        };
        if of.weight() > 1 {
            if let Some(gone) = of.pop_oldest() {
                self.changed
                    .extend([Changed::Seen(who, gone), Changed::Floor(who)]);
            }
        } else {
            self.forget(&who);
            return true;
        }
        self.weight -= 1;
        true
    }

    fn forget(&mut self, who: &NodeId) {
        if let Some(of) = self.of.remove(who) {
            self.weight -= of.weight();
            let ids = of.entries.into_keys().map(|id| Changed::Seen(*who, id));
            self.changed.extend(ids);
            self.changed.push(Changed::Floor(*who));
        }
    }

    /// Forgets what was said before `since`: whatever is that old is refused anyway.
    pub(crate) fn sweep(&mut self, since: UnixMillis) {
        let mut empty = Vec::new();
        for (who, of) in &mut self.of {
            let before = of.weight();
            while of
                .by_created
                .first()
                .is_some_and(|(created, _)| *created < since)
            {
                if let Some(gone) = of.pop_oldest() {
                    self.changed
                        .extend([Changed::Seen(*who, gone), Changed::Floor(*who)]);
                }
            }
            self.weight = self.weight + of.weight() - before;
            if of.entries.is_empty() && of.floor < Some(since) {
                empty.push(*who);
            }
        }
        for who in empty {
            self.forget(&who);
        }
    }

    /// The rows that have changed since the last time.
    pub(crate) fn take_changed(&mut self) -> Vec<Changed> {
        std::mem::take(&mut self.changed)
    }

    pub(crate) fn encode(&self, who: &NodeId, id: &InnerId) -> Option<Zeroizing<Vec<u8>>> {
        let entry = self.of.get(who)?.entries.get(id)?;
        let row = Writer::new(2, 32 + 34 * entry.names.len()).time(entry.created);
        let row = row.list(entry.names.iter(), |row, name| row.bytes(name.as_bytes()));
        Some(row.finish())
    }

    pub(crate) fn encode_floor(&self, who: &NodeId) -> Option<Zeroizing<Vec<u8>>> {
        let floor = self.of.get(who)?.floor?;
        Some(Writer::new(1, 16).time(floor).finish())
    }

    pub(crate) fn restore(
        &mut self,
        who: NodeId,
        id: InnerId,
        row: &[u8],
    ) -> Result<(), CborError> {
        let mut fields = Fields::new(row, 2)?;
        let created = fields.time()?;
        let names = fields.list(Fields::name)?;
        fields.finish()?;
        self.of
            .entry(who)
            .or_default()
            .insert(id, Entry { created, names });
        Ok(())
    }

    pub(crate) fn restore_floor(&mut self, who: NodeId, row: &[u8]) -> Result<(), CborError> {
        let mut fields = Fields::new(row, 1)?;
        self.of.entry(who).or_default().floor = Some(fields.time()?);
        fields.finish()
    }

    /// Counts what was restored.
    pub(crate) fn settle(&mut self) {
        self.weight = self.of.values().map(Of::weight).sum();
    }
}
