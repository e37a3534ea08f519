//! How far people are trusted, for whoever is told of them: looked at once, and then followed.

use std::collections::BTreeMap;

use tazcom_identity::NodeId;
use tazcom_node::trust::{Book, Level};
use tazcom_node::{DisplayName, Event, Node, Person, PrivateError, PrivateEvent};

use crate::output::{Record, level_word};

/// People whose level is remembered: as many as a node has in its book. When there could be more, some
/// were forgotten there, and all are looked at anew.
const MAX_LEVELS: usize = Book::MAX;

/// How far everybody is trusted that the node has in its book.
#[derive(Debug)]
pub(super) struct Trusts {
    node: Node,
    /// None when they could not be looked at: then nothing is said of anybody.
    levels: Option<BTreeMap<NodeId, Level>>,
}

impl Trusts {
    /// Looks at all of them. Whoever follows what happens subscribes before.
    pub(super) async fn look(node: &Node) -> Self {
        Self {
            node: node.clone(),
            levels: levels(node).await.ok(),
        }
    }

    /// The record, with how far those are trusted whom it is about.
    pub(super) fn told<'a>(&self, record: Record<'a>) -> Record<'a> {
        // Nothing is said of the node itself.
        let others = |who: NodeId| (who != self.node.id()).then(|| self.level(who))?;
        record.with_trust(|who| others(who).map(level_word))
    }

    /// Takes what has happened, and tells of whom it has changed how far they are trusted. Of whom that
    /// has changed among what was missed it does not tell.
    pub(super) async fn follow(&mut self, event: &Event) -> Vec<(DisplayName, Level)> {
        let Some(about) = about(event) else {
            return Vec::new();
        };
        let before: Vec<Option<Level>> = about.iter().map(|who| self.level(who.id())).collect();
        self.look_again(&about).await;
        let changed = about.into_iter().zip(before).filter_map(|(who, before)| {
            let now = self.level(who.id())?;
            (before != Some(now)).then(|| (who.clone(), now))
        });
        changed.collect()
    }

    /// Looks at some, or at all where that is not enough.
    async fn look_again(&mut self, about: &[&DisplayName]) {
        let has_room = |levels: &&mut BTreeMap<_, _>| has_room(levels.len(), about.len());
        let levels = match self.levels.as_mut().filter(has_room) {
            Some(levels) if !about.is_empty() => levels,
            _ => {
                self.levels = levels(&self.node).await.ok();
                return;
            }
        };
        for who in about {
            match self.node.person(who.id()).await {
                Ok(Some(person)) => levels.insert(who.id(), level(&person)),
                Ok(None) => levels.remove(&who.id()),
                Err(_) => {
                    self.levels = None;
                    return;
                }
            };
        }
    }

    fn level(&self, who: NodeId) -> Option<Level> {
        let levels = self.levels.as_ref()?;
        Some(levels.get(&who).copied().unwrap_or(Level::New))
    }
}

/// How far everybody in the book is trusted.
pub(super) async fn levels(node: &Node) -> Result<BTreeMap<NodeId, Level>, PrivateError> {
    let people = node.people().await?.into_iter();
    Ok(people
        .map(|(_, person)| (person.id, level(&person)))
        .collect())
}

/// Whether more people can be remembered beside so many.
const fn has_room(remembered: usize, more: usize) -> bool {
    remembered + more <= MAX_LEVELS
}

/// How far somebody is trusted. Whose key may be in other hands, or who goes on under another id, is
/// nobody of whom one can be sure.
pub(super) fn level(person: &Person) -> Level {
    let is_past = person.revoked || person.forked || person.successor.is_some();
    match person.level {
        Level::Verified if is_past => Level::Known,
        level => level,
    }
}

/// Of whom an event may have changed it; of anybody, when some were missed.
fn about(event: &Event) -> Option<Vec<&DisplayName>> {
    let event = match event {
        Event::Resync { .. } => return Some(Vec::new()),
        Event::Private(event) => &**event,
        _ => return None,
    };
    match event {
        PrivateEvent::Trust { who, .. }
        | PrivateEvent::Revoked { who }
        // It may have named two ids to go on under.
        | PrivateEvent::Suspicious { who, .. } => Some(vec![who]),
        PrivateEvent::Succeeded { previous, next, .. } => Some(vec![previous, next]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tazcom_node::UnixMillis;
    use tazcom_node::trust::How;

    use super::*;

    fn person(level: Level) -> Person {
        Person {
            id: NodeId::from_bytes([1; 32]),
            level,
            since: UnixMillis(0),
            seen: UnixMillis(0),
            verified: Some((How::Emoji, UnixMillis(0))),
            revoked: false,
            successor: None,
            forked: false,
        }
    }

    #[test]
    fn whose_key_may_be_in_other_hands_or_who_has_another_id_does_not_look_verified() {
        assert_eq!(level(&person(Level::Verified)), Level::Verified);
        let revoked = |level| Person {
            revoked: true,
            ..person(level)
        };
        let forked = |level| Person {
            forked: true,
            ..person(level)
        };
        let gone_on = |level| Person {
            successor: Some(NodeId::from_bytes([2; 32])),
            ..person(level)
        };
        for past in [revoked, forked, gone_on] {
            assert_eq!(level(&past(Level::Verified)), Level::Known);
            assert_eq!(level(&past(Level::Blocked)), Level::Blocked);
            assert_eq!(level(&past(Level::Known)), Level::Known);
        }
    }

    #[test]
    fn as_many_are_remembered_as_the_book_has_and_no_more() {
        assert!(has_room(Book::MAX - 1, 1) && has_room(Book::MAX, 0));
        assert!(!has_room(Book::MAX, 1) && !has_room(Book::MAX - 1, 2));
    }
}
