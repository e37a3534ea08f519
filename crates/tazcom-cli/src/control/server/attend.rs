//! Whoever shows the node is told everything: what there is, then what happens, and what there is now
//! when that has changed.

use std::collections::BTreeMap;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::trust::Level;
use tazcom_node::{ChatEvent, DisplayName, Event, PrivateRoomState, RoomKind, Talk};
use tokio::time::{Instant, sleep_until};

use super::client::{Client, Cut, gone};
use super::refused::Refused;
use super::trusts::{Trusts, levels};
use crate::output::{
    AroundRecord, ConversationRecord, MemberRecord, Person, PresentRecord, Record, StatusRecord,
    level_word, talk_text, tried,
};

/// How long after something happened that may have changed what there is it is looked at: what comes
/// together is looked at once.
const SETTLED: Duration = Duration::from_millis(150);

/// The same after what people say all the time: somebody may be new in a room.
const SAID: Duration = Duration::from_secs(2);

/// How often it is looked at when nothing happens: who was not heard for long is not there any more.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// The same while nobody is there: what was tried is what whoever waits looks at.
const LOOK_EVERY_ALONE: Duration = Duration::from_secs(3);

/// Members of a room that are named. The others are there, and not listed.
const MAX_MEMBERS: usize = 200;

/// People of a status.
const MAX_PRESENT: usize = 1_000;

/// Rooms of a status that were heard of and not joined: anybody can make up more.
const MAX_HEARD: usize = 200;

/// What there is, as it was told last.
#[derive(Debug, Default)]
struct Around {
    me: Option<(NodeId, Option<String>)>,
    conversations: BTreeMap<String, ConversationRecord>,
    status: StatusRecord,
}

impl Around {
    fn look_every(&self) -> Duration {
        match self.status.present.is_empty() {
            true => LOOK_EVERY_ALONE,
            false => LOOK_EVERY,
        }
    }
}

impl Client {
    /// Tells everything until the node or the client ends.
    pub(super) async fn attend(&mut self) -> Result<(), Cut> {
        // Subscribed before anything is looked at, so nothing falls between.
        let mut events = self.node.events();
        let mut trusts = Trusts::look(&self.node).await;
        let mut told = Around::default();
        if !self.look(&mut told).await? {
            return self.tell(&Record::Done).await;
        }
        self.around(AroundRecord::Ready).await?;
        let mut due = Instant::now() + told.look_every();
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = sleep_until(due) => {
                    if !self.look(&mut told).await? {
                        return self.tell(&Record::Done).await;
                    }
                    due = Instant::now() + told.look_every();
                    continue;
                }
                cut = gone(&mut self.reader) => return Err(cut),
            };
            let Some(event) = event else {
                return self.tell(&Record::Done).await;
            };
            trusts.follow(&event).await;
            if let Some(settled) = worth_a_look(&event) {
                due = due.min(Instant::now() + settled);
            }
            if is_to_be_told(&event)
                && let Some(record) = Record::of(&event)
            {
                self.tell(&trusts.told(record)).await?;
            }
        }
    }

    async fn around(&mut self, record: AroundRecord) -> Result<(), Cut> {
        self.tell(&Record::Around(Box::new(record))).await
    }

    /// Looks at what there is, and tells what is not as it was told last. False when the node has ended.
    async fn look(&mut self, told: &mut Around) -> Result<bool, Cut> {
        let Ok(now) = self.see().await else {
            return Ok(false);
        };
        if now.me != told.me
            && let Some((id, name)) = now.me.clone()
        {
            self.around(AroundRecord::Me { id, name }).await?;
        }
        for (place, conversation) in &now.conversations {
            if told.conversations.get(place) != Some(conversation) {
                let record = AroundRecord::Conversation(conversation.clone());
                self.around(record).await?;
            }
        }
        for place in told.conversations.keys() {
            if !now.conversations.contains_key(place) {
                let place = place.clone();
                self.around(AroundRecord::Gone { place }).await?;
            }
        }
        if now.status != told.status {
            self.around(AroundRecord::Status(now.status.clone()))
                .await?;
        }
        *told = now;
        Ok(true)
    }

    async fn see(&self) -> Result<Around, Refused> {
        let id = self.node.id();
        let names = self.node.names_of(vec![id]).await?;
        let name = names.first().and_then(DisplayName::name);
        Ok(Around {
            me: Some((id, name.map(|name| name.as_str().to_owned()))),
            status: self.status().await?,
            conversations: self.conversations().await?,
        })
    }

    async fn status(&self) -> Result<StatusRecord, Refused> {
        let node = &self.node;
        let levels = levels(node).await?;
        let level = |id: &NodeId| levels.get(id).copied().unwrap_or(Level::New);
        let present = node.present().await?;
        let present: Vec<PresentRecord> = present
            .iter()
            .take(MAX_PRESENT)
            .map(|present| PresentRecord {
                who: Person::of(&present.who),
                direct: present.direct,
                via: present.via.as_ref().map(Person::of),
                trust: level_word(level(&present.who.id())).to_owned(),
            })
            .collect();
        let tried = match present.is_empty() {
            true => tried::explain(&node.tried()),
            false => Vec::new(),
        };
        let rooms = node.rooms().await?.into_iter();
        let heard = rooms.filter(|room| !room.joined).take(MAX_HEARD);
        let interfaces = node.interfaces().into_iter();
        let listens = node.reachable_at().into_iter();
        Ok(StatusRecord {
            interfaces: interfaces.map(|interface| interface.name).collect(),
            listens: listens.map(|addr| addr.to_string()).collect(),
            verified: levels
                .iter()
                .filter(|(_, level)| **level == Level::Verified)
                .map(|(id, _)| *id)
                .take(MAX_PRESENT)
                .collect(),
            present,
            tried,
            heard: heard.map(|room| room.room.to_string()).collect(),
        })
    }

    async fn conversations(&self) -> Result<BTreeMap<String, ConversationRecord>, Refused> {
        let node = &self.node;
        let mut all = BTreeMap::new();
        let mut add = |record: ConversationRecord| all.insert(record.place.clone(), record);
        for room in node.rooms().await?.into_iter().filter(|room| room.joined) {
            let members = node.members(room.room.clone()).await?;
            add(ConversationRecord {
                place: room.room.to_string(),
                name: None,
                topic: room.topic.map(|topic| topic.as_str().to_owned()),
                standing: "in".to_owned(),
                passphrase: false,
                members: members_of(members.iter().map(|who| (who, false))),
            });
        }
        for room in node.private_rooms().await? {
            let members = room.members.iter().map(|(who, admin)| (who, *admin));
            let topic = room.topic.as_str();
            add(ConversationRecord {
                place: talk_text(Talk::Room(room.id)),
                name: Some(room.name.as_str().to_owned()),
                topic: (!topic.is_empty()).then(|| topic.to_owned()),
                standing: match room.state {
                    PrivateRoomState::Member => "in",
                    PrivateRoomState::Invited { .. } => "invited",
                    _ => "out",
                }
                .to_owned(),
                passphrase: room.kind == RoomKind::Passphrase,
                members: members_of(members),
            });
        }
        let talks = node.private_talks().await?.into_iter();
        let people = talks.filter_map(|kept| match kept.talk {
            Talk::Person(id) => Some(id),
            Talk::Room(_) => None,
        });
        for who in node.names_of(people.collect()).await? {
            let place = talk_text(Talk::Person(who.id()));
            add(ConversationRecord {
                place,
                name: Some(who.short()),
                topic: None,
                standing: "in".to_owned(),
                passphrase: false,
                members: members_of([(&who, false)].into_iter()),
            });
        }
        Ok(all)
    }
}

fn members_of<'a>(members: impl Iterator<Item = (&'a DisplayName, bool)>) -> Vec<MemberRecord> {
    let members = members.take(MAX_MEMBERS);
    members
        .map(|(who, admin)| MemberRecord {
            who: Person::of(who),
            admin,
        })
        .collect()
}

/// What has no record, or is nothing to whoever talks: who is announced where, who was greeted.
fn is_to_be_told(event: &Event) -> bool {
    matches!(
        event,
        Event::Chat(_) | Event::Private(_) | Event::Warning(_) | Event::Resync { .. }
    )
}

/// How long after it what there is is looked at, if it may have changed that.
fn worth_a_look(event: &Event) -> Option<Duration> {
    match event {
        Event::Chat(chat) => match &**chat {
            ChatEvent::NameChanged { .. } | ChatEvent::RoomSeen { .. } => Some(SETTLED),
            _ => Some(SAID),
        },
        Event::OwnChanged
        | Event::Private(_)
        | Event::SessionUp { .. }
        | Event::SessionDown { .. }
        | Event::InterfaceUp(_)
        | Event::InterfaceDown(_)
        | Event::Resync { .. } => Some(SETTLED),
        _ => None,
    }
}
