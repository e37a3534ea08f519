//! Direct messages that came too early: before the invitation, or before operations they build on.
//!
//! They do nothing while they wait. They are few, each sender has few, and they are forgotten in the
//! end: whoever makes them up takes nobody else's place for long.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::membership::{fixed, tuple};
use crate::rows::{Journal, RowKey};

pub(crate) struct Message {
    pub(crate) from: NodeId,
    pub(crate) room: SealedRoomId,
    pub(crate) since: UnixMillis,
    pub(crate) kind: u64,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

#[derive(Default)]
pub(crate) struct Held {
    messages: BTreeMap<u64, Message>,
}

impl Message {
    fn row(&self) -> Zeroizing<Vec<u8>> {
        let mut row = Zeroizing::new(Vec::with_capacity(self.body.len() + 96));
        cbor::put_array(&mut row, 5);
        cbor::put_bytes(&mut row, self.from.as_bytes());
        cbor::put_bytes(&mut row, &self.room.0);
        cbor::put_uint(&mut row, self.since.0);
        cbor::put_uint(&mut row, self.kind);
        cbor::put_bytes(&mut row, &self.body);
        row
    }

    fn restore(row: &[u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(row);
        tuple(&mut reader, 5)?;
        let message = Self {
            from: NodeId::from_bytes(fixed(&mut reader)?),
            room: SealedRoomId(fixed(&mut reader)?),
            since: UnixMillis(reader.uint()?),
            kind: reader.uint()?,
            body: Zeroizing::new(reader.bytes()?.to_vec()),
        };
        reader.finish()?;
        Ok(message)
    }
}

impl Held {
    pub(crate) fn hold(&mut self, config: &Config, journal: &mut Journal, message: Message) {
        let of_sender = self
            .messages
            .iter()
            .filter(|(_, one)| one.from == message.from);
        let of_sender: Vec<u64> = of_sender.map(|(number, _)| *number).collect();
        if of_sender.len() >= config.max_held_each
            && let Some(oldest) = of_sender.first()
        {
            self.remove(journal, *oldest);
        }
        if self.messages.len() >= config.max_held
            && let Some(oldest) = self.oldest_of_busiest()
        {
            self.remove(journal, oldest);
        }
        let last = self.messages.keys().next_back().copied();
        let number = last.map_or(0, |last| last.saturating_add(1));
        journal.put(RowKey::Held(number), message.row());
        self.messages.insert(number, message);
    }

    /// Whoever has most held gives way: a few who send much do not push out what others sent.
    fn oldest_of_busiest(&self) -> Option<u64> {
        let mut counts: BTreeMap<NodeId, (usize, u64)> = BTreeMap::new();
        for (number, message) in &self.messages {
            counts.entry(message.from).or_insert((0, *number)).0 += 1;
        }
        // Of several who have as many, the one whose oldest came first.
        let busiest = counts
            .into_values()
            .max_by_key(|(count, oldest)| (*count, Reverse(*oldest)));
        busiest.map(|(_, oldest)| oldest)
    }

    fn remove(&mut self, journal: &mut Journal, number: u64) -> Option<Message> {
        journal.delete(RowKey::Held(number));
        self.messages.remove(&number)
    }

    /// Those of a room, which are not held any more.
    pub(crate) fn release(&mut self, journal: &mut Journal, room: SealedRoomId) -> Vec<Message> {
        let of_room = self.messages.iter().filter(|(_, one)| one.room == room);
        let of_room: Vec<u64> = of_room.map(|(number, _)| *number).collect();
        let released = of_room
            .into_iter()
            .filter_map(|number| self.remove(journal, number));
        released.collect()
    }

    pub(crate) fn expire(&mut self, config: &Config, journal: &mut Journal, now: UnixMillis) {
        let old = self.messages.iter();
        let old = old.filter(|(_, one)| now.since(one.since) >= config.wait_at_most);
        for number in old.map(|(number, _)| *number).collect::<Vec<_>>() {
            self.remove(journal, number);
        }
    }

    pub(crate) fn due(&self, config: &Config) -> Option<UnixMillis> {
        let since = self.messages.values().map(|one| one.since).min()?;
        Some(since.after(config.wait_at_most))
    }

    /// For which rooms something is held, and of whom.
    pub(crate) fn senders(&self) -> impl Iterator<Item = (SealedRoomId, NodeId)> {
        self.messages
            .values()
            .map(|message| (message.room, message.from))
    }

    pub(crate) fn restore(&mut self, number: u64, row: &[u8]) -> Result<(), CborError> {
        self.messages.insert(number, Message::restore(row)?);
        Ok(())
    }
}
