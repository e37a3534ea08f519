//! The machine: one input, then drain.

mod arrive;
mod look_up;
mod restore;
mod say;
mod tell;
mod tick;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::limits::MAX_TOPIC_LEN;
use tazcom_proto::{MessageId, RoomName, UnixMillis};

use crate::author::Author;
use crate::bounded::Bounded;
use crate::config::Config;
use crate::display_text::DisplayText;
use crate::gaps::Gaps;
use crate::io::{Input, Output, Restored};
use crate::line::Key;
use crate::name::{DisplayName, Name};
use crate::partition::Partition;
use crate::people::{FindError, People};
use crate::profile::Profile;
use crate::reach::Reach;
use crate::receipts::Receipts;
use crate::room::{Room, RoomView};

/// How often lines that are not to be kept any longer are looked for.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// What a room is about, and which message said so.
#[derive(Clone, Debug)]
struct Topic {
    text: DisplayText,
    key: Key,
}

impl Topic {
    fn new(topic: &str, key: Key) -> Self {
        // As long again, for escapes.
        let text = DisplayText::line(topic, 2 * MAX_TOPIC_LEN);
        Self { text, key }
    }

    /// What it is about; none when that was taken back.
    fn shown(&self) -> Option<&DisplayText> {
        Some(&self.text).filter(|text| !text.as_str().is_empty())
    }
}

/// The conversation of one node.
///
/// Takes [`Input`]s and is drained of [`Output`]s; neither reads a clock nor waits.
pub struct Chat {
    config: Config,
    author: Author,
    people: People,
    rooms: BTreeMap<RoomName, Room>,
    /// What rooms are about, of the joined ones.
    topics: BTreeMap<RoomName, Topic>,
    /// Rooms that are not joined.
    known: Bounded<RoomName, Option<Topic>>,
    seen: Bounded<MessageId, ()>,
    ignored: BTreeSet<NodeId>,
    gaps: Gaps,
    partition: Partition,
    receipts: Receipts,
    reach: Reach,
    profile: Profile,
    sweep_at: Instant,
    out: VecDeque<Output>,
}

/// Says who and how many rooms, and nothing of what was said.
impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("id", &self.author.id())
            .field("rooms", &self.rooms.len())
            .finish_non_exhaustive()
    }
}

impl Chat {
    /// A conversation that goes on from what is known. `wall` is the time as the mesh sees it, or as
    /// this node does while it is alone; `seed` decides when what may come at random moments comes.
    #[must_use]
    pub fn new(
        now: Instant,
        wall: UnixMillis,
        config: Config,
        key: Arc<SecretKey>,
        restored: Restored,
        seed: [u8; 32],
    ) -> Self {
        let mut rng = ChaCha8Rng::from_seed(seed);
        let mut part = || ChaCha8Rng::seed_from_u64(rng.next_u64());
        let name = restored.name.as_deref().and_then(Name::clean);
        let author = Author::new(key, restored.places, config.unkept);
        let mut chat = Self {
            people: People::new(author.id(), name, &config),
            author,
            rooms: BTreeMap::new(),
            topics: BTreeMap::new(),
            known: Bounded::new(config.known_rooms),
            seen: Bounded::new(config.seen),
            ignored: restored.ignored,
            gaps: Gaps::new(&config),
            partition: Partition::new(config.clone()),
            receipts: Receipts::new(&config, part()),
            reach: Reach::new(&config),
            profile: Profile::new(&config, part()),
            sweep_at: now + SWEEP,
            out: VecDeque::new(),
            config,
        };
        chat.author.hear(wall, restored.newest);
        chat.restore(now, wall, restored.rooms, restored.people);
        chat
    }

    /// Takes one input; drain [`poll_output`](Self::poll_output) afterwards. `wall` is the time as
    /// the mesh sees it.
    pub fn handle(&mut self, now: Instant, wall: UnixMillis, input: Input) {
        match input {
            Input::Say {
                room,
                text,
                action,
                reference,
            } => self.say(wall, room, &text, action, reference),
            Input::Join {
                room,
                recent,
                reference,
            } => self.join(now, wall, &room, recent, reference),
            Input::Leave { room } => self.leave(&room),
            Input::Read { room } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.read();
                }
            }
            Input::SetName { name, reference } => self.set_name(now, &name, reference),
            Input::SetTopic {
                room,
                topic,
                reference,
            } => self.set_topic(wall, room, &topic, reference),
            Input::Ignore {
                who,
                ignore,
                reference,
            } => self.ignore(who, ignore, reference),
            Input::Arrived(arrival) => self.arrived(now, wall, &arrival),
            Input::Published { id } => self.published(now, wall, id),
            Input::NotKept { id } => self.not_kept(&id),
            Input::Reachable { peers, lost, left } => {
                self.reachable(now, wall, &peers, (&lost, &left));
            }
            Input::Synced { peer } => self.synced(&peer),
            Input::Skew { who, offset_millis } => self.skewed(now, who, offset_millis),
            Input::Timeout => {}
        }
        self.tick(now, wall);
    }

    /// What is to be done; call it until it says [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        match self.out.pop_front() {
            Some(output) => output,
            None => Output::Wait(Some(self.next())),
        }
    }

    /// Who we are.
    #[must_use]
    pub const fn id(&self) -> NodeId {
        self.author.id()
    }

    /// What we are called, if anything.
    #[must_use]
    pub fn own_name(&self) -> Option<&Name> {
        self.people.my_name()
    }

    /// A joined room.
    #[must_use]
    pub fn room(&self, name: &RoomName) -> Option<RoomView<'_>> {
        let (name, room) = self.rooms.get_key_value(name)?;
        let topic = self.topics.get(name).and_then(Topic::shown);
        Some(RoomView {
            name,
            room,
            people: &self.people,
            topic,
        })
    }

    /// The joined rooms, by name.
    pub fn rooms(&self) -> impl Iterator<Item = RoomView<'_>> {
        self.rooms.keys().filter_map(|name| self.room(name))
    }

    /// The rooms that are known and not joined, and what they are about.
    pub fn other_rooms(&self) -> impl Iterator<Item = (&RoomName, Option<&DisplayText>)> {
        let known = self.known.iter();
        known.map(|(room, topic)| (room, topic.as_ref().and_then(Topic::shown)))
    }

    /// Somebody, as it is to be shown now.
    #[must_use]
    pub fn name(&self, who: &NodeId) -> DisplayName {
        self.people.display(who)
    }

    /// Leads from a name, a name with a tag (`bob~a1b2c3d4`), an id or its first characters (at least
    /// 4) to somebody.
    ///
    /// # Errors
    /// [`FindError`] when it leads to nobody, or to several.
    pub fn find_person(&self, text: &str) -> Result<DisplayName, FindError> {
        self.people.find(text).map(|who| self.people.display(&who))
    }

    /// Who is in the mesh, as far as is known, without us: those that can be reached, and those
    /// heard lately.
    pub fn present(&self, now: Instant) -> impl Iterator<Item = DisplayName> {
        let present = self.people.present(now).into_iter();
        present.map(|who| self.people.display(&who))
    }

    /// Who has said that it has this message of ours. None for what is not ours, or long ago.
    pub fn has_reached(&self, id: &MessageId) -> Option<impl Iterator<Item = DisplayName>> {
        let have = self.reach.of(id)?.iter();
        Some(have.map(|who| self.people.display(who)))
    }

    /// Whether somebody is ignored.
    #[must_use]
    pub fn is_ignored(&self, who: &NodeId) -> bool {
        self.ignored.contains(who)
    }
}
