//! What a client asks of private conversations and of who is who.

use std::collections::BTreeMap;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::trust::Level;
use tazcom_node::trust::uri::Uri;
use tazcom_node::{
    DisplayName, Event, Fate, InnerId, Person, PrivateEvent, PrivateRoom, SaidKey, SealedRoomId,
    Talk,
};
use tokio::time::{Instant, timeout_at};

use super::client::{BadRequest, Client, gone};
use super::refused::{Refused, Stop, room_of, within};
use super::trusts::{self, Trusts};
use crate::control::{Proof, Request, RoomAct};
use crate::output::{
    PrivateMessageRecord, PrivateRecord, PrivateRoomRecord, Record, WhoisRecord, hex, room_text,
    talk_text,
};

/// How long a name may take to become known: it comes with the first of what a peer has to tell.
const KNOWN_WITHIN: Duration = Duration::from_secs(2);

/// How long a session needs until what was said before it is on the other side.
const CARRIED_WITHIN: Duration = Duration::from_secs(1);

/// Characters of a room's id that are enough.
const MIN_ROOM_PREFIX: usize = 4;

impl Client {
    /// Answers a request about something private.
    pub(super) async fn privately(&mut self, request: Request) -> Result<(), Stop> {
        match request {
            Request::Tell {
                to,
                text,
                action,
                wait_ms,
            } => self.tell_one(to, text, action, wait_ms).await,
            Request::SayPrivately {
                room,
                text,
                action,
                wait_ms,
            } => self.say_in_private(&room, text, action, wait_ms).await,
            Request::PrivateHistory {
                with,
                limit,
                before,
            } => self.private_history(&with, limit, before).await,
            Request::Whois { peer } => self.whois(peer).await,
            Request::Compare { peer, timeout_ms } => self.compare(peer, timeout_ms).await,
            Request::Confirm { peer, same } => {
                let who = self.person_of(peer).await?;
                Ok(self.node.confirm(who, same).await?)
            }
            Request::Uncompare { peer } => {
                let who = self.person_of(peer).await?;
                Ok(self.node.cancel_comparing(who).await?)
            }
            Request::Verify { peer, by } => self.verify(peer, by).await,
            Request::Block { peer, undo } => {
                let who = self.person_of(peer).await?;
                match undo {
                    true => self.node.unblock(who).await?,
                    false => self.node.block(who).await?,
                }
                self.one(who).await
            }
            Request::Revoke => Ok(self.node.revoke().await?),
            Request::PrivateRooms => {
                for room in self.node.private_rooms().await? {
                    self.room(&room).await?;
                }
                Ok(())
            }
            Request::PrivateRoom { room, act } => self.private_room(&room, act).await,
            // Answered elsewhere.
            _ => Ok(()),
        }
    }

    async fn tell_one(
        &mut self,
        to: String,
        text: String,
        action: bool,
        wait_ms: Option<u64>,
    ) -> Result<(), Stop> {
        let within = wait_ms.map(within).transpose()?;
        let who = self.person_of(to).await?;
        // Subscribed before it is said: the answer may come at once.
        let mut events = self.node.events();
        let told = self.node.tell(who, text, action).await?;
        self.queued(Talk::Person(who), told.id, told.waiting)
            .await?;
        let Some(within) = within else {
            return Ok(());
        };
        let deadline = Instant::now() + within;
        let delivered = loop {
            let event = tokio::select! {
                event = timeout_at(deadline, events.next()) => event,
                cut = gone(&mut self.reader) => return Err(cut.into()),
            };
            match event {
                Ok(Some(Event::Private(event))) if is_delivery(&event, told.id) => break true,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break false,
            }
        };
        let id = hex(&told.id.0);
        let record = match delivered {
            true => Record::Delivered {
                id,
                reached: 1,
                of: 1,
                missing: Vec::new(),
            },
            false => Record::Undelivered { id },
        };
        Ok(self.tell(&record).await?)
    }

    /// Says something in a private room. Nobody says there what has come: all there is to wait for is that
    /// somebody is there to carry it.
    async fn say_in_private(
        &mut self,
        room: &str,
        text: String,
        action: bool,
        wait_ms: Option<u64>,
    ) -> Result<(), Stop> {
        let within = wait_ms.map(within).transpose()?;
        let room = self.private_room_of(room).await?.id;
        let mut events = self.node.events();
        let id = self.node.say_privately(room, text, action).await?;
        self.queued(Talk::Room(room), id, false).await?;
        let Some(within) = within else {
            return Ok(());
        };
        let deadline = Instant::now() + within;
        while self.node.sessions().is_empty() {
            let event = tokio::select! {
                event = timeout_at(deadline, events.next()) => event,
                cut = gone(&mut self.reader) => return Err(cut.into()),
            };
            if !matches!(event, Ok(Some(_))) {
                let id = hex(&id.0);
                return Ok(self.tell(&Record::Undelivered { id }).await?);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(CARRIED_WITHIN) => Ok(()),
            cut = gone(&mut self.reader) => Err(cut.into()),
        }
    }

    async fn queued(&mut self, talk: Talk, id: InnerId, waiting: bool) -> Result<(), Stop> {
        let record = Record::Queued {
            id: hex(&id.0),
            room: None,
            talk: Some(talk_text(talk)),
            waiting,
        };
        Ok(self.tell(&record).await?)
    }

    async fn private_history(
        &mut self,
        with: &str,
        limit: u32,
        before: Option<i64>,
    ) -> Result<(), Stop> {
        let talk = self.talk_of(with).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(1_000);
        let before = before.map(SaidKey::from_number);
        let history = self.node.private_history(talk, before, limit).await?;
        let trusts = Trusts::look(&self.node).await;
        for line in &history.lines {
            let record = trusts.told(Record::PrivatePast(PrivateMessageRecord::of(line)));
            self.tell(&record).await?;
        }
        let page = Record::Page {
            more: history.before.is_some(),
            damaged: 0,
            before: history.before.map(SaidKey::to_number),
        };
        Ok(self.tell(&page).await?)
    }

    async fn whois(&mut self, peer: Option<String>) -> Result<(), Stop> {
        if let Some(peer) = peer {
            let who = self.found(peer, Instant::now() + KNOWN_WITHIN).await?;
            return self.one(who).await;
        }
        for (name, person) in self.node.people().await? {
            let record = WhoisRecord::of(&name, Some(&person), self.is_connected(name.id()));
            self.tell(&Record::Whois(Box::new(record))).await?;
        }
        Ok(())
    }

    /// Tells who somebody is.
    async fn one(&mut self, who: NodeId) -> Result<(), Stop> {
        let names = self.node.names_of(vec![who]).await?;
        let person = self.node.person(who).await?;
        if let Some(name) = names.first() {
            let record = WhoisRecord::of(name, person.as_ref(), self.is_connected(who));
            self.tell(&Record::Whois(Box::new(record))).await?;
        }
        Ok(())
    }

    fn is_connected(&self, who: NodeId) -> bool {
        let sessions = self.node.sessions();
        sessions.iter().any(|session| session.id == who)
    }

    async fn compare(&mut self, peer: String, timeout_ms: u64) -> Result<(), Stop> {
        let deadline = Instant::now() + within(timeout_ms)?;
        let who = self.person_of(peer).await?;
        let mut events = self.node.events();
        while !self.is_connected(who) {
            tokio::select! {
                event = timeout_at(deadline, events.next()) => if !matches!(event, Ok(Some(_))) {
                    return Err(tazcom_node::PrivateError::NoSession.into());
                },
                cut = gone(&mut self.reader) => return Err(cut.into()),
            }
        }
        self.node.compare(who).await?;
        loop {
            let event = tokio::select! {
                event = timeout_at(deadline, events.next()) => event,
                cut = gone(&mut self.reader) => {
                    self.node.cancel_comparing(who).await?;
                    return Err(cut.into());
                }
            };
            match event {
                Ok(Some(Event::Private(event))) if about(&event) == Some(who) => {
                    if let Some(record) = PrivateRecord::of(&event) {
                        self.tell(&Record::Private(Box::new(record))).await?;
                    }
                    if is_end(&event) {
                        return Ok(());
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    self.node.cancel_comparing(who).await?;
                    let words = "the other did not answer in time; run `verify` on both sides";
                    return Err(Refused::new("timed_out", words).into());
                }
            }
        }
    }

    async fn verify(&mut self, peer: String, by: Proof) -> Result<(), Stop> {
        let who = match &by {
            // Read aloud by somebody: its name is who is meant, whoever else is called so is not.
            Proof::Words(_) | Proof::None => self.person_of(peer).await?,
            Proof::Code(code) => {
                let Uri(scanned) = code
                    .parse()
                    .map_err(|error| BadRequest(format!("code: {error}")))?;
                let named = self.found(peer, Instant::now() + KNOWN_WITHIN).await?;
                if named != scanned {
                    let words = format!(
                        "that code is of {}, not of {}: somebody is not who you think",
                        scanned.short(),
                        named.short()
                    );
                    return Err(Refused::new("refused", words).into());
                }
                scanned
            }
        };
        match by {
            Proof::Words(words) => self.node.verify_by_words(who, &words).await?,
            Proof::Code(_) => self.node.verify_by_code(who).await?,
            Proof::None => self.node.unverify(who).await?,
        }
        self.one(who).await
    }

    async fn private_room(&mut self, room: &str, act: RoomAct) -> Result<(), Stop> {
        let id = match act {
            RoomAct::Create { topic } => {
                let name = room.strip_prefix('+').unwrap_or(room);
                self.node.create_private_room(name, topic).await?
            }
            RoomAct::Enter { passphrase } => {
                let name = room_of(room.strip_prefix('+').unwrap_or(room))?;
                self.node.enter_passphrase_room(name, passphrase.0).await?
            }
            RoomAct::Accept => {
                let id = self.private_room_of(room).await?.id;
                self.node.accept_invitation(id).await?;
                id
            }
            RoomAct::Leave => {
                let id = self.private_room_of(room).await?.id;
                self.node.leave_privately(id).await?;
                id
            }
            RoomAct::Invite { peer } => {
                let (id, who) = self.room_and_person(room, peer).await?;
                self.node.invite(id, who).await?;
                id
            }
            RoomAct::Remove { peer } => {
                let (id, who) = self.room_and_person(room, peer).await?;
                self.node.remove(id, who).await?;
                id
            }
            RoomAct::Promote { peer } => {
                let (id, who) = self.room_and_person(room, peer).await?;
                self.node.promote(id, who).await?;
                id
            }
            RoomAct::ShareHistory { peer } => {
                let (id, who) = self.room_and_person(room, peer).await?;
                self.node.share_history(id, who).await?;
                id
            }
            RoomAct::Rename { name, topic } => {
                let id = self.private_room_of(room).await?.id;
                self.node.rename_private_room(id, name, topic).await?;
                id
            }
        };
        let rooms = self.node.private_rooms().await?;
        match rooms.iter().find(|room| room.id == id) {
            Some(room) => self.room(room).await,
            None => Ok(()),
        }
    }

    async fn room(&mut self, room: &PrivateRoom) -> Result<(), Stop> {
        let record = PrivateRoomRecord::of(room);
        Ok(self.tell(&Record::PrivateRoom(Box::new(record))).await?)
    }

    async fn room_and_person(
        &mut self,
        room: &str,
        peer: String,
    ) -> Result<(SealedRoomId, NodeId), Stop> {
        let id = self.private_room_of(room).await?.id;
        Ok((id, self.person_of(peer).await?))
    }

    /// `@` and a person, or `+` and a room.
    pub(super) async fn talk_of(&mut self, text: &str) -> Result<Talk, Stop> {
        match (text.strip_prefix('@'), text.strip_prefix('+')) {
            (Some(person), _) => Ok(Talk::Person(self.person_of(person.to_owned()).await?)),
            (_, Some(room)) => Ok(Talk::Room(self.private_room_of(room).await?.id)),
            _ => {
                let words = "expected @ and a person, or + and a private room".to_owned();
                Err(BadRequest(words).into())
            }
        }
    }

    /// Whom a private word is for. Where a mistake would hurt, a name that could be another's is not
    /// enough; nobody is meant who is blocked, or goes on under another id.
    async fn person_of(&mut self, text: String) -> Result<NodeId, Stop> {
        let text = text.strip_prefix('@').unwrap_or(&text).to_owned();
        let deadline = Instant::now() + KNOWN_WITHIN;
        let who = match self.found(text.clone(), deadline).await {
            Ok(who) => who,
            Err(Stop::Refused(refused)) if !refused.candidates.is_empty() => {
                return self.one_of(&text, refused).await;
            }
            Err(stop) => return Err(stop),
        };
        if who == self.node.id() {
            return Err(Refused::new("own_node", format!("`{text}` is you")).into());
        }
        if text.contains('~') || who.to_string().starts_with(&text) {
            return Ok(who);
        }
        let names = self.node.names_of(vec![who]).await?;
        match names.first().filter(|name| name.is_doubtful()) {
            None => Ok(who),
            Some(name) => Err(doubtful(&text, name).into()),
        }
    }

    /// The one of several who can be meant, or a list that says what is known of each.
    async fn one_of(&mut self, text: &str, refused: Refused) -> Result<NodeId, Stop> {
        let people: BTreeMap<NodeId, Person> = self
            .node
            .people()
            .await?
            .into_iter()
            .map(|(name, person)| (name.id(), person))
            .collect();
        let is_out = |id: &NodeId| {
            people.get(id).is_some_and(|person| {
                person.level == Level::Blocked || person.revoked || person.successor.is_some()
            })
        };
        let all = refused.candidates.len();
        let left: Vec<NodeId> = refused
            .candidates
            .into_iter()
            .filter(|id| !is_out(id))
            .collect();
        if let ([only], true) = (left.as_slice(), left.len() < all) {
            return Ok(*only);
        }
        let mut listed = Vec::new();
        for name in self.node.names_of(left.clone()).await? {
            let verified = people
                .get(&name.id())
                .is_some_and(|person| trusts::level(person) == Level::Verified);
            let here = self.is_connected(name.id());
            let known = match (verified, here) {
                (true, _) => " (verified)",
                (false, true) => " (here now)",
                (false, false) => "",
            };
            listed.push(format!("{name}{known}"));
        }
        let words = format!(
            "{} people could be meant by `{text}`: {}; write one of these",
            left.len(),
            listed.join(", ")
        );
        Err(Refused {
            candidates: left,
            ..Refused::new("ambiguous_peer", words)
        }
        .into())
    }

    async fn private_room_of(&self, text: &str) -> Result<PrivateRoom, Stop> {
        let text = text.strip_prefix('+').unwrap_or(text);
        let rooms = self.node.private_rooms().await?;
        let is_meant = |room: &PrivateRoom| {
            let id = room_text(room.id);
            let tagged = text.rsplit_once('~').is_some_and(|(name, tag)| {
                tag.len() >= MIN_ROOM_PREFIX && room.name.as_str() == name && id.starts_with(tag)
            });
            tagged
                || room.name.as_str() == text
                || (text.len() >= MIN_ROOM_PREFIX && id.starts_with(text))
        };
        let mut meant: Vec<PrivateRoom> = rooms.into_iter().filter(is_meant).collect();
        match meant.len() {
            1 => Ok(meant.remove(0)),
            0 => {
                let words = "there is no such private room here; `tazcom-cli room list` shows them";
                Err(Refused::new("unknown_room", words).into())
            }
            count => {
                let names = meant.iter().map(|room| {
                    let id = room_text(room.id);
                    format!("+{}~{}", room.name.as_str(), id.get(..8).unwrap_or(&id))
                });
                let names: Vec<String> = names.collect();
                let words = format!(
                    "{count} private rooms could be meant: {}; write one of these",
                    names.join(", ")
                );
                Err(Refused::new("ambiguous_room", words).into())
            }
        }
    }
}

fn doubtful(text: &str, name: &DisplayName) -> Refused {
    let words = format!(
        "`{text}` could be taken for somebody else; write {name} if that is who you mean, and \
         `verify` makes sure"
    );
    Refused {
        candidates: vec![name.id()],
        ..Refused::new("ambiguous_peer", words)
    }
}

fn is_delivery(event: &PrivateEvent, wanted: InnerId) -> bool {
    matches!(
        event,
        PrivateEvent::Fate { id, fate: Fate::Delivered, .. } if *id == wanted
    )
}

fn about(event: &PrivateEvent) -> Option<NodeId> {
    match event {
        PrivateEvent::VerificationShown { with, .. }
        | PrivateEvent::VerificationFailed { with, .. } => Some(with.id()),
        PrivateEvent::Trust { who, .. } => Some(who.id()),
        _ => None,
    }
}

fn is_end(event: &PrivateEvent) -> bool {
    matches!(
        event,
        PrivateEvent::VerificationFailed { .. }
            | PrivateEvent::Trust {
                level: Level::Verified,
                ..
            }
    )
}
