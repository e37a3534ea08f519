//! What is said in private, and who is who: four machines, and their way to the disk.
//!
//! [`Private`] carries what one machine puts out to the next, and gathers what a step of all of them
//! leads to: rows, envelopes and lines, which the disk takes in one transaction, and only then frames,
//! answers and events. While a step is at the disk what comes in waits, and goes into the next one
//! together. When the disk does not take a step the machines are thrown away and made anew of what it
//! has: so no key is used twice, and nothing is shown or acknowledged that is not kept.

mod ask;
mod converse;
mod event;
mod line;
mod renew;
mod restore;
mod route;
mod step;
mod suspicions;
mod take;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ask::Waiting;
pub(crate) use ask::{CompareDo, PrivateAsk};
pub use ask::{PrivateRoom, Told};
pub use converse::{KeptTalk, PrivateHistory};
pub use event::{Fate, PrivateError, PrivateEvent, RoomChange, Talk};
pub use line::PrivateLine;
pub(crate) use line::Record;
pub use renew::{RenewError, renew};
pub(crate) use restore::Kept;
use step::Step;
pub(crate) use step::{After, Change, Fact, Writes};
use suspicions::Suspicions;
use tazcom_direct::Direct;
use tazcom_group::Groups;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_proto::{Hlc, UnixMillis, VerifiedEnvelope};
use tazcom_store::{SET_ASIDE_OPTION, Said, StoreError};
use tazcom_trust::{Book, Verifications};
use tazcom_vault::{FILE_NAME as VAULT, Sealer, Vault};

/// Inputs that are worked off in one step.
const MAX_STEP: usize = 64;

/// How long after a step that the disk did not take it is asked again.
const RETRY: Duration = Duration::from_secs(2);

/// What is sealed, by for what.
pub(crate) const STATE: &str = "state of private conversations";
const LINES: &str = "lines of private conversations";

/// The private side of a node.
pub(crate) struct Private {
    me: NodeId,
    key: Arc<SecretKey>,
    seed: [u8; 32],
    restarts: u64,
    machines: Machines,
    sealers: Sealers,
    clocks: Clocks,
    waiting: Waiting,
    inbox: VecDeque<Input>,
    disk: AtDisk,
    up: BTreeSet<NodeId>,
    /// Rooms that are being left, by the number under which somebody waits.
    leaving: BTreeSet<u64>,
    /// Our own words, until the machine has said what becomes of them.
    drafts: BTreeMap<u64, Record>,
    comparing: Comparing,
    ids: u64,
    suspicions: Suspicions,
    successions: VecDeque<VerifiedEnvelope>,
    tags: BTreeSet<[u8; 32]>,
}

/// What orders our own words.
struct Clocks {
    /// Of what was said in private.
    said: Hlc,
    /// Of our own envelopes: none is ordered before one that was there already.
    latest: Hlc,
}

/// How far the disk is with what it was given.
struct AtDisk {
    /// What is to be written before anything else.
    first: Writes,
    /// What comes when the disk has taken the step that it has.
    has: Option<Vec<After>>,
    /// The disk did not take a step: what it has is to be read then.
    lost: Option<Instant>,
    /// It is being read.
    reading: bool,
}

/// What is known of comparing emoji beside the machine for it.
#[derive(Default)]
struct Comparing {
    /// Who wants to and has no answer yet.
    asked_by: BTreeSet<NodeId>,
    due: Option<Instant>,
}

/// The machines. They are made anew together.
struct Machines {
    direct: Direct,
    groups: Groups,
    book: Book,
    verifications: Verifications,
}

struct Sealers {
    state: Sealer,
    lines: Sealer,
}

/// What the machines are told.
pub(crate) enum Input {
    /// An envelope that is on disk and may be for us.
    Envelope(Box<VerifiedEnvelope>),
    Up(NodeId),
    Down(NodeId),
    /// What a peer said in its session, and the session's name.
    Frame {
        from: NodeId,
        binding: [u8; 32],
        frame: DirectFrame,
    },
    Ask(PrivateAsk),
    Tick,
}

/// What is to be done with a step that was made.
pub(crate) enum Made {
    /// Nothing; another input may bring something.
    Nothing,
    /// These are to be written. [`Private::committed`] or [`Private::failed`] is to be said then.
    Write(Writes),
    /// What the disk has is to be read, with the messages that have these tags, and told by
    /// [`Private::restored`].
    Read(Vec<[u8; 32]>),
}

impl Private {
    pub(crate) fn new(
        key: Arc<SecretKey>,
        vault: &Vault,
        seed: [u8; 32],
        kept: Kept,
    ) -> Result<Self, RestoreError> {
        let sealers = Sealers {
            state: vault.sealer(STATE),
            lines: vault.sealer(LINES),
        };
        let me = key.node_id();
        let begun = restore::machines(&key, &sealers, seed, 0, kept)?;
        Ok(Self {
            me,
            key,
            seed,
            restarts: 0,
            machines: begun.machines,
            sealers,
            clocks: Clocks {
                said: begun.clock,
                latest: begun.latest,
            },
            waiting: Waiting::default(),
            inbox: begun.inbox,
            disk: AtDisk {
                first: begun.first,
                has: None,
                lost: None,
                reading: false,
            },
            leaving: BTreeSet::new(),
            up: BTreeSet::new(),
            drafts: BTreeMap::new(),
            comparing: Comparing::default(),
            ids: 0,
            suspicions: Suspicions::default(),
            successions: VecDeque::new(),
            tags: BTreeSet::new(),
        })
    }

    pub(crate) fn push(&mut self, input: Input) {
        match &input {
            Input::Up(peer) => {
                self.up.insert(*peer);
            }
            Input::Down(peer) => {
                self.up.remove(peer);
            }
            _ => {}
        }
        self.inbox.push_back(input);
    }

    /// Whether so much waits that no more is to be taken from peers.
    pub(crate) fn keeps_up(&self) -> bool {
        self.inbox.len() < 4 * MAX_STEP
    }

    /// Whether an envelope is for us, or says something about somebody's keys.
    pub(crate) fn concerns(&self, envelope: &VerifiedEnvelope) -> bool {
        route::concerns(self.me, &self.machines.groups, envelope)
    }

    /// Works off what waits, unless the disk has a step already.
    pub(crate) fn make(&mut self, now: Instant, wall: UnixMillis) -> (Made, Vec<After>) {
        if let Some(at) = self.disk.lost {
            // One answer at a time: an older one would bring back keys that were used since.
            if now < at || self.disk.reading {
                return (Made::Nothing, Vec::new());
            }
            self.disk.reading = true;
            return (Made::Read(self.tags()), Vec::new());
        }
        if self.disk.has.is_some() {
            return (Made::Nothing, Vec::new());
        }
        let mut step = Step {
            writes: std::mem::take(&mut self.disk.first),
            after: Vec::new(),
        };
        let count = self.inbox.len().min(MAX_STEP);
        for input in self.inbox.drain(..count).collect::<Vec<_>>() {
            self.take(now, wall, input, &mut step);
            self.route(now, wall, &mut step);
        }
        if self.comparing.due.is_some_and(|due| due <= now) {
            let timeout = tazcom_trust::Input::Timeout;
            self.machines.verifications.handle(now, timeout);
            self.verifications(wall, &mut step);
        }
        if self.machines.direct.due().is_some_and(|due| due <= wall) {
            self.machines
                .direct
                .handle(wall, tazcom_direct::Input::Tick);
        }
        if self.machines.groups.due().is_some_and(|due| due <= wall) {
            self.machines.groups.handle(wall, tazcom_group::Input::Tick);
        }
        self.route(now, wall, &mut step);
        self.rows(&mut step);
        if step.writes.is_empty() {
            return (Made::Nothing, step.after);
        }
        self.disk.has = Some(step.after);
        (Made::Write(step.writes), Vec::new())
    }

    /// The disk has taken the step; what comes now.
    pub(crate) fn committed(&mut self) -> Vec<After> {
        self.disk.has.take().unwrap_or_default()
    }

    /// The disk did not take it. Whoever waits is told, and what the disk has is asked for soon.
    pub(crate) fn failed(&mut self, now: Instant, error: &StoreError) {
        self.disk.lost = Some(now + RETRY);
        for after in self.disk.has.take().unwrap_or_default() {
            if let After::Answer(answer) = after {
                answer.fail(error.clone().into());
            }
        }
    }

    /// Begins anew with what the disk has.
    pub(crate) fn restored(&mut self, kept: Kept) -> Result<(), RestoreError> {
        self.disk.reading = false;
        self.restarts += 1;
        let begun = restore::machines(&self.key, &self.sealers, self.seed, self.restarts, kept)?;
        self.machines = begun.machines;
        self.disk.first = begun.first;
        self.clocks.said = self.clocks.said.max(begun.clock);
        self.comparing.asked_by.clear();
        // What the disk had waits in front; peers that are there are told of again. Envelopes that came
        // are on the disk, too.
        let came = std::mem::replace(&mut self.inbox, begun.inbox);
        self.inbox.extend(self.up.iter().copied().map(Input::Up));
        let only_here = |input: &Input| matches!(input, Input::Ask(_) | Input::Frame { .. });
        self.inbox.extend(came.into_iter().filter(only_here));
        self.disk.lost = None;
        Ok(())
    }

    /// What the disk has could not be read. It is asked for again soon.
    pub(crate) fn unread(&mut self, now: Instant) {
        self.disk.reading = false;
        self.disk.lost = Some(now + RETRY);
    }

    /// Who is blocked.
    pub(crate) fn blocked(&self) -> Vec<NodeId> {
        restore::blocked(&self.machines.book)
    }

    /// Where there may be something for us.
    pub(crate) fn tags(&self) -> Vec<[u8; 32]> {
        let rooms = self.machines.groups.tags().map(|(tag, _)| tag);
        rooms.chain([*self.me.as_bytes()]).collect()
    }

    /// The tags of rooms that were not there the last time.
    pub(crate) fn new_tags(&mut self) -> Vec<[u8; 32]> {
        let tags: BTreeSet<[u8; 32]> = self.machines.groups.tags().map(|(tag, _)| tag).collect();
        let new = tags.difference(&self.tags).copied().collect();
        self.tags = tags;
        new
    }

    /// The tag of a room that is there.
    pub(crate) fn tag_of(&self, room: SealedRoomId) -> Option<[u8; 32]> {
        let mut tags = self.machines.groups.tags();
        tags.find(|(_, id)| *id == room).map(|(tag, _)| tag)
    }

    pub(crate) fn rooms(&self) -> impl Iterator<Item = &tazcom_group::RoomView> {
        self.machines.groups.rooms()
    }

    /// Everybody of whom something is known, or one of them.
    pub(crate) fn people(&self, who: Option<NodeId>) -> Vec<tazcom_trust::Person> {
        match who {
            Some(who) => self.machines.book.person(&who).into_iter().collect(),
            None => self.machines.book.people().collect(),
        }
    }

    /// A line of the disk. None when it cannot be opened: it has changed.
    pub(crate) fn record_of(&self, said: &Said) -> Option<Record> {
        let (talk, id) = (Talk::of_stored(&said.talk)?, InnerId(said.id));
        let opened = self
            .sealers
            .lines
            .open(&line::place(talk, id), &said.sealed);
        let opened = opened.ok()?;
        let own = said.fate != step::OF_OTHERS;
        let fate = own.then(|| Fate::from_number(said.fate));
        Record::decode(talk, id, fate, &opened)
    }

    /// When [`make`](Self::make) is to be called, if nothing comes before.
    pub(crate) fn due(&self, now: Instant, wall: UnixMillis) -> Option<Instant> {
        if self.disk.lost.is_some() {
            return self.disk.lost.filter(|_| !self.disk.reading);
        }
        if self.disk.has.is_some() {
            return None;
        }
        if !self.inbox.is_empty() {
            return Some(now);
        }
        let wall_due = [self.machines.direct.due(), self.machines.groups.due()];
        let wall_due = wall_due.into_iter().flatten().min();
        let soonest = wall_due.and_then(|due| now.checked_add(due.since(wall)));
        [soonest, self.comparing.due].into_iter().flatten().min()
    }
}

/// What was kept of private conversations cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A sealed value was not sealed with this vault's key, or has changed since.
    #[error(
        "what is kept of private conversations cannot be opened ({0}): {VAULT} is not the one that \
         sealed it, or the database is damaged; put the right one back, or begin anew with \
         {SET_ASIDE_OPTION}"
    )]
    Open(#[from] tazcom_vault::OpenError),
    /// The state of direct messages.
    #[error(transparent)]
    Direct(#[from] tazcom_direct::RestoreError),
    /// The state of private rooms.
    #[error(transparent)]
    Groups(#[from] tazcom_group::RestoreError),
    /// Who is who.
    #[error(transparent)]
    Trust(#[from] tazcom_trust::RestoreError),
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Private")
            .field("waits", &self.inbox.len())
            .field("at_disk", &self.disk.has.is_some())
            .finish_non_exhaustive()
    }
}
