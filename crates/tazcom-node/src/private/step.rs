//! What one step of the private machines leads to: what is committed in one transaction, and what is
//! done when it is.

use tazcom_identity::NodeId;
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_proto::{MessageId, UnixMillis, VerifiedEnvelope};
use tazcom_store::{Incoming, Outcome, Put, Said, Secret, Store, StoreError};
use tazcom_trust::{Failure, How, Level, Sas};

use super::ask::Answer;
use super::event::{Fate, Talk};
use super::line::{Record, place};

/// Stands where own lines have their fate. Who said a line says its author; that it was this node does
/// not end with the id that it had then.
pub(super) const OF_OTHERS: u8 = 255;

/// What is written in one transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    pub(super) secrets: Vec<Secret>,
    pub(super) own: Vec<VerifiedEnvelope>,
    pub(super) said: Vec<Said>,
    pub(super) fates: Vec<(Talk, InnerId, Fate)>,
    pub(super) opened: Vec<MessageId>,
    pub(super) forgotten: Vec<Talk>,
}

impl Writes {
    pub(super) const fn is_empty(&self) -> bool {
        self.secrets.is_empty()
            && self.own.is_empty()
            && self.said.is_empty()
            && self.fates.is_empty()
            && self.opened.is_empty()
            && self.forgotten.is_empty()
    }

    /// A sealed value goes.
    pub(super) fn forget(&mut self, name: Vec<u8>) {
        self.secrets.push(Secret { name, sealed: None });
    }

    /// The envelopes that are published when they are on disk.
    pub(crate) fn own(&self) -> Vec<VerifiedEnvelope> {
        self.own.clone()
    }

    /// Writes all of it or nothing; the store's thread does what is given to it in one transaction.
    pub(crate) fn write(self, store: &mut Store, wall: UnixMillis) -> Result<Put, StoreError> {
        store.set_secrets(&self.secrets)?;
        store.say(&self.said)?;
        for (talk, id, fate) in self.fates {
            store.set_fate(&talk.stored(), id.0, fate.number())?;
        }
        for talk in self.forgotten {
            store.forget_talk(&talk.stored())?;
        }
        store.mark_opened(&self.opened)?;
        let own = self.own.into_iter().map(|envelope| Incoming {
            envelope,
            first_seen: wall,
            own: true,
            hops: 0,
            from: None,
        });
        let own: Vec<Incoming> = own.collect();
        let put = store.put(&own)?;
        // It goes out all the same, to whoever is there. That the step cannot be done would be for ever.
        let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_));
        if put.outcomes.iter().any(refused) {
            tracing::error!("a sealed message of our own is not kept for those who come later");
        }
        Ok(put)
    }
}

/// What is done when the writes of its step are on disk.
pub(crate) enum After {
    Send(NodeId, DirectFrame),
    Answer(Answer),
    Tell(Fact),
    /// Their words are shown, or not.
    Ignore(NodeId, bool),
}

/// What is told, before the people in it have their names.
pub(crate) enum Fact {
    Message(Box<Record>),
    Fate(Talk, InnerId, Fate),
    Invited {
        room: SealedRoomId,
        name: String,
        by: NodeId,
    },
    Room {
        room: SealedRoomId,
        name: String,
        change: Change,
    },
    NewKeys(NodeId),
    Suspicious(NodeId, &'static str),
    Unopened(NodeId),
    Asked(NodeId),
    Shown(NodeId, Box<Sas>),
    Failed(NodeId, Failure),
    Trust(NodeId, Level, Option<How>),
    Succeeded {
        previous: NodeId,
        next: NodeId,
        level: Level,
    },
    Revoked(NodeId),
}

/// What has changed about a private room.
pub(crate) enum Change {
    Added { who: NodeId, by: NodeId },
    Promoted { who: NodeId },
    Removed { who: NodeId, by: NodeId },
    Renamed,
    HistoryShared { by: NodeId },
    MissingKey { from: NodeId },
    Unreadable { from: NodeId },
}

/// A step: its writes, and what comes after them.
#[derive(Default)]
pub(crate) struct Step {
    pub(super) writes: Writes,
    pub(super) after: Vec<After>,
}

impl Step {
    pub(super) fn tell(&mut self, fact: Fact) {
        self.after.push(After::Tell(fact));
    }

    pub(super) fn answer(&mut self, answer: Option<Answer>) {
        self.after.extend(answer.map(After::Answer));
    }

    /// A line is to be kept, and told of.
    pub(super) fn keep(&mut self, record: Record, sealer: &tazcom_vault::Sealer) {
        let (talk, id) = (record.talk, record.id);
        self.writes.said.push(Said {
            talk: talk.stored(),
            id: id.0,
            at: record.hlc.millis,
            fate: record.fate.map_or(OF_OTHERS, Fate::number),
            sealed: sealer.seal(&place(talk, id), &record.encode()),
        });
        self.tell(Fact::Message(Box::new(record)));
    }
}
