//! What was said in one conversation, and what is to be known between, in order.

use std::collections::{HashMap, VecDeque};

use tazcom_chat::DisplayName;
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;

use crate::news::{Fate, Order, Said, SaidId, Weight};

/// Items of one conversation. More than anybody scrolls through; what was before is on disk and is asked
/// for again.
pub(crate) const MAX_ITEMS: usize = 100_000;

/// Items that are looked through for what somebody has said before its name came. It comes soon, and
/// anybody can come with a name.
const MAX_NAMED: usize = 200;

/// Bytes that an item takes beside its text, about.
const ITEM_LEN: usize = 320;

/// Items in order.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    pub(crate) items: VecDeque<Item>,
    /// Where each line stands in the order.
    known: HashMap<SaidId, (Order, NodeId)>,
    /// Bytes of all of it, about.
    len: usize,
    /// Own lines that nobody has yet.
    queued: usize,
}

impl Timeline {
    /// Bytes of all of it, about.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Own lines that nobody has yet.
    pub(crate) const fn queued(&self) -> usize {
        self.queued
    }

    pub(crate) fn has(&self, id: &SaidId) -> bool {
        self.known.contains_key(id)
    }

    /// What was said last, by the order.
    pub(crate) fn last_order(&self) -> Option<Order> {
        self.items.back().map(|item| item.order)
    }

    /// What was said, from the newest on.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Said> {
        let items = self.items.iter().rev();
        items.filter_map(|item| match &item.entry {
            Entry::Said(said) => Some(&**said),
            _ => None,
        })
    }

    /// The first thing that was said, of what is here.
    pub(crate) fn oldest(&self) -> Option<&Said> {
        self.items.iter().find_map(|item| match &item.entry {
            Entry::Said(said) => Some(&**said),
            _ => None,
        })
    }

    /// Adds something that belongs behind all the rest.
    pub(crate) fn push(&mut self, item: Item) {
        self.insert(item);
    }

    /// Puts something where it belongs, and says where; none when it is there already.
    pub(crate) fn insert(&mut self, item: Item) -> Option<usize> {
        if let Entry::Said(said) = &item.entry {
            if self.has(&said.id) {
                return None;
            }
            let stands = (item.order, said.author.id());
            self.known.insert(said.id.clone(), stands);
            self.queued += usize::from(said.fate == Some(Fate::Queued));
        }
        self.len += item.len();
        let at = match self.items.back() {
            Some(last) if last.key() > item.key() => {
                let key = item.key();
                self.items.partition_point(|other| other.key() <= key)
            }
            _ => self.items.len(),
        };
        self.items.insert(at, item);
        Some(at)
    }

    /// Where a line is.
    pub(crate) fn find(&self, id: &SaidId) -> Option<usize> {
        let (order, author) = self.known.get(id)?;
        let key = Key(*order, Some((*author, &id.0, true)));
        let at = self.items.partition_point(|item| item.key() < key);
        let found = self.items.get(at)?;
        (found.key() == key).then_some(at)
    }

    /// A line.
    pub(crate) fn get(&self, id: &SaidId) -> Option<&Said> {
        match &self.items.get(self.find(id)?)?.entry {
            Entry::Said(said) => Some(said),
            _ => None,
        }
    }

    /// Where the gap before a line is, or would be.
    fn find_gap(&self, before: &SaidId) -> Option<Result<usize, usize>> {
        let at = self.find(before)?;
        let above = at.checked_sub(1);
        let is_it = above.and_then(|above| self.items.get(above)).is_some_and(
            |item| matches!(&item.entry, Entry::Gap { before: its, .. } if its == before),
        );
        Some(above.filter(|_| is_it).ok_or(at))
    }

    /// How many are missing before a line, if it says so.
    pub(crate) fn gap(&self, before: &SaidId) -> Option<Option<u64>> {
        let at = self.find_gap(before)?.ok()?;
        match self.items.get(at)?.entry {
            Entry::Gap { missing, .. } => Some(missing),
            _ => None,
        }
    }

    /// Says that something is missing before a line, and where it says so now; none when the line is not
    /// here. `Ok` is in place of what it said before.
    pub(crate) fn set_gap(
        &mut self,
        author: DisplayName,
        missing: Option<u64>,
        before: &SaidId,
        asking: usize,
    ) -> Option<Result<usize, usize>> {
        let found = self.find_gap(before)?;
        let (order, by) = *self.known.get(before)?;
        if by != author.id() {
            // A chain is of one author: what is missing in it stands before a line of the same.
            return None;
        }
        let entry = Entry::Gap {
            author,
            missing,
            before: before.clone(),
            asking,
        };
        match found {
            Ok(at) => self.items.get_mut(at)?.entry = entry,
            Err(at) => {
                let item = Item { order, entry };
                self.len += item.len();
                self.items.insert(at, item);
            }
        }
        Some(found)
    }

    /// Takes away what says that something is missing, and says where it was and what it said.
    pub(crate) fn remove_gap(&mut self, before: &SaidId) -> Option<(usize, Item)> {
        let at = self.find_gap(before)?.ok()?;
        let item = self.items.remove(at)?;
        self.len = self.len.saturating_sub(item.len());
        Some((at, item))
    }

    /// Notes something right before the item at this place, if that keeps the order; whether it did.
    pub(crate) fn note_before(&mut self, at: usize, entry: Entry) -> bool {
        let above = at.checked_sub(1).and_then(|above| self.items.get(above));
        let item = Item {
            order: above.map(|item| item.order).unwrap_or_default(),
            entry,
        };
        let fits = self
            .items
            .get(at)
            .is_none_or(|below| item.key() < below.key());
        if fits {
            self.len += item.len();
            self.items.insert(at, item);
        }
        fits
    }

    /// Tells of one of our lines what has become of it. Never takes back what was known; whether
    /// anything was new.
    pub(crate) fn set_fate(&mut self, id: &SaidId, fate: &Fate) -> bool {
        let found = self.find(id).and_then(|at| self.items.get_mut(at));
        let Some(Entry::Said(said)) = found.map(|item| &mut item.entry) else {
            return false;
        };
        if !said.own || said.fate.as_ref().is_some_and(|old| !is_news(old, fate)) {
            return false;
        }
        let was = usize::from(said.fate == Some(Fate::Queued));
        let is = usize::from(*fate == Fate::Queued);
        said.fate = Some(fate.clone());
        self.queued = (self.queued + is).saturating_sub(was);
        true
    }

    /// Somebody is there now: what nobody had is with somebody.
    pub(crate) fn send_queued(&mut self) {
        for item in self.items.iter_mut().rev() {
            if self.queued == 0 {
                break;
            }
            if let Entry::Said(said) = &mut item.entry
                && said.fate == Some(Fate::Queued)
            {
                said.fate = Some(Fate::Sent);
                self.queued -= 1;
            }
        }
    }

    /// Shows what somebody has said lately, and had no name when it came, with its name.
    pub(crate) fn name(&mut self, who: &DisplayName) {
        for item in self.items.iter_mut().rev().take(MAX_NAMED) {
            if let Entry::Said(said) = &mut item.entry
                && said.author.id() == who.id()
                && said.author.name().is_none()
            {
                said.author = who.clone();
            }
        }
    }

    /// Forgets the oldest item.
    pub(crate) fn forget_oldest(&mut self) -> bool {
        let Some(item) = self.items.pop_front() else {
            return false;
        };
        self.len = self.len.saturating_sub(item.len());
        if let Entry::Said(said) = item.entry {
            self.known.remove(&said.id);
            self.queued -= usize::from(said.fate == Some(Fate::Queued)).min(self.queued);
        }
        true
    }
}

/// Whether this is more than what is known of a line.
fn is_news(old: &Fate, new: &Fate) -> bool {
    let rank = |fate: &Fate| match fate {
        Fate::Queued => 0,
        Fate::Sent => 1,
        Fate::Reached { .. } => 2,
        Fate::Expired | Fate::Failed(_) => 3,
        Fate::Delivered => 4,
    };
    match (old, new) {
        (Fate::Reached { reached: had, .. }, Fate::Reached { reached: has, .. }) => {
            has >= had && old != new
        }
        (old, new) => rank(new) > rank(old),
    }
}

/// What items are sorted by: the order; then what was said by author and id, a gap right before its
/// line; what nobody has said comes last.
#[derive(PartialEq, Eq)]
struct Key<'a>(Order, Option<(NodeId, &'a str, bool)>);

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // None is the greatest.
        let said = |key: &Self| key.1.is_none();
        let order = self.0.cmp(&other.0);
        order
            .then_with(|| said(self).cmp(&said(other)))
            .then_with(|| self.1.cmp(&other.1))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// What orders it. What nobody has said takes the order of what was last when it came.
    pub(crate) order: Order,
    pub(crate) entry: Entry,
}

impl Item {
    fn key(&self) -> Key<'_> {
        Key(
            self.order,
            match &self.entry {
                Entry::Said(said) => Some((said.author.id(), &said.id.0, true)),
                Entry::Gap { author, before, .. } => Some((author.id(), &before.0, false)),
                Entry::Note { .. } | Entry::Reply { .. } => None,
            },
        )
    }

    /// Bytes that it takes, about.
    fn len(&self) -> usize {
        ITEM_LEN
            + match &self.entry {
                Entry::Said(said) => said.text.as_str().len(),
                Entry::Gap { .. } => 0,
                Entry::Note { text, .. } | Entry::Reply { text, .. } => text.len(),
            }
    }
}

/// What it is.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// Somebody said something.
    Said(Box<Said>),
    /// Something is missing before the next item.
    Gap {
        author: DisplayName,
        /// None is more than anybody counts.
        missing: Option<u64>,
        before: SaidId,
        /// Peers that can be asked.
        asking: usize,
    },
    /// Something to be known, in the program's own words.
    Note {
        at: UnixMillis,
        weight: Weight,
        text: String,
    },
    /// The answer to a command, or what a command did not do: one or several lines, for us alone.
    Reply { at: UnixMillis, text: String },
}
