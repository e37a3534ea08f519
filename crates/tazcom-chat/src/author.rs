//! What we say ourselves, in its place and signed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::{
    Content, Draft, DraftError, Hlc, MessageId, Place, Scope, UnixMillis, VerifiedEnvelope,
};

/// A clock further ahead than this is not followed: whoever claims any time would drag everybody
/// along, and nobody would take what we say.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// What was signed and is not on disk yet.
#[derive(Debug)]
struct Unkept {
    envelope: VerifiedEnvelope,
    reference: u64,
    /// The place before.
    before: Option<(u64, MessageId)>,
    /// It will never be on disk.
    dead: bool,
}

#[derive(Debug)]
pub(crate) struct Author {
    key: Arc<SecretKey>,
    id: NodeId,
    hlc: Hlc,
    /// The last of ours in each scope. Grows with the rooms in which we speak.
    places: BTreeMap<Scope, (u64, MessageId)>,
    unkept: VecDeque<Unkept>,
    most: usize,
}

impl Author {
    pub(crate) fn new(
        key: Arc<SecretKey>,
        places: BTreeMap<Scope, (u64, MessageId)>,
        most: usize,
    ) -> Self {
        Self {
            id: key.node_id(),
            key,
            hlc: Hlc::default(),
            places,
            unkept: VecDeque::new(),
            most,
        }
    }

    pub(crate) const fn id(&self) -> NodeId {
        self.id
    }

    /// Takes the reading of somebody's clock: what we say next is later.
    pub(crate) fn hear(&mut self, wall: UnixMillis, hlc: Hlc) {
        if hlc.millis <= wall.after(MAX_AHEAD) {
            self.hlc = self.hlc.max(hlc);
        }
    }

    /// Takes a message of ours that we did not know of: another node has kept what this one lost.
    pub(crate) fn recall(&mut self, envelope: &VerifiedEnvelope) {
        let Some(place) = envelope.place() else {
            return;
        };
        let known = self.places.entry(envelope.scope().clone());
        let known = known.or_insert_with(|| (place.seq, envelope.id()));
        if known.0 < place.seq {
            *known = (place.seq, envelope.id());
        }
    }

    /// Whether so much is on its way to the disk that no more is taken.
    pub(crate) fn is_busy(&self) -> bool {
        self.unkept.len() >= self.most
    }

    /// Signs what is said for the moment: it has no place, and nobody misses it.
    pub(crate) fn sign(
        &mut self,
        wall: UnixMillis,
        scope: Scope,
        content: Content,
        lifetime_secs: u32,
    ) -> Result<VerifiedEnvelope, DraftError> {
        self.hlc = self.hlc.tick(wall);
        let draft = Draft {
            lifetime_secs,
            ..Draft::new(scope, content, self.hlc, wall)
        };
        draft.sign(&self.key)
    }

    /// Signs what belongs to a conversation: its place is behind the last thing we said there.
    pub(crate) fn say(
        &mut self,
        wall: UnixMillis,
        scope: Scope,
        content: Content,
        lifetime_secs: u32,
        reference: u64,
    ) -> Result<VerifiedEnvelope, DraftError> {
        let before = self.places.get(&scope).copied();
        let place = match before {
            None => Place {
                seq: 1,
                previous: None,
            },
            // Nobody says so much; if it was claimed in our name, the last number is used again.
            Some((seq, id)) => Place {
                seq: seq.saturating_add(1),
                previous: Some(id),
            },
        };
        let hlc = self.hlc.tick(wall);
        let draft = Draft {
            place: Some(place),
            lifetime_secs,
            ..Draft::new(scope.clone(), content, hlc, wall)
        };
        let envelope = draft.sign(&self.key)?;
        self.hlc = hlc;
        self.places.insert(scope, (place.seq, envelope.id()));
        self.unkept.push_back(Unkept {
            envelope: envelope.clone(),
            reference,
            before,
            dead: false,
        });
        Ok(envelope)
    }

    /// It is on disk. Gives it, and the number it was said with.
    pub(crate) fn kept(&mut self, id: &MessageId) -> Option<(VerifiedEnvelope, u64)> {
        let at = self.position(id)?;
        let kept = self.unkept.remove(at)?;
        // What came before it in its scope and is dead stays a hole: it was built upon.
        let mut index = 0;
        self.unkept.retain(|other| {
            let earlier = index < at;
            index += 1;
            !(earlier && other.dead && other.envelope.scope() == kept.envelope.scope())
        });
        Some((kept.envelope, kept.reference))
    }

    /// It will never be on disk. Its place is free again, unless something was built upon it. Gives
    /// the number it was said with.
    pub(crate) fn not_kept(&mut self, id: &MessageId) -> Option<u64> {
        let at = self.position(id)?;
        let entry = self.unkept.get_mut(at)?;
        entry.dead = true;
        let reference = entry.reference;
        let scope = entry.envelope.scope().clone();
        while let Some(last) = self.last_of(&scope)
            && let Some(gone) = self.unkept.remove(last)
        {
            match gone.before {
                Some(before) => self.places.insert(scope.clone(), before),
                None => self.places.remove(&scope),
            };
        }
        Some(reference)
    }

    /// The last one in its scope, if it is dead.
    fn last_of(&self, scope: &Scope) -> Option<usize> {
        let (_, place) = self.places.get(scope)?;
        let at = self.position(place)?;
        self.unkept.get(at)?.dead.then_some(at)
    }

    fn position(&self, id: &MessageId) -> Option<usize> {
        let same = |unkept: &Unkept| unkept.envelope.id() == *id;
        self.unkept.iter().position(same)
    }
}
