//! Messages that have not arrived, and what else may have to be sealed anew.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tazcom_identity::NodeId;
use tazcom_proto::inner::{InnerId, kind};
use tazcom_proto::{MessageId, UnixMillis};
use zeroize::Zeroizing;

use crate::row::{Fields, RestoreError, Writer};

/// One message of ours.
pub(crate) struct Entry {
    /// The order in which messages were taken.
    order: u64,
    kind: u64,
    /// When it is given up.
    pub(crate) expires: UnixMillis,
    /// What is to be sealed: filled up.
    pub(crate) plain: Zeroizing<Vec<u8>>,
    /// Its sender was told that it waits.
    pub(crate) told_waiting: bool,
    /// Only a ratchet that is younger than this one will do: the message could not be opened in it.
    pub(crate) after: Option<u64>,
    /// The ratchet in which it was sealed last, and what the sealed bytes are called. None: it waits.
    pub(crate) sealed: Option<(u64, MessageId)>,
}

impl Entry {
    pub(crate) const fn new(kind: u64, expires: UnixMillis, plain: Zeroizing<Vec<u8>>) -> Self {
        Self {
            order: 0,
            kind,
            expires,
            plain,
            told_waiting: false,
            after: None,
            sealed: None,
        }
    }

    /// Whether the receiver says that it has it.
    pub(crate) const fn wants_receipt(&self) -> bool {
        wants_receipt(self.kind)
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        Writer::new(7, self.plain.len() + 128)
            .uint(self.order)
            .uint(self.kind)
            .time(self.expires)
            .bytes(&self.plain)
            .bool(self.told_waiting)
            .maybe(self.after, Writer::uint)
            .maybe(self.sealed, |row, (ratchet, name)| {
                row.count(2).uint(ratchet).bytes(name.as_bytes())
            })
            .finish()
    }

    fn decode(row: &[u8]) -> Result<Self, RestoreError> {
        let mut fields = Fields::new(row, 7)?;
        let entry = Self {
            order: fields.uint()?,
            kind: fields.uint()?,
            expires: fields.time()?,
            plain: Zeroizing::new(fields.bytes()?.to_vec()),
            told_waiting: fields.bool()?,
            after: fields.maybe(Fields::uint)?,
            sealed: fields.maybe(|fields| {
                fields.count(2)?;
                Ok((fields.uint()?, fields.name()?))
            })?,
        };
        fields.finish()?;
        Ok(entry)
    }
}

/// Whether messages of this kind have a receipt.
pub(crate) const fn wants_receipt(kind: u64) -> bool {
    !matches!(kind, kind::RECEIPT | kind::UNDECRYPTABLE | kind::HELLO)
}

/// Whether messages of this kind are carried for private rooms: nobody has said them.
pub(crate) const fn is_carried(kind: u64) -> bool {
    kind >= kind::FIRST_OF_ROOMS
}

/// The messages to one person.
#[derive(Default)]
struct Box {
    entries: BTreeMap<InnerId, Entry>,
    waiting: BTreeSet<(u64, InnerId)>,
    /// Those without a receipt, oldest first.
    retained: VecDeque<InnerId>,
    by_name: BTreeMap<MessageId, InnerId>,
}

impl Box {
    fn len(&self) -> usize {
        self.entries.len() - self.retained.len()
    }

    fn index(&mut self, id: InnerId, order: u64, sealed: Option<(u64, MessageId)>) {
        match sealed {
            Some((_, name)) => {
                self.by_name.insert(name, id);
            }
            None => {
                self.waiting.insert((order, id));
            }
        }
    }

    fn unindex(&mut self, id: InnerId, order: u64, sealed: Option<(u64, MessageId)>) {
        match sealed {
            Some((_, name)) => self.by_name.remove(&name).is_some(),
            None => self.waiting.remove(&(order, id)),
        };
    }
}

#[derive(Default)]
pub(crate) struct Outbox {
    boxes: BTreeMap<NodeId, Box>,
    expiry: BTreeSet<(UnixMillis, NodeId, InnerId)>,
    next_order: u64,
    /// Messages that want a receipt, to all people.
    len: usize,
}

impl Outbox {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Messages that are carried for private rooms.
    pub(crate) fn carried(&self) -> usize {
        let entries = self
            .boxes
            .values()
            .flat_map(|of_one| of_one.entries.values());
        entries.filter(|entry| is_carried(entry.kind)).count()
    }

    /// Whether something is on its way to somebody, and all of it carried for private rooms.
    pub(crate) fn is_carried_only(&self, who: &NodeId) -> bool {
        let Some(of_one) = self.boxes.get(who) else {
            return false;
        };
        let mut wanted = of_one
            .entries
            .values()
            .filter(|entry| entry.wants_receipt());
        wanted.all(|entry| is_carried(entry.kind))
    }

    pub(crate) fn len_for(&self, who: &NodeId) -> usize {
        self.boxes.get(who).map_or(0, Box::len)
    }

    pub(crate) fn get(&self, who: &NodeId, id: &InnerId) -> Option<&Entry> {
        self.boxes.get(who)?.entries.get(id)
    }

    /// Takes in a message that waits.
    pub(crate) fn push(&mut self, who: NodeId, id: InnerId, mut entry: Entry) {
        entry.order = self.next_order;
        self.insert(who, id, entry);
    }

    fn insert(&mut self, who: NodeId, id: InnerId, entry: Entry) {
        self.next_order = self.next_order.max(entry.order.saturating_add(1));
        self.expiry.insert((entry.expires, who, id));
        let own = self.boxes.entry(who).or_default();
        own.index(id, entry.order, entry.sealed);
        match entry.wants_receipt() {
            true => self.len += 1,
            false => own.retained.push_back(id),
        }
        own.entries.insert(id, entry);
    }

    pub(crate) fn remove(&mut self, who: &NodeId, id: &InnerId) -> Option<Entry> {
        let own = self.boxes.get_mut(who)?;
        let entry = own.entries.remove(id)?;
        own.unindex(*id, entry.order, entry.sealed);
        match entry.wants_receipt() {
            true => self.len -= 1,
            false => own.retained.retain(|retained| retained != id),
        }
        self.expiry.remove(&(entry.expires, *who, *id));
        if own.entries.is_empty() {
            self.boxes.remove(who);
        }
        Some(entry)
    }

    /// Those without a receipt that are too many, the oldest.
    pub(crate) fn surplus(&self, who: &NodeId, most: usize) -> Option<InnerId> {
        let own = self.boxes.get(who)?;
        let too_many = own.retained.len() > most;
        own.retained.front().copied().filter(|_| too_many)
    }

    /// The ids of all messages to somebody.
    pub(crate) fn ids(&self, who: &NodeId) -> Vec<InnerId> {
        let own = self.boxes.get(who);
        own.map(|own| own.entries.keys().copied().collect())
            .unwrap_or_default()
    }

    /// The ids of those that wait, in the order in which they are to go.
    pub(crate) fn waiting(&self, who: &NodeId) -> Vec<InnerId> {
        let own = self.boxes.get(who);
        own.map(|own| own.waiting.iter().map(|(_, id)| *id).collect())
            .unwrap_or_default()
    }

    /// To whom something waits.
    pub(crate) fn with_waiting(&self) -> impl Iterator<Item = NodeId> {
        let some = self.boxes.iter().filter(|(_, own)| !own.waiting.is_empty());
        some.map(|(who, _)| *who)
    }

    /// How many messages that want a receipt are on their way, by ratchet.
    pub(crate) fn loads(&self, who: &NodeId) -> BTreeMap<u64, usize> {
        let mut loads = BTreeMap::new();
        let entries = self
            .boxes
            .get(who)
            .into_iter()
            .flat_map(|own| own.entries.values());
        for entry in entries.filter(|entry| entry.wants_receipt()) {
            if let Some((ratchet, _)) = entry.sealed {
                *loads.entry(ratchet).or_default() += 1;
            }
        }
        loads
    }

    /// Which message was sealed last into the bytes of this name.
    pub(crate) fn named(&self, who: &NodeId, name: &MessageId) -> Option<InnerId> {
        self.boxes.get(who)?.by_name.get(name).copied()
    }

    /// It is on its way now.
    pub(crate) fn seal(&mut self, who: &NodeId, id: &InnerId, ratchet: u64, name: MessageId) {
        self.change(who, id, |entry| {
            entry.sealed = Some((ratchet, name));
            entry.told_waiting = false;
        });
    }

    /// It could not be opened, so it waits for a younger ratchet.
    pub(crate) fn unseal(&mut self, who: &NodeId, id: &InnerId) {
        self.change(who, id, |entry| {
            entry.after = entry.sealed.take().map(|(ratchet, _)| ratchet);
        });
    }

    pub(crate) fn tell_waiting(&mut self, who: &NodeId, id: &InnerId) {
        self.change(who, id, |entry| entry.told_waiting = true);
    }

    fn change(&mut self, who: &NodeId, id: &InnerId, change: impl FnOnce(&mut Entry)) {
        let Some(own) = self.boxes.get_mut(who) else {
            return;
        };
        let Some(entry) = own.entries.get_mut(id) else {
            return;
        };
        let (order, before) = (entry.order, entry.sealed);
        change(entry);
        let after = entry.sealed;
        own.unindex(*id, order, before);
        own.index(*id, order, after);
    }

    /// When the next one is given up.
    pub(crate) fn next_expiry(&self) -> Option<UnixMillis> {
        self.expiry.first().map(|(at, _, _)| *at)
    }

    /// One that is to be given up.
    pub(crate) fn expired(&self, now: UnixMillis) -> Option<(NodeId, InnerId)> {
        let (at, who, id) = self.expiry.first()?;
        (*at <= now).then_some((*who, *id))
    }

    pub(crate) fn encode(&self, who: &NodeId, id: &InnerId) -> Option<Zeroizing<Vec<u8>>> {
        Some(self.get(who, id)?.encode())
    }

    /// Takes in what was on the disk. Call [`settle`](Self::settle) afterwards.
    pub(crate) fn restore(
        &mut self,
        who: NodeId,
        id: InnerId,
        row: &[u8],
    ) -> Result<(), RestoreError> {
        self.insert(who, id, Entry::decode(row)?);
        Ok(())
    }

    /// Rows come in any order; the oldest is to go first.
    pub(crate) fn settle(&mut self) {
        for own in self.boxes.values_mut() {
            let entries = &own.entries;
            let order = |id: &InnerId| entries.get(id).map(|entry| entry.order);
            own.retained.make_contiguous().sort_by_key(order);
        }
    }
}
