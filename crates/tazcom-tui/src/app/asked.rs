//! What the node was asked, and has not answered yet.

use std::collections::BTreeMap;
use std::time::Instant;

use tazcom_chat::DisplayName;
use tazcom_identity::NodeId;
use tazcom_proto::RoomName;
use tazcom_proto::inner::SealedRoomId;

use super::history::Which;
use crate::ask::ANSWER_DEADLINE;
use crate::place::Place;

/// Questions that may be open at once. The node works at a few of them at a time; more than these is
/// somebody's text pasted as commands.
pub(super) const MAX_ASKED: usize = 64;

/// What is done with the answer.
#[derive(Clone)]
pub(super) enum Purpose {
    /// Something is said.
    Say {
        to: Place,
        text: String,
        action: bool,
    },
    /// What was said.
    History { of: Place, which: Which },
    /// Where the chat begins: in a room that is entered, or with somebody who is looked for.
    Begin(Option<RoomName>),
    /// Whom something typed means, and what it was typed for.
    Find { who: String, then: Then },
    /// Lines to be shown under this title.
    Show { title: String },
    /// An open room is entered, and opened.
    Join(RoomName),
    /// A conversation is left.
    Leave(Place),
    /// A private room is made or entered, and opened.
    Open,
    /// An invitation is accepted.
    Accept(Place),
    /// Emoji are compared.
    Compare(DisplayName),
    /// Something to be told when it is done.
    Do { done: String },
    /// Nothing more of somebody is shown, or again.
    Block {
        who: NodeId,
        undo: bool,
        done: String,
    },
    /// Who we are.
    Me,
    /// Nothing is told unless it fails.
    Quiet,
}

impl Purpose {
    /// Whether the user may be elsewhere when it is answered.
    pub(super) const fn goes(&self) -> bool {
        matches!(
            self,
            Self::Join(_)
                | Self::Leave(_)
                | Self::Open
                | Self::Accept(_)
                | Self::Find {
                    then: Then::Talk { .. },
                    ..
                }
        )
    }
}

/// What is done with somebody who was found.
#[derive(Clone)]
pub(super) enum Then {
    Talk { text: Option<String> },
    Whois,
    Verify,
    Ignore,
    Invite(SealedRoomId),
    Remove(SealedRoomId),
    Promote(SealedRoomId),
    Share(SealedRoomId),
    Ping,
    Trace,
}

/// One question.
pub(super) struct Open {
    /// Where it was asked: what comes back goes there.
    pub(super) place: Place,
    pub(super) purpose: Purpose,
    /// None for what is said: the node's side answers that once, always, and a line that was said to be
    /// refused must not come after all.
    deadline: Option<Instant>,
}

/// All that are open.
#[derive(Default)]
pub(super) struct Asked {
    last: u64,
    open: BTreeMap<u64, Open>,
}

/// Says how many, and nothing of what is in them.
impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asked({})", self.open.len())
    }
}

impl Asked {
    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= MAX_ASKED
    }

    /// Opens one, and gives it its number.
    pub(super) fn add(&mut self, now: Instant, place: Place, purpose: Purpose) -> u64 {
        self.last += 1;
        let says = matches!(purpose, Purpose::Say { .. });
        let open = Open {
            place,
            purpose,
            deadline: (!says).then(|| now + ANSWER_DEADLINE),
        };
        self.open.insert(self.last, open);
        self.last
    }

    /// Closes one.
    pub(super) fn take(&mut self, reference: u64) -> Option<Open> {
        self.open.remove(&reference)
    }

    /// One that has waited for too long.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Open> {
        // All that have a deadline wait equally long: the oldest is due first.
        let mut open = self.open.iter();
        let (reference, deadline) =
            open.find_map(|(reference, open)| Some((*reference, open.deadline?)))?;
        let is_due = deadline <= now;
        is_due.then(|| self.open.remove(&reference)).flatten()
    }

    /// All of them, when no answer will come any more.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Open> + use<> {
        std::mem::take(&mut self.open).into_values()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.open.values().find_map(|open| open.deadline)
    }

    /// Own words on their way to the disk.
    pub(super) fn says(&self) -> usize {
        self.count(|purpose| matches!(purpose, Purpose::Say { .. }))
    }

    /// Whether the user may be elsewhere when something is answered.
    pub(super) fn goes(&self) -> bool {
        self.open.values().any(|open| open.purpose.goes())
    }

    /// What the user has asked; of its own accord the chat asks for what was said alone.
    pub(super) fn by_user(&self) -> usize {
        self.count(|purpose| !matches!(purpose, Purpose::History { .. } | Purpose::Begin(_)))
    }

    pub(super) fn histories(&self) -> usize {
        self.count(|purpose| matches!(purpose, Purpose::History { .. }))
    }

    /// Whether emoji are being compared with somebody.
    pub(super) fn compares(&self, who: NodeId) -> bool {
        self.count(|purpose| matches!(purpose, Purpose::Compare(with) if with.id() == who)) > 0
    }

    /// Forgets that emoji are compared with somebody: how it ends is known. Where it was asked.
    pub(super) fn forget_compare(&mut self, who: NodeId) -> Option<Place> {
        let is_it =
            |open: &Open| matches!(&open.purpose, Purpose::Compare(with) if with.id() == who);
        let found = self.open.iter().find(|(_, open)| is_it(open));
        let reference = found.map(|(reference, _)| *reference)?;
        self.open.remove(&reference).map(|open| open.place)
    }

    fn count(&self, is: impl Fn(&Purpose) -> bool) -> usize {
        self.open.values().filter(|open| is(&open.purpose)).count()
    }
}
