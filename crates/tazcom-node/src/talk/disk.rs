//! The way to the disk: what is asked of the store's threads, and what they answer.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use tazcom_chat::{Arrival, Memory, Refusal, Restored};
use tazcom_gossip::Held;
use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, RoomName, UnixMillis, VerifiedEnvelope};
use tazcom_store::{
    Config, Got, Incoming, Outcome, Put, Store, StoreError, StoreHandle, StoreThread,
};
use tokio::sync::mpsc;

use super::restore::restore;
use crate::converse::TalkError;
use crate::private::{Kept, Writes};

/// Requests that wait for the disk. Beyond that no more is taken from peers, who then wait.
const MAX_WAITING: usize = 256;

/// Room for answers of all that may wait, with what is asked for beside messages.
const ANSWERS: usize = 4 * MAX_WAITING;

/// How often it is looked for what is to be forgotten.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// Peers that are looked for at the start where they were met last.
const REMEMBERED: usize = 128;

/// Names of the values that are kept by name.
pub(super) const NAME: &str = "name";
pub(super) const IGNORED: &str = "ignored";
const STARTED: &str = "started";

/// Where messages are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// In memory: they are gone when the node is.
    #[default]
    Memory,
    /// In this directory, which belongs to this node alone.
    Directory(PathBuf),
}

/// What a node begins with.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) disk: Disk,
    pub(crate) held: Vec<Held>,
    /// Nothing that was created before is kept.
    pub(crate) floor: UnixMillis,
    pub(crate) restored: Restored,
    pub(crate) met: Vec<Met>,
    pub(crate) private: Kept,
}

/// Somebody who was met before, and where.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) id: NodeId,
    pub(crate) addrs: Vec<SocketAddr>,
}

/// What the disk answers.
#[derive(Debug)]
pub(crate) enum FromDisk {
    /// Messages of others have been looked at.
    Arrived {
        /// Each, and whether it was new and is kept.
        arrivals: Vec<(Arrival, Outcome)>,
        evicted: Vec<MessageId>,
    },
    /// Our own message is kept.
    Kept {
        envelope: Box<VerifiedEnvelope>,
        evicted: Vec<MessageId>,
        reference: Option<u64>,
    },
    /// Our own message is not.
    NotKept {
        id: MessageId,
        reference: Option<u64>,
        why: TalkError,
    },
    /// Messages of others could not be written, and are nowhere.
    Lost(Vec<MessageId>),
    Fetched {
        request: u64,
        envelopes: Vec<VerifiedEnvelope>,
    },
    /// These were forgotten, as their time had come.
    Expired(Vec<MessageId>),
    Failed(StoreError),
    /// What the private machines gave is kept, all of it.
    StepTaken {
        own: Vec<VerifiedEnvelope>,
        evicted: Vec<MessageId>,
    },
    /// None of it is.
    StepFailed(StoreError),
    /// Sealed messages that nobody has looked at.
    Unopened(Vec<VerifiedEnvelope>),
    /// What is kept of private conversations.
    PrivateRestored(Box<Kept>),
    /// It could not be read.
    PrivateUnread(StoreError),
}

/// The way to the disk.
#[derive(Debug)]
pub(crate) struct Disk {
    thread: StoreThread,
    store: StoreHandle,
    /// Messages of others that go in one request.
    gathered: Vec<(Arrival, NodeId)>,
    waiting: usize,
    answers: mpsc::Sender<FromDisk>,
    answered: mpsc::Receiver<FromDisk>,
    joined: BTreeSet<RoomName>,
    expire_at: Instant,
}

impl Disk {
    /// Opens what is kept. Waits for the disk, so not on a thread that others need.
    pub(crate) fn open(
        storage: &Storage,
        config: Config,
        me: NodeId,
    ) -> Result<Beginning, StoreError> {
        let mut store = match storage {
            Storage::Memory => Store::in_memory(config)?,
            Storage::Directory(path) => Store::open(path, config)?,
        };
        if store.meta(STARTED)?.is_none() {
            store.join(&RoomName::lobby())?;
            store.set_meta(STARTED, Some(b"1"))?;
        }
        let held = store.index()?.into_iter().map(|held| Held {
            id: held.id,
            author: held.author,
            created: held.created,
            expires: held.expires,
        });
        let held = held.collect();
        let restored = restore(&store, me)?;
        let private = Kept::read(&store, &[*me.as_bytes()])?;
        let met = store.remembered_peers(REMEMBERED)?.into_iter();
        let met = met.map(|peer| Met {
            id: peer.id,
            addrs: peer.addrs.into_iter().map(|(addr, _)| addr).collect(),
        });
        let (answers, answered) = mpsc::channel(ANSWERS);
        let thread = StoreThread::start(store)?;
        Ok(Beginning {
            held,
            floor: UnixMillis::from(SystemTime::now()).before(config.joined.keep),
            met: met.collect(),
            private,
            disk: Self {
                store: thread.handle(),
                thread,
                gathered: Vec::new(),
                waiting: 0,
                answers,
                answered,
                joined: restored.rooms.keys().cloned().collect(),
                expire_at: Instant::now(),
            },
            restored,
        })
    }

    /// For those who only read.
    pub(crate) fn handle(&self) -> StoreHandle {
        self.store.clone()
    }

    pub(crate) fn keeps_up(&self) -> bool {
        self.waiting < MAX_WAITING
    }

    /// When to call [`tick`](Self::tick).
    pub(crate) fn due(&self) -> Instant {
        self.expire_at
    }

    /// The next answer. Cancel-safe; for ever when nothing was asked.
    pub(crate) async fn next(&mut self) -> FromDisk {
        match self.answered.recv().await {
            Some(answer) => {
                self.waiting = self.waiting.saturating_sub(1);
                answer
            }
            // Never: we hold a sender ourselves.
            None => std::future::pending().await,
        }
    }

    /// A message of somebody else is to be kept.
    pub(crate) fn arrived(&mut self, arrival: Arrival, from: NodeId) {
        self.gathered.push((arrival, from));
    }

    /// Writes what was gathered.
    pub(crate) fn flush(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        let gathered = std::mem::take(&mut self.gathered);
        let incoming: Vec<Incoming> = gathered
            .iter()
            .map(|(arrival, from)| Incoming {
                envelope: arrival.envelope.clone(),
                first_seen: arrival.first_seen,
                own: false,
                hops: arrival.hops,
                from: Some(*from),
            })
            .collect();
        let ids = gathered
            .iter()
            .map(|(arrival, _)| arrival.envelope.id())
            .collect();
        let (answers, lost) = (self.answers.clone(), ids);
        let arrivals = gathered.into_iter().map(|(arrival, _)| arrival);
        let arrivals: Vec<Arrival> = arrivals.collect();
        let asked = self.store.write(
            move |store| store.put(&incoming),
            Box::new(move |result: Result<Put, StoreError>| {
                tell(
                    &answers,
                    match result {
                        Ok(put) => FromDisk::Arrived {
                            arrivals: arrivals.into_iter().zip(put.outcomes).collect(),
                            evicted: put.evicted,
                        },
                        Err(error) => {
                            tell(&answers, FromDisk::Failed(error));
                            FromDisk::Lost(lost)
                        }
                    },
                );
            }),
        );
        self.asked(asked.is_ok());
    }

    /// Our own message is to be kept, before anybody sees it.
    pub(crate) fn publish(
        &mut self,
        envelope: VerifiedEnvelope,
        reference: Option<u64>,
        wall: UnixMillis,
    ) {
        let incoming = Incoming {
            envelope: envelope.clone(),
            first_seen: wall,
            own: true,
            hops: 0,
            from: None,
        };
        let (answers, id) = (self.answers.clone(), envelope.id());
        let not_kept = move |why| FromDisk::NotKept { id, reference, why };
        let asked = self.store.write(
            move |store| store.put(&[incoming]),
            Box::new(move |result: Result<Put, StoreError>| {
                let answer = match result {
                    Ok(put) if put.outcomes == [Outcome::Stored] => FromDisk::Kept {
                        envelope: Box::new(envelope),
                        evicted: put.evicted,
                        reference,
                    },
                    Ok(_) => not_kept(Refusal::NotKept.into()),
                    Err(error) => {
                        tell(&answers, FromDisk::Failed(error.clone()));
                        not_kept(error.into())
                    }
                };
                tell(&answers, answer);
            }),
        );
        if asked.is_err() {
            tell(&self.answers, not_kept(Refusal::Busy.into()));
        }
        self.asked(true);
    }

    /// Messages that a peer wants. In one row with what is written, behind it: what has just come is
    /// offered on before it is on the disk.
    pub(crate) fn fetch(&mut self, request: u64, ids: Vec<MessageId>) {
        self.flush();
        let answers = self.answers.clone();
        let asked = self.store.write(
            move |store| store.get(&ids),
            Box::new(move |result: Result<Got, StoreError>| {
                // What is not there, or cannot be read, somebody else has.
                let envelopes = result.map_or_else(
                    |error| {
                        tracing::warn!("messages could not be read for a peer: {error}");
                        Vec::new()
                    },
                    |got| got.messages,
                );
                tell(&answers, FromDisk::Fetched { request, envelopes });
            }),
        );
        if asked.is_err() {
            let envelopes = Vec::new();
            tell(&self.answers, FromDisk::Fetched { request, envelopes });
        }
        self.asked(true);
    }

    /// What the private machines want kept, in one transaction.
    pub(crate) fn step(&mut self, writes: Writes, wall: UnixMillis) {
        let (answers, own) = (self.answers.clone(), writes.own());
        let asked = self.store.write(
            move |store| writes.write(store, wall),
            Box::new(move |result: Result<Put, StoreError>| {
                let answer = match result {
                    Ok(put) => FromDisk::StepTaken {
                        own,
                        evicted: put.evicted,
                    },
                    Err(error) => FromDisk::StepFailed(error),
                };
                tell(&answers, answer);
            }),
        );
        if asked.is_err() {
            tell(&self.answers, FromDisk::StepFailed(StoreError::Closed));
        }
        self.asked(true);
    }

    /// Reads sealed messages that nobody has looked at. Behind what is being written.
    pub(crate) fn read_unopened(&mut self, tags: Vec<[u8; 32]>) {
        if tags.is_empty() {
            return;
        }
        let answers = self.answers.clone();
        let asked = self.store.write(
            move |store| Kept::unopened(store, &tags),
            Box::new(move |result| {
                let answer = match result {
                    Ok(envelopes) => FromDisk::Unopened(envelopes),
                    Err(error) => FromDisk::Failed(error),
                };
                tell(&answers, answer);
            }),
        );
        self.asked(asked.is_ok());
    }

    /// Reads the sealed messages with this tag again, as keys to them have come.
    pub(crate) fn read_sealed(&mut self, tag: [u8; 32]) {
        let answers = self.answers.clone();
        let asked = self.store.write(
            move |store| Kept::sealed(store, tag),
            Box::new(move |result| {
                let answer = match result {
                    Ok(envelopes) => FromDisk::Unopened(envelopes),
                    Err(error) => FromDisk::Failed(error),
                };
                tell(&answers, answer);
            }),
        );
        self.asked(asked.is_ok());
    }

    /// Reads what there is of private conversations, behind what is being written.
    pub(crate) fn restore_private(&mut self, tags: Vec<[u8; 32]>) {
        let answers = self.answers.clone();
        let asked = self.store.write(
            move |store| Kept::read(store, &tags),
            Box::new(move |result| {
                let answer = match result {
                    Ok(kept) => FromDisk::PrivateRestored(Box::new(kept)),
                    Err(error) => FromDisk::PrivateUnread(error),
                };
                tell(&answers, answer);
            }),
        );
        if asked.is_err() {
            tell(&self.answers, FromDisk::PrivateUnread(StoreError::Closed));
        }
        self.asked(true);
    }

    /// What is to be known after a restart.
    pub(crate) fn remember(&mut self, memory: &Memory, wall: UnixMillis) {
        let left: Vec<RoomName> = self.joined.difference(&memory.rooms).cloned().collect();
        let joined: Vec<RoomName> = memory.rooms.difference(&self.joined).cloned().collect();
        self.joined.clone_from(&memory.rooms);
        let name = memory.name.clone();
        let ignored: Vec<u8> = memory
            .ignored
            .iter()
            .flat_map(NodeId::as_bytes)
            .copied()
            .collect();
        self.write(move |store| {
            store.set_meta(NAME, name.as_ref().map(String::as_bytes))?;
            store.set_meta(IGNORED, Some(&ignored))?;
            for room in joined {
                store.join(&room)?;
            }
            let mut evicted = Vec::new();
            for room in left {
                evicted.extend(store.leave(&room, wall)?);
            }
            Ok(evicted)
        });
    }

    /// A peer was met there.
    pub(crate) fn remember_peer(&mut self, id: NodeId, addr: SocketAddr, wall: UnixMillis) {
        self.write(move |store| {
            store.remember_peer(id, addr, wall)?;
            Ok(Vec::new())
        });
    }

    /// Forgets what is to be forgotten, when it is time to look for it.
    pub(crate) fn tick(&mut self, now: Instant, wall: UnixMillis) {
        if now < self.expire_at {
            return;
        }
        self.expire_at = now + EXPIRE_EVERY;
        self.write(move |store| {
            let mut evicted = Vec::new();
            loop {
                let expired = store.expire(wall)?;
                evicted.extend(expired.messages);
                if !expired.more {
                    return Ok(evicted);
                }
            }
        });
    }

    /// Writes what is to be written, and ends.
    pub(crate) async fn end(mut self) {
        self.flush();
        let Self { thread, store, .. } = self;
        drop(store);
        // A panic in the thread has been noted where panics are.
        let _ = tokio::task::spawn_blocking(move || thread.shutdown()).await;
    }

    /// Work whose only answer is what had to go for it.
    fn write(
        &mut self,
        work: impl FnOnce(&mut Store) -> Result<Vec<MessageId>, StoreError> + Send + 'static,
    ) {
        let answers = self.answers.clone();
        let asked = self.store.write(
            work,
            Box::new(move |result| {
                let answer = match result {
                    Ok(evicted) => FromDisk::Expired(evicted),
                    Err(error) => FromDisk::Failed(error),
                };
                tell(&answers, answer);
            }),
        );
        self.asked(asked.is_ok());
    }

    fn asked(&mut self, asked: bool) {
        self.waiting += usize::from(asked);
    }
}

/// There is room for every answer: no more is asked for. A node that has ended wants none.
fn tell(answers: &mpsc::Sender<FromDisk>, answer: FromDisk) {
    if answers.try_send(answer).is_err() {
        tracing::debug!("an answer of the disk came too late");
    }
}
