//! Whom something typed means, and what is done with them.

use std::collections::BTreeMap;

use tazcom_chat::DisplayName;
use tazcom_identity::NodeId;

use super::App;
use super::asked::{Purpose, Then};
use crate::ask::Ask;
use crate::model::Choice;
use crate::news::{Present, Trust};
use crate::place::Place;

impl App {
    /// Does something with a person who was typed: at once if it is clear who is meant, else when the
    /// node has said.
    ///
    /// # Errors
    /// Why not, in words for people.
    pub(super) fn with_typed(&mut self, who: &str, then: Then) -> Result<(), String> {
        let here = self.here();
        match self.resolve(who) {
            Some(who) => self.with(&here, &who, then),
            None => {
                let who = who.to_owned();
                let purpose = Purpose::Find {
                    who: who.clone(),
                    then,
                };
                self.ask(here, purpose, Ask::Find { who })
            }
        }
    }

    /// Who is meant, if that is certain from what is known here: the only one who is called exactly so,
    /// and whose name is not in doubt; or a name with its whole tag.
    fn resolve(&self, typed: &str) -> Option<DisplayName> {
        let typed = typed.strip_prefix('@').unwrap_or(typed);
        let mut found = BTreeMap::new();
        for who in self.people_known() {
            let called = who.name().is_some_and(|name| name.as_str() == typed);
            if called || who.to_string() == typed {
                found.insert(who.id(), who.clone());
            }
        }
        let (_, who) = found.pop_first()?;
        let certain = found.is_empty() && (!who.is_doubtful() || typed.contains('~'));
        certain.then_some(who)
    }

    /// Everybody who is there or in a conversation. Some may come several times.
    pub(super) fn people_known(&self) -> impl Iterator<Item = &DisplayName> {
        let model = &self.model;
        let present = model.status.present.iter().map(|present| &present.who);
        let members = model.talks.iter().flat_map(|talk| &talk.about.members);
        let members = members.map(|member| &member.who);
        present.chain(members).chain(&model.me)
    }

    pub(super) fn is_me(&self, who: NodeId) -> bool {
        self.model.me.as_ref().is_some_and(|me| me.id() == who)
    }

    /// Does something with somebody; what comes back goes to the place.
    ///
    /// # Errors
    /// Why not, in words for people.
    pub(super) fn with(
        &mut self,
        place: &Place,
        who: &DisplayName,
        then: Then,
    ) -> Result<(), String> {
        let id = who.id();
        if self.is_me(id) && !matches!(then, Then::Whois) {
            return Err("that is you".to_owned());
        }
        let place = place.clone();
        match then {
            Then::Talk { text } => self.talk_with(&place, who, text),
            Then::Whois if self.is_me(id) => self.ask(place, Purpose::Me, Ask::Whois(id)),
            Then::Whois => {
                let title = who.to_string();
                self.ask(place, Purpose::Show { title }, Ask::Whois(id))
            }
            Then::Verify => self.begin_verify(&place, who),
            Then::Ignore => self.ignore(place, who),
            Then::Invite(room) => {
                let done = format!("{who} is invited");
                self.ask(place, Purpose::Do { done }, Ask::Invite { room, who: id })
            }
            Then::Remove(room) => {
                let label = self.model.label(&Place::Private(room));
                let question = format!("Take {who} out of {label}?");
                self.confirm(question, Choice::Remove(room, id))
            }
            Then::Promote(room) => {
                let done = format!("{who} may let others in now");
                self.ask(place, Purpose::Do { done }, Ask::Promote { room, who: id })
            }
            Then::Share(room) => {
                let done = format!("{who} has the keys of what was said here before");
                let ask = Ask::ShareHistory { room, who: id };
                self.ask(place, Purpose::Do { done }, ask)
            }
            Then::Ping => {
                let title = format!("ping {who}");
                self.ask(place, Purpose::Show { title }, Ask::Ping(id))
            }
            Then::Trace => {
                let title = format!("the way to {who}");
                self.ask(place, Purpose::Show { title }, Ask::Trace(id))
            }
        }
    }

    fn talk_with(
        &mut self,
        asked: &Place,
        who: &DisplayName,
        text: Option<String>,
    ) -> Result<(), String> {
        let full = || "there are too many conversations; /leave one".to_owned();
        let place = self.add_person(who).ok_or_else(full)?;
        if place == *asked {
            self.begin.settle();
        }
        if let Some(text) = text {
            self.say(place.clone(), text, false)?;
        }
        // Whoever has gone on to somewhere else stays there.
        if self.here() == *asked {
            self.go_along(|app| app.go(&place));
        }
        Ok(())
    }

    fn ignore(&mut self, place: Place, who: &DisplayName) -> Result<(), String> {
        let id = who.id();
        let mut present = self.model.status.present.iter();
        let blocked = |present: &Present| present.who.id() == id && present.trust == Trust::Blocked;
        let undo = self.others.blocked.contains(&id) || present.any(blocked);
        let done = match undo {
            true => format!("{who} is shown again"),
            false => format!("nothing more of {who} is shown; /ignore again to undo"),
        };
        let purpose = Purpose::Block {
            who: id,
            undo,
            done,
        };
        self.ask(place, purpose, Ask::Block { who: id, undo })
    }
}
