//! All private rooms that we are in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::inner::SealedRoomId;
use tazcom_proto::limits::SEALED_ROOM_ID_LEN;
use tazcom_proto::{Scope, UnixMillis, VerifiedEnvelope};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::context::Context;
use crate::held::{Held, Message};
use crate::input::Input;
use crate::membership::{is_name, is_topic};
use crate::output::{Output, Refusal, RoomEvent};
use crate::passphrase::PassphraseRoom;
use crate::room::{MembersRoom, inner_of};
use crate::rows::{Journal, Row};
use crate::shared::SharedRoom;
use crate::view::RoomView;

mod carried;
mod restore;
mod trim;

pub use restore::RestoreError;

/// All private rooms that we are in, as a state machine.
///
/// After each [`handle`](Self::handle): drain [`poll_output`](Self::poll_output), take the rows, keep
/// them, and only then carry out what was put out.
pub struct Groups {
    key: Arc<SecretKey>,
    me: NodeId,
    config: Config,
    rng: ChaCha20Rng,
    rooms: BTreeMap<SealedRoomId, Room>,
    held: Held,
    blocked: BTreeSet<NodeId>,
    out: VecDeque<Output>,
    journal: Journal,
}

enum Room {
    Members(Box<MembersRoom>),
    Shared(Box<SharedRoom>),
}

impl Room {
    const fn view(&self) -> &RoomView {
        match self {
            Self::Members(room) => &room.view,
            Self::Shared(room) => &room.view,
        }
    }

    /// The tag of what is said there, and whether we are to hear it.
    fn tag(&self) -> ([u8; 32], bool) {
        match self {
            Self::Members(room) => (room.tag, room.view.state.hears() && !room.unproven),
            Self::Shared(room) => (room.secret.tag, true),
        }
    }

    fn members(&self) -> Option<&MembersRoom> {
        match self {
            Self::Members(room) => Some(room),
            Self::Shared(_) => None,
        }
    }

    fn members_mut(&mut self) -> Option<&mut MembersRoom> {
        match self {
            Self::Members(room) => Some(room),
            Self::Shared(_) => None,
        }
    }

    fn forget(&mut self, ctx: &mut Context<'_>) {
        match self {
            Self::Members(room) => room.forget(ctx),
            Self::Shared(room) => room.forget(ctx),
        }
    }
}

impl Groups {
    /// No rooms yet. The seed has to be a new random one each time: ids of rooms are drawn from it.
    #[must_use]
    pub fn new(key: Arc<SecretKey>, config: Config, seed: [u8; 32]) -> Self {
        Self {
            me: key.node_id(),
            key,
            config,
            rng: ChaCha20Rng::from_seed(seed),
            rooms: BTreeMap::new(),
            held: Held::default(),
            blocked: BTreeSet::new(),
            out: VecDeque::new(),
            journal: Journal::default(),
        }
    }

    /// Tells the machine something, at a time by our clock.
    pub fn handle(&mut self, now: UnixMillis, input: Input) {
        match input {
            Input::Create {
                name,
                topic,
                reference,
            } => self.create(now, name, topic, reference),
            Input::Enter(secret) => self.enter(now, secret),
            Input::Invite {
                room,
                who,
                reference,
            } => self.act(now, room, reference, |room, ctx| room.invite(ctx, who)),
            Input::Remove {
                room,
                who,
                reference,
            } => self.act(now, room, reference, |room, ctx| room.remove(ctx, who)),
            Input::Promote {
                room,
                who,
                reference,
            } => self.act(now, room, reference, |room, ctx| room.promote(ctx, who)),
            Input::Accept { room, reference } => {
                self.act(now, room, reference, |room, ctx| room.accept(ctx));
            }
            Input::Leave { room, reference } => self.leave(now, room, reference),
            Input::Rename {
                room,
                name,
                topic,
                reference,
            } => self.act(now, room, reference, |room, ctx| {
                room.rename(ctx, name, topic)
            }),
            Input::ShareHistory {
                room,
                who,
                reference,
            } => self.act(now, room, reference, |room, ctx| {
                room.share_history(ctx, who)
            }),
            Input::Say { room, .. } => self.say(now, room, input),
            Input::Carried {
                from, kind, body, ..
            } => self.carried(
                now,
                Message {
                    from,
                    // Read from the body before it counts.
                    room: SealedRoomId([0; SEALED_ROOM_ID_LEN]),
                    since: now,
                    kind,
                    body,
                },
            ),
            Input::Sealed(envelope) => self.sealed(now, envelope),
            Input::Block(who) => {
                if self.blocked.len() < self.config.max_blocked {
                    self.blocked.insert(who);
                }
            }
            Input::Unblock(who) => {
                self.blocked.remove(&who);
            }
            Input::Tick => self.tick(now),
        }
        self.trim(now);
    }

    /// What is to be done and known, one after the other, until there is no more.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// What has changed on the disk since this was last asked.
    pub fn take_rows(&mut self) -> Vec<Row> {
        self.journal.take()
    }

    /// When [`Input::Tick`] is to come, at the latest.
    #[must_use]
    pub fn due(&self) -> Option<UnixMillis> {
        let rooms = self.rooms.values().filter_map(|room| match room {
            Room::Members(room) => room.due(&self.config),
            Room::Shared(_) => None,
        });
        rooms.chain(self.held.due(&self.config)).min()
    }

    /// All rooms that there is something to show of, in the order of their ids.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomView> {
        let shown = self.rooms.values().filter(|room| !room.is_unproven());
        shown.map(Room::view)
    }

    /// One room.
    #[must_use]
    pub fn room(&self, id: SealedRoomId) -> Option<&RoomView> {
        let room = self.rooms.get(&id).filter(|room| !room.is_unproven())?;
        Some(room.view())
    }

    /// Tags of what is said in the rooms we are in, or are invited to.
    pub fn tags(&self) -> impl Iterator<Item = ([u8; 32], SealedRoomId)> {
        self.rooms.iter().filter_map(|(id, room)| {
            let (tag, hears) = room.tag();
            hears.then_some((tag, *id))
        })
    }

    fn split(&mut self, now: UnixMillis) -> (&mut BTreeMap<SealedRoomId, Room>, Context<'_>) {
        let context = Context {
            now,
            me: self.me,
            key: &self.key,
            config: &self.config,
            blocked: &self.blocked,
            out: &mut self.out,
            journal: &mut self.journal,
        };
        (&mut self.rooms, context)
    }

    fn answer(&mut self, room: SealedRoomId, reference: u64, result: Result<(), Refusal>) {
        self.out.push_back(match result {
            Ok(()) => Output::Done { reference, room },
            Err(why) => Output::Refused { reference, why },
        });
    }

    fn create(&mut self, now: UnixMillis, name: String, topic: String, reference: u64) {
        let mut id = [0; SEALED_ROOM_ID_LEN];
        self.rng.fill_bytes(&mut id);
        let id = SealedRoomId(id);
        let result = match is_name(&name) && is_topic(&topic) {
            true => self.make_room(now),
            false => Err(Refusal::Name),
        };
        if result.is_ok() {
            let (rooms, mut ctx) = self.split(now);
            let room = MembersRoom::create(&mut ctx, id, name, topic);
            rooms.insert(id, Room::Members(Box::new(room)));
        }
        self.answer(id, reference, result);
    }

    fn enter(&mut self, now: UnixMillis, secret: PassphraseRoom) {
        let id = secret.id;
        if !self.rooms.contains_key(&id) {
            if let Err(why) = self.make_room(now) {
                self.out.push_back(Output::Refused { reference: 0, why });
                return;
            }
            let (rooms, mut ctx) = self.split(now);
            let room = SharedRoom::enter(&mut ctx, secret);
            rooms.insert(id, Room::Shared(Box::new(room)));
        }
        self.out
            .push_back(Output::Event(RoomEvent::Entered { room: id }));
    }

    /// Makes sure that there is a place for one more room: one that is over goes first.
    fn make_room(&mut self, now: UnixMillis) -> Result<(), Refusal> {
        if self.rooms.len() < self.config.max_rooms {
            return Ok(());
        }
        let over = self.rooms.values().filter(|room| {
            let view = room.view();
            !view.state.hears() && !room.is_unproven()
        });
        let oldest = over.min_by_key(|room| room.view().known_since);
        let oldest = oldest
            .map(|room| room.view().id)
            .ok_or(Refusal::TooManyRooms)?;
        self.forget(now, oldest);
        Ok(())
    }

    fn forget(&mut self, now: UnixMillis, id: SealedRoomId) {
        let (rooms, mut ctx) = self.split(now);
        if let Some(mut room) = rooms.remove(&id) {
            room.forget(&mut ctx);
        }
    }

    fn act(
        &mut self,
        now: UnixMillis,
        id: SealedRoomId,
        reference: u64,
        act: impl FnOnce(&mut MembersRoom, &mut Context<'_>) -> Result<(), Refusal>,
    ) {
        let (rooms, mut ctx) = self.split(now);
        let result = match rooms.get_mut(&id) {
            Some(Room::Members(room)) if !room.unproven => act(room, &mut ctx),
            Some(Room::Shared(_)) => Err(Refusal::PassphraseRoom),
            Some(Room::Members(_)) | None => Err(Refusal::NoSuchRoom),
        };
        self.answer(id, reference, result);
        self.release(now, id);
    }

    fn leave(&mut self, now: UnixMillis, id: SealedRoomId, reference: u64) {
        if let Some(Room::Shared(_)) = self.rooms.get(&id) {
            self.forget(now, id);
            self.out
                .push_back(Output::Event(RoomEvent::Left { room: id }));
            self.answer(id, reference, Ok(()));
            return;
        }
        self.act(now, id, reference, |room, ctx| room.leave(ctx));
    }

    fn say(&mut self, now: UnixMillis, id: SealedRoomId, input: Input) {
        let mut random = Zeroizing::new([0; 32]);
        if matches!(self.rooms.get(&id), Some(Room::Shared(_))) {
            self.rng.fill_bytes(random.as_mut_slice());
        }
        let Some((inner, reference)) = inner_of(input, self.me) else {
            return;
        };
        let (rooms, mut ctx) = self.split(now);
        let result = match rooms.get_mut(&id) {
            Some(Room::Members(room)) if !room.unproven => room.say(&mut ctx, &inner),
            Some(Room::Shared(room)) => room.say(&mut ctx, *random, &inner),
            Some(Room::Members(_)) | None => Err(Refusal::NoSuchRoom),
        };
        self.answer(id, reference, result);
    }

    fn sealed(&mut self, now: UnixMillis, envelope: VerifiedEnvelope) {
        let Scope::Sealed(tag) = envelope.scope() else {
            return;
        };
        let found = self.tags().find(|(of_room, _)| of_room == tag);
        let Some((_, id)) = found else {
            return;
        };
        let (rooms, mut ctx) = self.split(now);
        match rooms.get_mut(&id) {
            Some(Room::Members(room)) => room.sealed(&mut ctx, envelope),
            Some(Room::Shared(room)) => room.sealed(&mut ctx, &envelope),
            None => {}
        }
    }

    fn tick(&mut self, now: UnixMillis) {
        let (rooms, mut ctx) = self.split(now);
        let mut hollow = Vec::new();
        for room in rooms.values_mut() {
            if let Room::Members(room) = room {
                room.tick(&mut ctx);
                if room.unproven && !room.is_promising() {
                    hollow.push(room.id());
                }
            }
        }
        hollow.into_iter().for_each(|id| self.forget(now, id));
        self.held.expire(&self.config, &mut self.journal, now);
    }
}

impl Room {
    const fn is_unproven(&self) -> bool {
        match self {
            Self::Members(room) => room.unproven,
            Self::Shared(_) => false,
        }
    }
}

/// Tells nothing of what is in it.
impl fmt::Debug for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups")
            .field("rooms", &self.rooms.len())
            .finish_non_exhaustive()
    }
}
