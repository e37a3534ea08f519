//! What we say: into the outbox, and out of it when there is a ratchet with room.

use tazcom_identity::NodeId;
use tazcom_proto::cbor::Reader;
use tazcom_proto::inner::{Audience, Inner, InnerId};
use tazcom_proto::{Hlc, UnixMillis};
use zeroize::Zeroizing;

use super::Direct;
use crate::config::lifetime_secs;
use crate::io::{Fate, Output, Refusal};
use crate::outbox::{Entry, is_carried, wants_receipt};
use crate::row::RowKey;
use crate::wire;

/// Arrays and maps around the body of a message.
const BODY_DEPTH: usize = 2;

/// A message before it is sealed.
pub(super) struct Words {
    pub(super) id: InnerId,
    pub(super) hlc: Hlc,
    pub(super) created: UnixMillis,
    pub(super) kind: u64,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Words {
    /// What is to be sealed.
    fn encode(self, from: NodeId, to: NodeId) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let mut body = Reader::new(&self.body);
        let one_value = body.skip(BODY_DEPTH).and_then(|()| body.finish());
        one_value.map_err(|_| Refusal::NotAValue)?;
        let inner = Inner {
            from,
            to: Audience::Person(to),
            id: self.id,
            hlc: self.hlc,
            created: self.created,
            kind: self.kind,
            body: self.body,
        };
        inner.encode().map_err(|_| Refusal::TooLong)
    }
}

impl Direct {
    /// Takes a message in, says so, and lets it go if it can.
    pub(super) fn say(&mut self, now: UnixMillis, to: NodeId, words: Words, reference: u64) {
        let id = words.id;
        if let Err(why) = self.take_in(now, to, words) {
            self.out.push_back(Output::Refused { reference, why });
            return;
        }
        // The answer comes before whatever the message sets off.
        let answer = self.out.len();
        self.flush(now, to);
        let waiting = self
            .outbox
            .get(&to, &id)
            .is_some_and(|entry| entry.sealed.is_none());
        if waiting {
            self.outbox.tell_waiting(&to, &id);
        }
        let accepted = Output::Accepted {
            reference,
            id,
            waiting,
        };
        self.out.insert(answer, accepted);
    }

    fn take_in(&mut self, now: UnixMillis, to: NodeId, words: Words) -> Result<(), Refusal> {
        let Words {
            id, created, kind, ..
        } = words;
        let (outbox_peer, full) = (self.config.outbox_peer, self.config.outbox_all);
        let peers = self.config.peers;
        let expires = created.after(self.config.keep);
        if to == self.me {
            return Err(Refusal::ToSelf);
        } else if self.blocked.contains(&to) {
            return Err(Refusal::Blocked);
        } else if !wants_receipt(kind) {
            return Err(Refusal::Reserved { kind });
        } else if expires <= now {
            return Err(Refusal::TooOld);
        } else if self.outbox.get(&to, &id).is_some() {
            return Err(Refusal::Known);
        } else if self.outbox.len_for(&to) >= outbox_peer {
            return Err(Refusal::PeerFull { most: outbox_peer });
        } else if self.outbox.len() >= full {
            return Err(Refusal::Full { most: full });
        } else if is_carried(kind) && self.outbox.carried() >= full / 2 {
            // The other half is kept for people: how much is carried others may decide.
            return Err(Refusal::Full { most: full / 2 });
        }
        let plain = words.encode(self.me, to)?;
        if !self.meet(now, to) {
            return Err(Refusal::TooManyPeople { most: peers });
        }
        if let Some(peer) = self.peers.get_mut(&to).filter(|peer| !peer.written) {
            peer.written = true;
            self.dirty.insert(RowKey::Peer(to));
        }
        self.outbox.push(to, id, Entry::new(kind, expires, plain));
        self.dirty.insert(RowKey::Outbox(to, id));
        Ok(())
    }

    /// Takes in something that the machine itself says. It is sealed anew when it could not be opened,
    /// for as long as not too much came after it. `after`: only a ratchet younger than this will do.
    pub(super) fn say_ourselves(
        &mut self,
        now: UnixMillis,
        to: NodeId,
        kind: u64,
        body: Zeroizing<Vec<u8>>,
        after: Option<u64>,
    ) {
        let words = self.words_of_ours(now, kind, body);
        let (id, expires) = (words.id, now.after(self.config.keep));
        // It is short, and one value.
        let Ok(plain) = words.encode(self.me, to) else {
            return;
        };
        let mut entry = Entry::new(kind, expires, plain);
        entry.after = after;
        self.outbox.push(to, id, entry);
        self.dirty.insert(RowKey::Outbox(to, id));
        while let Some(gone) = self.outbox.surplus(&to, self.config.retained) {
            self.outbox.remove(&to, &gone);
            self.dirty.insert(RowKey::Outbox(to, gone));
        }
        self.flush(now, to);
    }

    fn words_of_ours(&mut self, now: UnixMillis, kind: u64, body: Zeroizing<Vec<u8>>) -> Words {
        Words {
            id: self.draw_id(),
            hlc: Hlc {
                millis: now,
                counter: 0,
            },
            created: now,
            kind,
            body,
        }
    }

    /// Says something at once, in a ratchet that was just begun, and does not keep it.
    pub(super) fn say_once(
        &mut self,
        now: UnixMillis,
        to: NodeId,
        ratchet: u64,
        kind: u64,
        body: Zeroizing<Vec<u8>>,
    ) {
        let words = self.words_of_ours(now, kind, body);
        let plain = words.encode(self.me, to).ok();
        let peer = self.peers.get_mut(&to);
        let ratchet_of_it = peer.and_then(|peer| peer.ratchet(ratchet));
        let sealed = plain.zip(ratchet_of_it);
        if let Some(bytes) = sealed.and_then(|(plain, ratchet)| ratchet.seal(&plain)) {
            self.dirty.insert(RowKey::Ratchet(to, ratchet));
            self.out.push_back(Output::Publish {
                to,
                bytes,
                id: None,
                lifetime_secs: lifetime_secs(self.config.keep),
                in_session: true,
            });
        }
    }

    /// Lets go what waits for somebody, as far as there are ratchets with room.
    pub(super) fn flush(&mut self, now: UnixMillis, to: NodeId) {
        self.retry.remove(&to);
        if self.blocked.contains(&to) {
            return;
        }
        let mut no_room = false;
        for id in self.outbox.waiting(&to) {
            let Some(entry) = self.outbox.get(&to, &id) else {
                continue;
            };
            let (counts, after) = (entry.wants_receipt(), entry.after);
            let like_the_others = counts && after.is_none();
            if no_room && like_the_others {
                continue;
            }
            match self.ratchet_for(now, to, counts, after) {
                Some(ratchet) => self.seal(now, to, id, ratchet),
                None => no_room |= like_the_others,
            }
        }
    }

    fn seal(&mut self, now: UnixMillis, to: NodeId, id: InnerId, number: u64) {
        let Some(entry) = self.outbox.get(&to, &id) else {
            return;
        };
        let peer = self.peers.get_mut(&to);
        let ratchet = peer.and_then(|peer| peer.ratchet(number));
        let Some(bytes) = ratchet.and_then(|ratchet| ratchet.seal(&entry.plain)) else {
            return;
        };
        let (counts, told) = (entry.wants_receipt(), entry.told_waiting);
        let lifetime = entry.expires.since(now);
        self.outbox.seal(&to, &id, number, wire::name(&bytes));
        self.dirty.insert(RowKey::Outbox(to, id));
        self.dirty.insert(RowKey::Ratchet(to, number));
        self.out.push_back(Output::Publish {
            to,
            bytes,
            id: counts.then_some(id),
            lifetime_secs: lifetime_secs(lifetime),
            in_session: false,
        });
        if told {
            let fate = Fate::Sealed;
            self.out.push_back(Output::Fate { to, id, fate });
        }
    }
}
