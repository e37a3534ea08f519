//! What a client asks of the conversation.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::{
    ChatEvent, DisplayName, Event, FindError, Hlc, MessageId, Moment, PrivateEvent, Query,
    RoomName, Talk, Traced, UnixMillis,
};
use tokio::time::{Instant, timeout_at};

use super::client::{BadRequest, Client, Cut, gone};
use super::refused::{Refused, Stop, absolute, room_of, within};
use super::trusts::Trusts;
use crate::control::{Before, Request, Unshown};
use crate::output::{ChatRecord, MessageRecord, Person, PrivateRecord, Record, RoomRecord, time};
use crate::ping::milliseconds;

/// After somebody has said that a message has come, how long to wait for more to say so. How far it
/// got is told twice a second; a LAN is done by then, and whoever sleeps is not waited for.
const QUIET: Duration = Duration::from_millis(700);

/// Bad lines of an import that are told one by one.
const MAX_BAD_LINES: usize = 20;

impl Client {
    /// Answers a request about the conversation.
    pub(super) async fn converse(&mut self, request: Request) -> Result<(), Cut> {
        let answered = match request {
            Request::Send {
                room,
                text,
                action,
                wait_ms,
            } => self.say(&room, text, action, wait_ms).await,
            Request::Join { room } => self.join(&room).await,
            Request::Leave { room } => self.leave(&room).await,
            Request::Topic { room, topic } => self.topic(&room, topic).await,
            Request::Rooms => self.rooms().await,
            Request::History {
                room,
                since,
                until,
                search,
                before,
                limit,
            } => {
                let times = (since, until);
                self.history(room, times, search, before, limit).await
            }
            Request::Trace { peer, timeout_ms } => self.trace(peer, timeout_ms).await,
            Request::Nick { name } => self.nick(name).await,
            Request::Connect { addr, timeout_ms } => self.connect(&addr, timeout_ms).await,
            Request::Export { room, path } => self.export(room, &path).await,
            Request::Import { path } => self.import(&path).await,
            Request::Keep { value } => self.keep(&value).await,
            Request::Kept => self.kept().await,
            private => self.privately(private).await,
        };
        match answered {
            Ok(()) => self.tell(&Record::Done).await,
            Err(Stop::Cut(cut)) => Err(cut),
            Err(Stop::Refused(refused)) => {
                let Refused {
                    kind,
                    message,
                    candidates,
                } = refused;
                let record = Record::Error {
                    kind,
                    message,
                    candidates,
                };
                self.tell(&record).await
            }
        }
    }

    async fn say(
        &mut self,
        room: &str,
        text: String,
        action: bool,
        wait_ms: Option<u64>,
    ) -> Result<(), Stop> {
        let room = room_of(room)?;
        let within = wait_ms.map(within).transpose()?;
        // Subscribed before it is said: the first answer may come at once.
        let mut events = self.node.events();
        if self
            .node
            .rooms()
            .await?
            .iter()
            .all(|state| !state.joined || state.room != room)
        {
            self.node.join(room.clone()).await?;
        }
        let id = self.node.say(room.clone(), text, action).await?;
        let queued = Record::Queued {
            id: id.to_string(),
            room: Some(room.to_string()),
            talk: None,
            waiting: false,
        };
        self.tell(&queued).await?;
        let Some(within) = within else {
            return Ok(());
        };
        let deadline = Instant::now() + within;
        let mut until = deadline;
        let mut last = None;
        loop {
            let event = tokio::select! {
                event = timeout_at(until, events.next()) => event,
                cut = gone(&mut self.reader) => return Err(cut.into()),
            };
            match event {
                Ok(Some(Event::Chat(event))) => {
                    if let Some(reach) = reach_of(&event, id) {
                        let everybody = reach.0 >= reach.1;
                        last = Some(reach);
                        until = deadline.min(Instant::now() + QUIET);
                        if everybody {
                            break;
                        }
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        let id = id.to_string();
        let record = match last {
            Some((reached, of, missing)) => Record::Delivered {
                id,
                reached,
                of,
                missing,
            },
            None => Record::Undelivered { id },
        };
        Ok(self.tell(&record).await?)
    }

    /// Follows the conversation until the node or the client ends.
    pub(super) async fn listen(
        &mut self,
        rooms: Vec<String>,
        talks: Vec<String>,
    ) -> Result<(), Cut> {
        let mut events = self.node.events();
        let mut trusts = Trusts::look(&self.node).await;
        let wanted = match self.enter(rooms, talks).await {
            Ok(wanted) => wanted,
            Err(Stop::Cut(cut)) => return Err(cut),
            Err(Stop::Refused(refused)) => return self.refuse(refused.kind, refused.message).await,
        };
        // Whoever waits for this knows that from now on nothing is missed.
        self.tell(&Record::Listening).await?;
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                cut = gone(&mut self.reader) => return Err(cut),
            };
            if let Some(event) = &event {
                trusts.follow(event).await;
            }
            let record = match &event {
                Some(Event::Chat(chat)) if wanted.has(chat) => {
                    ChatRecord::of(chat).map(|record| Record::Chat(Box::new(record)))
                }
                Some(Event::Private(private)) if wanted.has_private(private) => {
                    PrivateRecord::of(private).map(|record| Record::Private(Box::new(record)))
                }
                Some(Event::Resync { .. }) => None,
                Some(_) => continue,
                None => return self.tell(&Record::Done).await,
            };
            let told = match record {
                Some(record) => self.tell(&trusts.told(record)).await,
                None => match event.as_ref().and_then(Record::of) {
                    Some(record) => self.tell(&record).await,
                    None => Ok(()),
                },
            };
            told?;
        }
    }

    /// Joins the rooms that are named, and finds the people.
    async fn enter(&mut self, rooms: Vec<String>, talks: Vec<String>) -> Result<Wanted, Stop> {
        let mut wanted = Wanted::default();
        for room in rooms {
            let room = room_of(&room)?;
            self.node.join(room.clone()).await?;
            wanted.rooms.push(room);
        }
        for talk in talks {
            wanted.talks.push(self.talk_of(&talk).await?);
        }
        Ok(wanted)
    }

    async fn join(&mut self, room: &str) -> Result<(), Stop> {
        Ok(self.node.join(room_of(room)?).await?)
    }

    async fn leave(&mut self, room: &str) -> Result<(), Stop> {
        Ok(self.node.leave(room_of(room)?).await?)
    }

    async fn topic(&mut self, room: &str, topic: String) -> Result<(), Stop> {
        Ok(self.node.set_topic(room_of(room)?, topic).await?)
    }

    async fn rooms(&mut self) -> Result<(), Stop> {
        let states = self.node.rooms().await?;
        let mut stored = self.node.stored_rooms().await?;
        for state in states {
            let kept = stored.iter().position(|kept| kept.name == state.room);
            let kept = kept.map(|place| stored.swap_remove(place));
            let record = Record::Room(RoomRecord {
                room: state.room.to_string(),
                joined: state.joined,
                messages: kept.as_ref().map_or(0, |kept| kept.texts),
                last: kept.and_then(|kept| kept.last).map(time),
                topic: state.topic.map(|topic| topic.as_str().to_owned()),
                members: state.members,
            });
            self.tell(&record).await?;
        }
        stored.sort_by(|a, b| a.name.cmp(&b.name));
        for kept in stored {
            let record = Record::Room(RoomRecord {
                room: kept.name.to_string(),
                joined: kept.joined,
                messages: kept.texts,
                last: kept.last.map(time),
                topic: None,
                members: 0,
            });
            self.tell(&record).await?;
        }
        Ok(())
    }

    async fn history(
        &mut self,
        room: Option<String>,
        (since, until): (Option<u64>, Option<u64>),
        search: Option<String>,
        before: Option<Before>,
        limit: u32,
    ) -> Result<(), Stop> {
        let query = Query {
            room: room.as_deref().map(room_of).transpose()?,
            kind: Some(tazcom_node::Kind::Text),
            by: Moment::Created,
            since: since.map(UnixMillis),
            until: until.map(UnixMillis),
            search,
            before: before.map(order_key).transpose()?,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            ..Query::default()
        };
        let history = self.node.history(query).await?;
        let trusts = Trusts::look(&self.node).await;
        for line in &history.lines {
            let past = MessageRecord::of(line).reached(history.reached.get(&line.id));
            self.tell(&trusts.told(Record::Past(past))).await?;
        }
        let page = Record::Page {
            more: history.more,
            damaged: history.damaged,
            before: None,
        };
        Ok(self.tell(&page).await?)
    }

    async fn keep(&mut self, value: &Unshown) -> Result<(), Stop> {
        Ok(self.node.keep(value.0.as_bytes()).await?)
    }

    async fn kept(&mut self) -> Result<(), Stop> {
        let kept = self.node.kept().await?;
        // Nothing but text was ever kept.
        let value = kept.and_then(|kept| String::from_utf8(kept.to_vec()).ok());
        Ok(self.tell(&Record::Kept { value }).await?)
    }

    async fn trace(&mut self, peer: String, timeout_ms: u64) -> Result<(), Stop> {
        let deadline = Instant::now() + within(timeout_ms)?;
        let target = self.found(peer, deadline).await?;
        // The way is learned from what the peer says; it may not have said anything yet.
        let begun = Instant::now();
        let mut result = Traced::TimedOut;
        while Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            let tracing = self.node.trace(target, left);
            result = tokio::select! {
                traced = tracing => traced?,
                cut = gone(&mut self.reader) => return Err(cut.into()),
            };
            if !matches!(result, Traced::Lost(_)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let (reached, ids) = match result {
            Traced::Reached(ids) => (true, ids),
            Traced::Lost(ids) => (false, ids),
            _ => {
                let words = format!("nobody knew the way to {} in time", target.short());
                return Err(Refused::new("timed_out", words).into());
            }
        };
        let names = self.node.names_of(ids).await?;
        let record = Record::Path {
            reached,
            path: names.iter().map(Person::of).collect(),
            ms: milliseconds(begun.elapsed()),
        };
        Ok(self.tell(&record).await?)
    }

    /// Who is meant; somebody who is not known yet may become known.
    pub(super) async fn found(&mut self, peer: String, deadline: Instant) -> Result<NodeId, Stop> {
        if let Ok(id) = peer.parse() {
            return Ok(id);
        }
        loop {
            match self.node.find_person(peer.clone()).await? {
                Ok(name) => return Ok(name.id()),
                Err(error @ FindError::Ambiguous { .. }) => return Err(error.into()),
                Err(FindError::Nobody) if Instant::now() >= deadline => {
                    let words = format!(
                        "nobody known here is called `{peer}`, and no id begins so; `tazcom-cli peers` \
                         and `tazcom-cli whois` show who is"
                    );
                    return Err(Refused::new("unknown_peer", words).into());
                }
                Err(error) if Instant::now() >= deadline => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    async fn nick(&mut self, name: Option<String>) -> Result<(), Stop> {
        if let Some(name) = name {
            self.node.rename(name).await?;
        }
        let id = self.node.id();
        let names = self.node.names_of(vec![id]).await?;
        let name = names.first().and_then(DisplayName::name);
        let record = Record::Nick {
            id,
            name: name.map(|name| name.as_str().to_owned()),
        };
        Ok(self.tell(&record).await?)
    }

    async fn connect(&mut self, addr: &str, timeout_ms: u64) -> Result<(), Stop> {
        let addr: SocketAddr = addr
            .parse()
            .map_err(|_| BadRequest("addr: expected IP:PORT; look a name up first".to_owned()))?;
        let deadline = Instant::now() + within(timeout_ms)?;
        let mut events = self.node.events();
        self.node.greet(addr);
        loop {
            let event = tokio::select! {
                event = timeout_at(deadline, events.next()) => event,
                cut = gone(&mut self.reader) => return Err(cut.into()),
            };
            let session = self.node.sessions().into_iter();
            if let Some(session) = session.into_iter().find(|session| session.addr == addr) {
                let name = session.name.as_ref().map(|name| name.as_str());
                let (id, addr) = (session.id, session.addr);
                let record = Record::SessionUp {
                    id,
                    addr,
                    name,
                    trust: None,
                };
                let trusts = Trusts::look(&self.node).await;
                return Ok(self.tell(&trusts.told(record)).await?);
            }
            match event {
                Ok(Some(event)) if is_about(&event, addr) => {
                    if let Some(record) = Record::of(&event) {
                        self.tell(&record).await?;
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    let words = format!(
                        "no session with {addr} came up; the node goes on trying as long as it runs"
                    );
                    return Err(Refused::new("timed_out", words).into());
                }
            }
        }
    }

    async fn export(&mut self, room: Option<String>, path: &Path) -> Result<(), Stop> {
        let room = room.as_deref().map(room_of).transpose()?;
        let messages = self.node.export(room, absolute(path)?).await?;
        Ok(self.tell(&Record::Exported { messages }).await?)
    }

    async fn import(&mut self, path: &Path) -> Result<(), Stop> {
        let imported = self.node.import(absolute(path)?).await?;
        let record = Record::Imported {
            new: imported.new,
            known: imported.known,
            refused: imported.refused,
            bad: imported.bad,
            bad_lines: imported
                .bad_lines
                .iter()
                .take(MAX_BAD_LINES)
                .map(ToString::to_string)
                .collect(),
        };
        Ok(self.tell(&record).await?)
    }
}

fn order_key(before: Before) -> Result<(Hlc, NodeId, MessageId), BadRequest> {
    let [millis, counter] = before.order;
    let counter = u32::try_from(counter).map_err(|_| BadRequest("before: no order".to_owned()))?;
    let id = before.id.parse();
    let id = id.map_err(|_| BadRequest("before: no id of a message".to_owned()))?;
    let millis = UnixMillis(millis);
    Ok((Hlc { millis, counter }, before.author, id))
}

/// How far a message got, if this says so: reached, of how many, the first of the others.
fn reach_of(event: &ChatEvent, wanted: MessageId) -> Option<(usize, usize, Vec<Person>)> {
    match event {
        ChatEvent::Reach {
            id,
            reached,
            of,
            missing,
        } if *id == wanted && *reached > 0 => {
            Some((*reached, *of, missing.iter().map(Person::of).collect()))
        }
        _ => None,
    }
}

/// Whom a client listens to. Everybody when nobody in particular.
#[derive(Debug, Default)]
struct Wanted {
    rooms: Vec<RoomName>,
    talks: Vec<Talk>,
}

impl Wanted {
    fn is_all(&self) -> bool {
        self.rooms.is_empty() && self.talks.is_empty()
    }

    /// What is of no room in particular is of all of them.
    fn has(&self, event: &ChatEvent) -> bool {
        let room = match event {
            ChatEvent::Message { line, .. } => Some(&line.room),
            ChatEvent::Gap { room, .. }
            | ChatEvent::GapClosed { room, .. }
            | ChatEvent::Forked { room, .. } => Some(room),
            ChatEvent::Merged { room, .. } => room.as_ref(),
            _ => None,
        };
        self.is_all() || room.is_none_or(|room| self.rooms.contains(room))
    }

    fn has_private(&self, event: &PrivateEvent) -> bool {
        let talk = match event {
            PrivateEvent::Message(line) => Some(line.talk()),
            PrivateEvent::Fate { talk, .. } => Some(*talk),
            PrivateEvent::Room { room, .. } => Some(Talk::Room(*room)),
            _ => None,
        };
        self.is_all() || talk.is_none_or(|talk| self.talks.contains(&talk))
    }
}

fn is_about(event: &Event, wanted: SocketAddr) -> bool {
    use tazcom_node::Warning;
    match event {
        Event::Warning(
            Warning::ConnectionRefused { addr, .. }
            | Warning::ConnectionTimeout { addr, .. }
            | Warning::ConnectionFailed { addr, .. }
            | Warning::SelfDial { addr },
        ) => *addr == wanted,
        _ => false,
    }
}
