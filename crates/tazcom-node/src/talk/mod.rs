//! What people say: between the mesh, the conversation and the disk.
//!
//! [`Talk`] owns the two machines and the way to the disk, and carries what one puts out to the other.
//! It decides nothing itself. What comes from the mesh is shown when it is on disk, and what is said
//! here leaves when it is: so nothing that was acknowledged can be lost.

mod ask;
mod disk;
mod mesh;
mod networks;
mod private;
mod restore;
mod spells;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ask::Asking;
pub use ask::RoomState;
pub(crate) use ask::{Ask, Do, MAX_ASKED, Rendered};
pub use disk::Storage;
pub(crate) use disk::{Beginning, Disk, FromDisk, Met};
use networks::Networks;
use private::Alone;
pub(crate) use restore::{kept, recent};
use spells::{Change, Spells};
use tazcom_chat::{self as chat, Chat};
use tazcom_discovery::Interface;
use tazcom_gossip::{self as gossip, Backlog, Gossip};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_net::{ByeCode, DownReason, Endpoint, Payload, PayloadKind, Role};
use tazcom_proto::UnixMillis;
use tazcom_store::Outcome;
use tazcom_vault::Vault;

use crate::around::Present;
use crate::event::{Event, Warning};
use crate::private::{self as private_side, Private, RestoreError};

/// A peer that there was a session with for this long is missed when it is lost.
const WAS_THERE: Duration = Duration::from_secs(10);

/// The conversation of a node.
#[derive(Debug)]
pub(crate) struct Talk {
    mesh: Gossip,
    chat: Chat,
    private: Box<Private>,
    disk: Disk,
    endpoint: Endpoint,
    spells: Spells,
    asking: Asking,
    alone: Alone,
    /// Tags of private rooms to which keys have come, and when what was said there may be read again.
    shared: BTreeSet<[u8; 32]>,
    shared_at: Instant,
    networks: Networks,
    /// Peers whose queue was full when last something was to be sent to them. As many as there are
    /// sessions.
    full: BTreeSet<NodeId>,
    deadline: Option<Instant>,
    events: Vec<Event>,
}

impl Talk {
    pub(crate) fn new(
        key: Arc<SecretKey>,
        seed: [u8; 32],
        limits: Limits,
        beginning: Beginning,
        endpoint: Endpoint,
        interfaces: &[Interface],
        vault: &Vault,
    ) -> Result<Self, RestoreError> {
        let (now, wall) = (now(), wall());
        let me = key.node_id();
        let mesh = Gossip::new(limits.mesh, me, seed, now, beginning.held);
        let private = Private::new(Arc::clone(&key), vault, seed, beginning.private)?;
        let private = Box::new(private);
        let chat = Chat::new(now, wall, limits.chat, key, beginning.restored, seed);
        let mut talk = Self {
            mesh,
            chat,
            private,
            disk: beginning.disk,
            endpoint,
            spells: Spells::default(),
            asking: Asking::default(),
            alone: Alone::default(),
            shared: BTreeSet::new(),
            shared_at: now,
            networks: Networks::of(interfaces),
            full: BTreeSet::new(),
            deadline: Some(now),
            events: Vec::new(),
        };
        talk.mesh(gossip::Input::Floor(beginning.floor));
        for Met { id, addrs } in beginning.met {
            talk.hint(id, &addrs, None);
        }
        for who in talk.private.blocked() {
            // It was to be told of when it was blocked; the power may have gone before.
            let (ignore, reference) = (true, 0);
            talk.chat(chat::Input::Ignore {
                who,
                ignore,
                reference,
            });
        }
        let tags = talk.private.new_tags();
        talk.disk.read_unopened(tags);
        Ok(talk)
    }

    /// Takes a name that was given at the start.
    pub(crate) fn is_called(&mut self, name: String) {
        // Nobody waits for the answer. A name that nobody can have is no reason not to run.
        let reference = 0;
        self.chat(chat::Input::SetName { name, reference });
    }

    /// Whether the disk keeps up. While it does not no payloads are to be taken: their senders wait.
    pub(crate) fn keeps_up(&self) -> bool {
        self.disk.keeps_up() && self.private.keeps_up()
    }

    /// When to call [`timeout`](Self::timeout), if nothing happens before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The next answer of the disk. Cancel-safe.
    pub(crate) async fn next_of_disk(&mut self) -> FromDisk {
        self.disk.next().await
    }

    /// The deadline has come.
    pub(crate) fn timeout(&mut self) {
        for peer in std::mem::take(&mut self.full) {
            match self.endpoint.waiting(peer, PayloadKind::Gossip) {
                Some(0) => self.backlog(peer, Backlog::Drained),
                Some(_) => {
                    self.full.insert(peer);
                }
                None => {}
            }
        }
        let wall = self.time();
        self.disk.tick(now(), wall);
        self.alone.tidy(now());
        self.mesh(gossip::Input::Timeout);
        self.chat(chat::Input::Timeout);
    }

    /// A peer has sent something.
    pub(crate) fn heard(&mut self, payload: Payload) {
        let peer = payload.from;
        match self.spells.sort(payload) {
            Some(payload) => self.frame(payload),
            // It may be the first sign of a session.
            None => self.session(peer, None),
        }
    }

    /// Something about the sessions with a peer has changed; how the last one ended, if one did.
    pub(crate) fn session(&mut self, peer: NodeId, ended: Option<DownReason>) {
        let session = self.endpoint.session(peer);
        let spell = session.as_ref().map(|session| session.spell);
        let changes = self.spells.now(now(), peer, spell);
        if changes.is_empty() {
            return;
        }
        for change in &changes {
            match change {
                Change::Down { .. } => {
                    self.full.remove(&peer);
                    self.mesh(gossip::Input::SessionDown { peer });
                    self.private.push(private_side::Input::Down(peer));
                }
                Change::Up => {
                    let addr = session.as_ref().map(|session| session.addr.ip());
                    let network = addr.map_or(0, |addr| self.networks.label(addr));
                    self.mesh(gossip::Input::SessionUp { peer, network });
                    self.private.push(private_side::Input::Up(peer));
                }
            }
        }
        if let Some(session) = &session
            && session.role == Role::Initiator
        {
            // It listens there: that is where it may be met again.
            let wall = self.time();
            self.disk.remember_peer(peer, session.addr, wall);
        }
        for payload in self.spells.waited(peer) {
            self.frame(payload);
        }
        let left = matches!(ended, Some(DownReason::ByPeer(ByeCode::Shutdown)));
        // Strangers who come and go in a moment make no split.
        let was_there =
            matches!(changes.first(), Some(Change::Down { lasted }) if *lasted >= WAS_THERE);
        let lost = session.is_none() && !left && was_there;
        let reachable = chat::Input::Reachable {
            peers: self.spells.peers().collect(),
            lost: lost.then_some(peer).into_iter().collect(),
            left: (session.is_none() && left)
                .then_some(peer)
                .into_iter()
                .collect(),
        };
        self.chat(reachable);
    }

    /// Something about sessions may have been missed.
    pub(crate) fn look_at_sessions(&mut self) {
        let standing = self
            .endpoint
            .sessions()
            .into_iter()
            .map(|session| session.id);
        let known: BTreeSet<NodeId> = self.spells.peers().chain(standing).collect();
        for peer in known {
            self.session(peer, None);
        }
    }

    /// What the disk has answered.
    pub(crate) fn answered(&mut self, answer: FromDisk) {
        match answer {
            FromDisk::Arrived { arrivals, evicted } => {
                self.evicted(evicted);
                for (arrival, outcome) in arrivals {
                    match outcome {
                        Outcome::Stored => {
                            self.looked_at(&arrival.envelope);
                            self.chat(chat::Input::Arrived(Box::new(arrival)));
                        }
                        Outcome::Refused(_) => self.evicted(vec![arrival.envelope.id()]),
                        // It came in two ways at once.
                        _ => {}
                    }
                }
            }
            FromDisk::Kept {
                evicted,
                envelope,
                reference,
            } => {
                let id = envelope.id();
                self.evicted(evicted);
                self.mesh(gossip::Input::Publish(*envelope));
                self.chat(chat::Input::Published { id });
                if let Some(reference) = reference {
                    self.asking.answer(reference, Ok(Some(id)));
                }
            }
            FromDisk::NotKept { id, reference, why } => {
                self.chat(chat::Input::NotKept { id });
                if let Some(reference) = reference {
                    self.asking.answer(reference, Err(why));
                }
            }
            FromDisk::Lost(ids) => self.mesh(gossip::Input::Lost(ids)),
            FromDisk::Fetched { request, envelopes } => {
                self.mesh(gossip::Input::Fetched { request, envelopes });
            }
            FromDisk::Expired(ids) => self.evicted(ids),
            FromDisk::StepTaken { own, evicted } => {
                self.evicted(evicted);
                self.step_taken(own);
            }
            FromDisk::StepFailed(error) => {
                self.private.failed(now(), &error);
                self.events.push(Event::Warning(Warning::Disk {
                    reason: error.to_string(),
                }));
            }
            FromDisk::Unopened(envelopes) => {
                for envelope in envelopes {
                    self.private
                        .push(private_side::Input::Envelope(Box::new(envelope)));
                }
            }
            FromDisk::PrivateRestored(kept) => self.private_restored(*kept),
            FromDisk::PrivateUnread(error) => {
                self.private.unread(now());
                self.events.push(Event::Warning(Warning::Disk {
                    reason: error.to_string(),
                }));
            }
            FromDisk::Failed(error) => {
                self.events.push(Event::Warning(Warning::Disk {
                    reason: error.to_string(),
                }));
            }
        }
    }

    /// Somebody who holds the handle wants something.
    pub(crate) fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Chat(what, reply) => {
                let leaves = !matches!(what, Do::Say { .. } | Do::Topic { .. });
                let reference = self.asking.said(reply);
                self.chat(what.into_input(reference));
                self.drain();
                if leaves {
                    // It was refused, or it is done.
                    self.asking.answer(reference, Ok(None));
                }
            }
            Ask::Trace(target, reply) => {
                let token = self.asking.trace(reply);
                self.mesh(gossip::Input::TracePeer { token, target });
            }
            Ask::Imported(envelopes) => {
                for envelope in &envelopes {
                    self.looked_at(envelope);
                    self.chat(chat::Input::Arrived(Box::new(chat::Arrival {
                        envelope: envelope.clone(),
                        first_seen: self.time(),
                        by: chat::By::Repair,
                        hops: 0,
                    })));
                }
                self.mesh(gossip::Input::Imported(envelopes));
            }
            Ask::Render(kept, reply) => {
                // Whoever asked may have gone.
                let _ = reply.send(self.render(&kept));
            }
            Ask::Find(text, reply) => {
                let _ = reply.send(self.chat.find_person(&text));
            }
            Ask::Present(reply) => {
                let _ = reply.send(self.present());
            }
            Ask::Members(room, reply) => {
                let view = self.chat.room(&room);
                let members = view.map(|view| view.members().collect());
                let _ = reply.send(members.unwrap_or_default());
            }
            Ask::Names(ids, reply) => {
                let names = ids.iter().map(|id| self.chat.name(id));
                let _ = reply.send(names.collect());
            }
            Ask::Private(ask) => self.ask_privately(ask),
            Ask::Rooms(reply) => {
                let _ = reply.send(self.rooms());
            }
        }
    }

    pub(crate) fn interfaces(&mut self, interfaces: &[Interface]) {
        self.networks = Networks::of(interfaces);
    }

    /// Does all that is to be done, and gives what is to be told.
    pub(crate) fn advance(&mut self) -> Vec<Event> {
        self.drain();
        std::mem::take(&mut self.events)
    }

    /// Writes what is to be written, and ends the disk's thread.
    pub(crate) async fn end(self) {
        self.disk.end().await;
    }

    fn drain(&mut self) {
        loop {
            let (mesh, mesh_at) = self.drain_mesh();
            let (chat, chat_at) = self.drain_chat();
            let (private, private_at) = self.drain_private();
            if !mesh && !chat && !private {
                self.disk.flush();
                let more = [mesh_at, chat_at, private_at, Some(self.disk.due())];
                self.deadline = more.into_iter().flatten().min();
                return;
            }
        }
    }

    fn drain_chat(&mut self) -> (bool, Option<Instant>) {
        let mut any = false;
        loop {
            match self.chat.poll_output() {
                chat::Output::Wait(at) => return (any, at),
                chat::Output::Publish {
                    envelope,
                    reference,
                } => {
                    let wall = self.time();
                    self.disk.publish(*envelope, reference, wall);
                }
                chat::Output::Event(event) => self.on_chat(event),
                chat::Output::Remember(memory) => {
                    let wall = self.time();
                    self.disk.remember(&memory, wall);
                    self.events.push(Event::OwnChanged);
                }
                _ => {}
            }
            any = true;
        }
    }

    fn on_chat(&mut self, event: chat::ChatEvent) {
        if let chat::ChatEvent::Refused { reference, why } = &event {
            self.asking.answer(*reference, Err(why.clone().into()));
        } else {
            self.events.push(Event::Chat(Box::new(event)));
        }
    }

    fn render(&self, kept: &[chat::Kept]) -> Rendered {
        let now = now();
        let mut rendered = Rendered::default();
        for kept in kept {
            if let Some(line) = self.chat.line_of(kept) {
                let reached = self.chat.reach_of(now, kept);
                rendered
                    .reached
                    .extend(reached.map(|reached| (line.id, reached)));
                rendered.lines.push(line);
            }
        }
        rendered
    }

    fn present(&self) -> Vec<Present> {
        let sessions = self.endpoint.sessions();
        let present = self.chat.present(now()).map(|who| {
            let id = who.id();
            Present {
                direct: sessions.iter().any(|session| session.id == id),
                via: self.mesh.via(&id).map(|hop| self.chat.name(&hop)),
                who,
            }
        });
        present.collect()
    }

    fn rooms(&self) -> Vec<RoomState> {
        let joined = self.chat.rooms().map(|view| RoomState {
            room: view.name().clone(),
            joined: true,
            topic: view.topic().cloned(),
            members: view.members().count(),
        });
        let others = self.chat.other_rooms().map(|(room, topic)| RoomState {
            room: room.clone(),
            joined: false,
            topic: topic.cloned(),
            members: 0,
        });
        joined.chain(others).collect()
    }

    fn chat(&mut self, input: chat::Input) {
        let wall = self.time();
        self.chat.handle(now(), wall, input);
    }

    /// What time it is, as far as our peers agree. The disk is told no other: what a clock that is off
    /// has dated would be forgotten at once when it is set.
    fn time(&self) -> UnixMillis {
        self.mesh.network_time(wall())
    }
}

/// How much the conversation and the mesh may take.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) mesh: gossip::Config,
    pub(crate) chat: chat::Config,
}

impl Limits {
    pub(crate) const fn lan() -> Self {
        Self {
            mesh: gossip::Config::lan(),
            chat: chat::Config::lan(),
        }
    }
}

/// The driver's clocks; the machines are only told.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn wall() -> UnixMillis {
    SystemTime::now().into()
}
