//! The sessions whose messages can be opened, and what has been opened with each.

use std::collections::{BTreeMap, BTreeSet};

use tazcom_identity::NodeId;
use tazcom_proto::inner::SealedRoomId;
use tazcom_proto::{MessageId, UnixMillis};
use vodozemac::megolm::{
    ExportedSessionKey, InboundGroupSession, MegolmMessage, SessionConfig, SessionKey,
};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::rows::{Journal, RowKey};

mod inbound;

pub(crate) use inbound::Inbound;

/// The public key with which a session signs, which is what it is called by.
pub(crate) type SessionId = [u8; 32];

/// Whoever has a key can hand it over as its own: a session is one of somebody, and that of another
/// with the same id is another one.
pub(crate) type Name = (NodeId, SessionId);

/// Where it stands in a key: after version, index and ratchet (1, 4 and 128 bytes).
const ID_AT: usize = 133;

/// Keys of others and our own, for what is said and for handing them on.
#[derive(Default)]
pub(crate) struct KeyRing {
    sessions: BTreeMap<Name, Inbound>,
    /// The same by when they came.
    ages: BTreeSet<(UnixMillis, Name)>,
    /// How many of them came from others than their owners.
    shared: usize,
}

/// What came of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    New,
    Known,
    /// There is another one for this session, which stays.
    Conflict,
    /// It is no key.
    Malformed,
}

/// What came of a message.
pub(crate) enum Opening {
    Plain(Zeroizing<Vec<u8>>, u32),
    /// It was opened before.
    Again,
    /// Another message was opened with this index.
    IndexReused,
    /// From before the key that we have, or too far after it.
    OutOfReach,
    Corrupt,
}

impl KeyRing {
    pub(crate) fn get(&self, name: &Name) -> Option<&Inbound> {
        self.sessions.get(name)
    }

    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// How many came from others than their owners.
    pub(crate) const fn shared(&self) -> usize {
        self.shared
    }

    /// When the oldest is to be forgotten.
    pub(crate) fn due(&self, config: &Config) -> Option<UnixMillis> {
        let (oldest, _) = self.ages.first()?;
        // Not before the retention has passed, but after it.
        Some(UnixMillis(
            oldest.after(config.key_retention).0.saturating_add(1),
        ))
    }

    pub(crate) fn restore(&mut self, name: Name, row: &[u8]) -> Option<()> {
        let (id, inbound) = Inbound::restore(name.0, row)?;
        (id == name.1).then(|| self.add(name, inbound))
    }

    pub(crate) fn restore_seen(&mut self, name: &Name, row: &[u8]) -> Option<()> {
        self.sessions.get_mut(name)?.restore_seen(row)
    }

    /// A key from its owner. It takes the place of one that another has handed over, which nothing
    /// proves.
    pub(crate) fn take(&mut self, keep: &mut Keep<'_>, owner: NodeId, key: &[u8]) -> Taken {
        let Ok(key) = SessionKey::from_bytes(key) else {
            return Taken::Malformed;
        };
        let mut session = InboundGroupSession::new(&key, SessionConfig::version_1());
        let Some(id) = id_of(&session) else {
            return Taken::Malformed;
        };
        let name = (owner, id);
        let Some(known) = self.sessions.get_mut(&name) else {
            return self.insert(keep, name, session, None);
        };
        let connected = known.session.connected(&mut session);
        let before = known.session.first_known_index();
        let first = session.first_known_index();
        if known.shared_by.is_none() {
            return match connected && first == before {
                true => Taken::Known,
                false => Taken::Conflict,
            };
        }
        let Some(mut known) = self.remove(&name).filter(|_| connected) else {
            // What was opened with what another made up, its owner never said.
            keep.journal.delete(RowKey::Seen(keep.room, owner, id));
            return self.insert(keep, name, session, None);
        };
        // The owner confirms it; what was handed over may reach further back.
        known.shared_by = None;
        let further = first < before;
        if further {
            known.session = session;
        }
        self.make_room(keep, owner, None);
        self.store(keep, name, known);
        match further {
            true => Taken::New,
            false => Taken::Known,
        }
    }

    /// A key of somebody, on the word of another, which never stands against what is known.
    pub(crate) fn take_shared(
        &mut self,
        keep: &mut Keep<'_>,
        owner: NodeId,
        by: NodeId,
        key: &[u8],
    ) -> Taken {
        let Some((id, mut session)) = import(key) else {
            return Taken::Malformed;
        };
        let name = (owner, id);
        let Some(known) = self.sessions.get_mut(&name) else {
            return self.insert(keep, name, session, Some(by));
        };
        if !known.session.connected(&mut session) {
            return Taken::Conflict;
        }
        if session.first_known_index() >= known.session.first_known_index() {
            return Taken::Known;
        }
        // What turns into the ratchet that is known when it is turned forward is the same one, earlier:
        // nobody can make up such a one, so it only reaches further back.
        known.session = session;
        let row = known.row(owner);
        keep.journal.put(RowKey::Session(keep.room, owner, id), row);
        Taken::New
    }

    fn insert(
        &mut self,
        keep: &mut Keep<'_>,
        name: Name,
        session: InboundGroupSession,
        shared_by: Option<NodeId>,
    ) -> Taken {
        self.make_room(keep, name.0, shared_by);
        let inbound = Inbound {
            shared_by,
            since: keep.now,
            session,
            seen: BTreeMap::new(),
        };
        self.store(keep, name, inbound);
        Taken::New
    }

    fn store(&mut self, keep: &mut Keep<'_>, name: Name, inbound: Inbound) {
        let row = inbound.row(name.0);
        keep.journal
            .put(RowKey::Session(keep.room, name.0, name.1), row);
        self.add(name, inbound);
    }

    fn add(&mut self, name: Name, inbound: Inbound) {
        self.remove(&name);
        self.ages.insert((inbound.since, name));
        self.shared += usize::from(inbound.shared_by.is_some());
        self.sessions.insert(name, inbound);
    }

    fn remove(&mut self, name: &Name) -> Option<Inbound> {
        let gone = self.sessions.remove(name)?;
        self.ages.remove(&(gone.since, *name));
        self.shared -= usize::from(gone.shared_by.is_some());
        Some(gone)
    }

    /// Makes sure that there is a place for one more. Those from their owners and those from others
    /// never take each other's places.
    fn make_room(&mut self, keep: &mut Keep<'_>, owner: NodeId, shared_by: Option<NodeId>) {
        let shared = shared_by.is_some();
        let (kept, most) = match shared {
            true => (self.shared, keep.config.max_shared_sessions),
            false => (self.len() - self.shared, keep.config.max_sessions),
        };
        let own = self.kind(shared).filter(|(name, _)| name.0 == owner);
        if own.count() >= keep.config.max_sessions_each {
            self.forget_one(keep, shared, Some(owner));
        } else if kept >= most {
            self.forget_one(keep, shared, None);
        }
    }

    fn kind(&self, shared: bool) -> impl Iterator<Item = (&Name, &Inbound)> {
        let all = self.sessions.iter();
        all.filter(move |(_, one)| one.shared_by.is_some() == shared)
    }

    /// Forgets the oldest, of one owner or of all, of whoever brought most.
    fn forget_one(&mut self, keep: &mut Keep<'_>, shared: bool, owner: Option<NodeId>) {
        let concerned = |name: &Name| owner.is_none_or(|owner| name.0 == owner);
        let brought = |name: &Name, one: &Inbound| one.shared_by.unwrap_or(name.0);
        let mut counts: BTreeMap<NodeId, usize> = BTreeMap::new();
        for (name, one) in self.kind(shared).filter(|(name, _)| concerned(name)) {
            *counts.entry(brought(name, one)).or_default() += 1;
        }
        let Some((busiest, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else {
            return;
        };
        let of_busiest = self
            .kind(shared)
            .filter(|(name, one)| concerned(name) && brought(name, one) == busiest);
        let oldest = of_busiest.min_by_key(|(name, one)| (one.since, **name));
        if let Some(oldest) = oldest.map(|(name, _)| *name) {
            self.forget(keep, &oldest);
        }
    }

    /// Forgets one, so that all rooms together keep no more than they may: one that was shared when
    /// there is one.
    pub(crate) fn give_way(&mut self, keep: &mut Keep<'_>) {
        self.forget_one(keep, self.shared > 0, None);
    }

    fn forget(&mut self, keep: &mut Keep<'_>, name: &Name) {
        if self.remove(name).is_some() {
            let (owner, id) = *name;
            keep.journal.delete(RowKey::Session(keep.room, owner, id));
            keep.journal.delete(RowKey::Seen(keep.room, owner, id));
        }
    }

    /// Forgets what has been kept for long enough.
    pub(crate) fn expire(&mut self, keep: &mut Keep<'_>) {
        while let Some((since, name)) = self.ages.first().copied() {
            if keep.now.since(since) <= keep.config.key_retention {
                return;
            }
            self.forget(keep, &name);
        }
    }

    pub(crate) fn clear(&mut self, keep: &mut Keep<'_>) {
        let all: Vec<Name> = self.sessions.keys().copied().collect();
        all.iter().for_each(|name| self.forget(keep, name));
    }

    /// Opens a message of a session that is known. It counts as seen after [`see`](Self::see).
    pub(crate) fn open(
        &mut self,
        config: &Config,
        name: &Name,
        message: &[u8],
        envelope: MessageId,
    ) -> Opening {
        let (Some(inbound), Ok(message)) = (
            self.sessions.get_mut(name),
            MegolmMessage::from_bytes(message),
        ) else {
            return Opening::Corrupt;
        };
        let index = message.message_index();
        match inbound.seen.get(&index) {
            Some(seen) if *seen == envelope => return Opening::Again,
            Some(_) => return Opening::IndexReused,
            None => {}
        }
        let most = config.max_session_messages;
        let full = u32::try_from(inbound.seen.len()).is_ok_and(|seen| seen >= most);
        match index.checked_sub(inbound.session.first_known_index()) {
            Some(gap) if gap < most && !full => {}
            _ => return Opening::OutOfReach,
        }
        match inbound.session.decrypt(&message) {
            Ok(opened) => Opening::Plain(Zeroizing::new(opened.plaintext), index),
            Err(_) => Opening::Corrupt,
        }
    }

    /// What opens with a session of this id of somebody else, whether it was opened before or not. Of
    /// several the first is tried.
    pub(crate) fn open_with_another(
        &mut self,
        config: &Config,
        name: &Name,
        message: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut sessions = self.sessions.iter_mut();
        let (_, inbound) = sessions.find(|(other, _)| other.1 == name.1 && other.0 != name.0)?;
        let message = MegolmMessage::from_bytes(message).ok()?;
        let first = inbound.session.first_known_index();
        let gap = message.message_index().checked_sub(first)?;
        let opened = match gap < config.max_session_messages {
            true => inbound.session.decrypt(&message).ok()?,
            false => return None,
        };
        Some(Zeroizing::new(opened.plaintext))
    }

    pub(crate) fn see(
        &mut self,
        keep: &mut Keep<'_>,
        name: &Name,
        index: u32,
        envelope: MessageId,
    ) {
        if let Some(inbound) = self.sessions.get_mut(name) {
            inbound.seen.insert(index, envelope);
            let row = inbound.seen_row();
            keep.journal
                .put(RowKey::Seen(keep.room, name.0, name.1), row);
        }
    }

    /// All of them from the first index there is, to be handed on.
    pub(crate) fn export(&self) -> Vec<(NodeId, Zeroizing<Vec<u8>>)> {
        let sessions = self.sessions.iter();
        sessions
            .map(|((owner, _), one)| (*owner, one.exported()))
            .collect()
    }
}

/// For whom and where changes of keys are kept.
pub(crate) struct Keep<'a> {
    pub(crate) room: SealedRoomId,
    pub(crate) now: UnixMillis,
    pub(crate) config: &'a Config,
    pub(crate) journal: &'a mut Journal,
}

fn import(exported: &[u8]) -> Option<(SessionId, InboundGroupSession)> {
    let key = ExportedSessionKey::from_bytes(exported).ok()?;
    let session = InboundGroupSession::import(&key, SessionConfig::version_1());
    Some((id_of(&session)?, session))
}

fn id_of(session: &InboundGroupSession) -> Option<SessionId> {
    let exported = Zeroizing::new(session.export_at_first_known_index().to_bytes());
    exported.get(ID_AT..)?.first_chunk().copied()
}

/// What a session is called whose key this is.
pub(crate) fn id_in_key(key: &[u8]) -> Option<SessionId> {
    key.get(ID_AT..)?.first_chunk().copied()
}
