//! Who is known, what they are called, and who is there.

mod find;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

pub use find::{FindError, MAX_CANDIDATES, MIN_ID_PREFIX};
use tazcom_identity::NodeId;
use tazcom_proto::{Hlc, MessageId};

use crate::bounded::Bounded;
use crate::config::Config;
use crate::name::{DisplayName, Looks, Name, NameWarning};

/// People that a warning about one name names.
const MAX_LIKE: usize = 5;

/// Peers taken from the mesh at once. It keeps far fewer links.
const MAX_REACHABLE: usize = 1024;

/// A clock off by less is not worth a word.
const SKEW_WORTH_TELLING: u64 = 2 * 60 * 1000;

/// By so much a skew must have changed to be told again, in milliseconds.
const SKEW_CHANGE: u64 = 60 * 1000;

/// The least time between two words about one clock.
const SKEW_APART: Duration = Duration::from_secs(10 * 60);

/// A name, and what it looks like: both are needed for each line that is shown.
#[derive(Clone, Debug)]
struct Called {
    name: Name,
    looks: Looks,
}

impl From<Name> for Called {
    fn from(name: Name) -> Self {
        let looks = name.looks();
        Self { name, looks }
    }
}

#[derive(Clone, Debug, Default)]
struct Person {
    called: Option<Called>,
    /// Of the profile that said so.
    named: Option<(Hlc, MessageId)>,
    heard: Option<Instant>,
    skew: Option<(i64, Instant)>,
}

/// What a profile changed.
#[derive(Debug)]
pub(crate) struct Renamed {
    pub(crate) old: Option<DisplayName>,
    pub(crate) new: DisplayName,
    pub(crate) warnings: Vec<NameWarning>,
}

pub(crate) struct People {
    me: NodeId,
    mine: Option<Called>,
    presence: Duration,
    table: Bounded<NodeId, Person>,
    /// By what their names look like. As many entries as twice the table has, at most.
    by_look: BTreeMap<String, BTreeSet<NodeId>>,
    reachable: BTreeSet<NodeId>,
    my_skew: Option<(i64, Instant)>,
}

/// Says nothing of what people call themselves, nor of what that looks like.
impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People")
            .field("reachable", &self.reachable.len())
            .finish_non_exhaustive()
    }
}

impl People {
    pub(crate) fn new(me: NodeId, my_name: Option<Name>, config: &Config) -> Self {
        Self {
            me,
            mine: my_name.map(Called::from),
            presence: config.presence,
            table: Bounded::new(config.people),
            by_look: BTreeMap::new(),
            reachable: BTreeSet::new(),
            my_skew: None,
        }
    }

    pub(crate) fn my_name(&self) -> Option<&Name> {
        self.mine.as_ref().map(|called| &called.name)
    }

    pub(crate) fn set_my_name(&mut self, name: Name) -> Renamed {
        let old = self.mine.is_some().then(|| self.display(&self.me));
        let called = Called::from(name);
        let warnings = self.likenesses(&self.me, &called.looks);
        self.mine = Some(called);
        let new = self.display(&self.me);
        Renamed { old, new, warnings }
    }

    /// Takes what somebody says it is called; gives what that changes, if anything.
    pub(crate) fn named(
        &mut self,
        who: NodeId,
        claimed: &str,
        at: (Hlc, MessageId),
    ) -> Option<Renamed> {
        self.know(who);
        let person = self.table.get(&who)?;
        let first = person.named.is_none();
        if person.named >= Some(at) {
            return None;
        }
        let name = Name::clean(claimed);
        let before = person.called.as_ref().map(|called| &called.name);
        let (had_one, same) = (before.is_some(), before == name.as_ref());
        let old = had_one.then(|| self.display(&who));
        let person = self.table.get_mut(&who)?;
        person.named = Some(at);
        if same && !first {
            return None;
        }
        let called = name.map(Called::from);
        let gone = std::mem::replace(&mut person.called, called.clone());
        self.unlist(&who, gone.as_ref());
        self.list(&who, called.as_ref());
        let warnings = self.warnings(&who, called.as_ref(), claimed);
        let new = self.display(&who);
        Some(Renamed { old, new, warnings })
    }

    fn warnings(&self, who: &NodeId, called: Option<&Called>, claimed: &str) -> Vec<NameWarning> {
        let Some(called) = called else {
            return vec![NameWarning::Unreadable];
        };
        let mut warnings = Vec::new();
        if called.name.as_str() != claimed {
            warnings.push(NameWarning::Cleaned);
        }
        if called.looks.are_reserved() {
            warnings.push(NameWarning::Reserved);
        }
        warnings.extend(self.likenesses(who, &called.looks));
        warnings
    }

    fn likenesses(&self, who: &NodeId, looks: &Looks) -> Vec<NameWarning> {
        let mut warnings = Vec::new();
        if *who != self.me && self.is_like_mine(looks) {
            warnings.push(NameWarning::LooksLikeOurs);
        }
        let alike = self.who_looks(looks).into_iter();
        let alike = alike.filter(|other| other != who).take(MAX_LIKE);
        warnings.extend(alike.map(|other| NameWarning::LooksLike(self.display(&other))));
        warnings
    }

    fn is_like_mine(&self, looks: &Looks) -> bool {
        let mine = self.mine.as_ref();
        mine.is_some_and(|mine| mine.looks.meet(looks))
    }

    /// Whether somebody else looks so.
    fn is_like_others(&self, who: &NodeId, looks: &Looks) -> bool {
        let mut alike = looks.each().filter_map(|look| self.by_look.get(look));
        alike.any(|alike| alike.iter().any(|other| other != who))
    }

    fn who_looks(&self, looks: &Looks) -> BTreeSet<NodeId> {
        let found = looks.each().filter_map(|look| self.by_look.get(look));
        found.flatten().copied().collect()
    }

    /// Somebody, as it is to be shown now.
    pub(crate) fn display(&self, who: &NodeId) -> DisplayName {
        if *who == self.me {
            return DisplayName::new(*who, self.my_name().cloned(), false);
        }
        let person = self.table.get(who);
        let Some(called) = person.and_then(|person| person.called.as_ref()) else {
            return DisplayName::new(*who, None, false);
        };
        let doubtful = called.looks.are_reserved()
            || self.is_like_mine(&called.looks)
            || self.is_like_others(who, &called.looks);
        DisplayName::new(*who, Some(called.name.clone()), doubtful)
    }

    /// Takes note that somebody said something at about `at`.
    pub(crate) fn heard(&mut self, who: NodeId, at: Option<Instant>) {
        if who == self.me {
            return;
        }
        self.know(who);
        self.table.touch(&who);
        if let Some(person) = self.table.get_mut(&who) {
            person.heard = person.heard.max(at);
        }
    }

    fn know(&mut self, who: NodeId) {
        if self.table.contains(&who) {
            return;
        }
        if let Some((gone, person)) = self.table.insert(who, Person::default()) {
            self.unlist(&gone, person.called.as_ref());
        }
    }

    fn list(&mut self, who: &NodeId, called: Option<&Called>) {
        for look in called.iter().flat_map(|called| called.looks.each()) {
            let alike = self.by_look.entry(look.to_owned()).or_default();
            alike.insert(*who);
        }
    }

    fn unlist(&mut self, who: &NodeId, called: Option<&Called>) {
        for look in called.iter().flat_map(|called| called.looks.each()) {
            if let Some(alike) = self.by_look.get_mut(look) {
                alike.remove(who);
                if alike.is_empty() {
                    self.by_look.remove(look);
                }
            }
        }
    }

    /// Takes who can be reached now and who is gone for good, and gives who could not be reached before.
    pub(crate) fn reach(
        &mut self,
        now: Instant,
        peers: &BTreeSet<NodeId>,
        gone: &BTreeSet<NodeId>,
    ) -> Vec<NodeId> {
        let others = peers.iter().filter(|peer| **peer != self.me);
        let peers: BTreeSet<NodeId> = others.take(MAX_REACHABLE).copied().collect();
        let before = std::mem::replace(&mut self.reachable, peers);
        // Who is no longer linked may well be there still, unless its link broke or it has ended.
        for unlinked in before.difference(&self.reachable.clone()) {
            self.heard(*unlinked, Some(now));
        }
        for gone in gone.iter().filter(|gone| !self.reachable.contains(gone)) {
            if let Some(person) = self.table.get_mut(gone) {
                person.heard = None;
            }
        }
        let reachable = self.reachable.clone();
        for peer in &reachable {
            self.heard(*peer, Some(now));
        }
        reachable.difference(&before).copied().collect()
    }

    pub(crate) fn nobody_reachable(&self) -> bool {
        self.reachable.is_empty()
    }

    pub(crate) const fn reachable(&self) -> &BTreeSet<NodeId> {
        &self.reachable
    }

    /// Who is in the mesh, as far as is known: those that can be reached and those heard lately. We
    /// are not among them.
    pub(crate) fn present(&self, now: Instant) -> BTreeSet<NodeId> {
        let lately = self.table.iter().filter(|(_, person)| {
            let heard = person.heard;
            heard.is_some_and(|at| now.saturating_duration_since(at) < self.presence)
        });
        let mut present = self.reachable.clone();
        present.extend(lately.map(|(who, _)| *who));
        present
    }

    /// Takes by how many milliseconds a clock is ahead (or, negative, behind); ours when nobody's is
    /// named. Gives whether that is worth a word.
    pub(crate) fn skewed(&mut self, now: Instant, who: Option<NodeId>, offset: i64) -> bool {
        let person = match who.filter(|who| *who != self.me) {
            Some(who) => {
                self.know(who);
                self.table.get_mut(&who).map(|person| &mut person.skew)
            }
            None => Some(&mut self.my_skew),
        };
        let Some(told) = person else { return false };
        let news = match *told {
            None => offset.unsigned_abs() >= SKEW_WORTH_TELLING,
            Some((before, at)) => {
                offset.abs_diff(before) >= SKEW_CHANGE
                    && now.saturating_duration_since(at) >= SKEW_APART
            }
        };
        if news {
            *told = Some((offset, now));
        }
        news
    }
}
