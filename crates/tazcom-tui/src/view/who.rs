//! Who is in a conversation, and what conversations are called.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tazcom_chat::DisplayName;
use tazcom_identity::NodeId;

use super::measure::{self, cut, fit};
use crate::model::{Entry, Model, Talk};
use crate::news::{Presence, Present, Trust};
use crate::place::Place;

/// Items of a timeline that are looked at for what somebody is called now.
const LOOKED_AT: usize = 32;

/// Somebody in a conversation.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) who: DisplayName,
    /// How it can be reached; none is not at all.
    pub(crate) presence: Option<Presence>,
    pub(crate) trust: Trust,
    /// Whether it may let others in.
    pub(crate) admin: bool,
    /// Whether it is us.
    pub(crate) me: bool,
}

impl Listed {
    fn new(model: &Model, present: Option<&&Present>, who: &DisplayName, admin: bool) -> Self {
        Self {
            who: present.map_or(who, |present| &present.who).clone(),
            presence: present.map(|present| present.presence.clone()),
            trust: trust(model, present.copied(), who.id()),
            admin,
            me: is_me(model, who),
        }
    }

    /// Whether it is here.
    pub(crate) const fn is_here(&self) -> bool {
        self.me || self.presence.is_some()
    }

    /// Ourselves first, then those who are here, the nearest first; those of whom nothing is shown last.
    fn rank(&self) -> (Reverse<bool>, bool, u8, String) {
        let near = match self.presence {
            Some(Presence::Direct) => 0,
            Some(Presence::Via(_)) => 1,
            None => 2,
        };
        let name = self.who.short().to_lowercase();
        (Reverse(self.me), self.trust == Trust::Blocked, near, name)
    }
}

/// How well somebody is known; of who is away, only whether it is verified.
pub(crate) fn trust(model: &Model, present: Option<&Present>, who: NodeId) -> Trust {
    match present {
        Some(present) => present.trust,
        None if model.status.verified.contains(&who) => Trust::Verified,
        None => Trust::New,
    }
}

/// Who is in the open conversation, as the people pane shows it.
pub(crate) fn listed(model: &Model, talk: &Talk) -> Vec<Listed> {
    let present = &model.status.present;
    let by_id: BTreeMap<NodeId, &Present> = present.iter().map(|p| (p.who.id(), p)).collect();
    let list = |who: &DisplayName, admin| Listed::new(model, by_id.get(&who.id()), who, admin);
    let mut listed: Vec<Listed> = match &talk.about.place {
        // Whoever is there may be in any open room.
        Place::Room(_) => {
            let members = talk.about.members.iter().map(|member| &member.who);
            let absent = members.filter(|who| !is_me(model, who) && !by_id.contains_key(&who.id()));
            let all = model.me.iter().chain(present.iter().map(|p| &p.who));
            all.chain(absent).map(|who| list(who, false)).collect()
        }
        Place::Person(id) => vec![list(&person(model, talk, *id), false)],
        Place::Private(_) => {
            let members = talk.about.members.iter();
            members
                .map(|member| list(&member.who, member.admin))
                .collect()
        }
    };
    listed.sort_by_cached_key(Listed::rank);
    listed
}

fn is_me(model: &Model, who: &DisplayName) -> bool {
    model.me.as_ref().is_some_and(|me| me.id() == who.id())
}

/// Somebody who is there.
pub(super) fn present_of(model: &Model, id: NodeId) -> Option<&Present> {
    let mut present = model.status.present.iter();
    present.find(|present| present.who.id() == id)
}

/// Whom a conversation is with. Where nothing says that the name is beyond doubt, it is shown with the tag.
pub(super) fn person(model: &Model, talk: &Talk, id: NodeId) -> DisplayName {
    if let Some(present) = present_of(model, id) {
        return present.who.clone();
    }
    let items = talk.timeline.items.iter().rev().take(LOOKED_AT);
    let said = items.filter_map(|item| match &item.entry {
        Entry::Said(said) if said.author.id() == id => Some(said.author.clone()),
        _ => None,
    });
    said.into_iter().next().unwrap_or_else(|| {
        let name = talk.about.name.as_ref().map(|name| name.as_str());
        DisplayName::told(id, name, true)
    })
}

/// What a conversation is called, in so many columns, with the sign of its kind.
pub(super) fn title(model: &Model, talk: &Talk, limit: usize, mark: &str) -> String {
    let room = limit.saturating_sub(1);
    match &talk.about.place {
        Place::Room(name) => cut(&name.to_string(), limit, mark).into_owned(),
        Place::Person(id) => {
            let who = person(model, talk, *id);
            fit("@", limit).to_owned() + &measure::name(&who, room, mark)
        }
        Place::Private(_) => {
            let name = talk.about.name.as_ref().map_or("?", |name| name.as_str());
            fit("+", limit).to_owned() + &cut(name, room, mark)
        }
    }
}
