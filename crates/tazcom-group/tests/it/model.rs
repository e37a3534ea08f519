//! People at random: direct messages late and out of order, envelopes lost, doubled and out of order,
//! changes at the same time, and power cuts before and after each commit.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;
use tazcom_group::{Config, Input, Output, RoomState};
use tazcom_identity::NodeId;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_proto::{Content, VerifiedEnvelope};
use tazcom_testkit::Seed;
use vodozemac::megolm::MegolmMessage;

use crate::people::People;

/// Of which about one in ten says something.
const STEPS: usize = 400;

struct Model {
    people: People,
    rng: ChaCha8Rng,
    room: SealedRoomId,
    /// What was said, by whom, and who was a member to its author.
    said: BTreeMap<InnerId, (usize, BTreeSet<NodeId>)>,
    /// Who was removed or has left at some time, or may have been.
    gone: BTreeSet<usize>,
    /// Ciphertexts that were made, carried out or not, by session and index.
    sealed: BTreeMap<([u8; 32], u32), Vec<u8>>,
    lost: Vec<(usize, VerifiedEnvelope)>,
}

impl Model {
    fn new(seed: Seed, part: u64, count: usize, config: Config) -> Self {
        let mut people = People::with(count, config);
        let room = people.create(0);
        Self {
            people,
            rng: seed.rng(part),
            room,
            said: BTreeMap::new(),
            gone: BTreeSet::new(),
            sealed: BTreeMap::new(),
            lost: Vec::new(),
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        usize::try_from(self.rng.next_u32()).unwrap() % below
    }

    fn step(&mut self, with_removals: bool) {
        let count = self.people.people.len();
        let (room, who, whom) = (self.room, self.draw(count), self.draw(count));
        let knows = self.people.people[who].groups.room(room).is_some();
        match self.draw(20) {
            0 if knows && who != whom => {
                self.people.invite(who, room, whom);
            }
            1 if knows => {
                self.people.promote(who, room, whom);
            }
            2 if knows && with_removals && who != whom => self.remove(who, whom),
            3 if knows && with_removals && who != 0 => self.leave(who),
            4 if knows => {
                let name = format!("den {whom}");
                self.people.rename(who, room, &name);
            }
            5 => {
                self.people.tell(who, Input::Accept { room, reference: 0 });
            }
            6..=8 if knows => self.say(who),
            9 => self.people.crash(who),
            10 if knows => self.say_and_crash(who),
            11 => self.people.pass(Duration::from_secs(5)),
            12..=15 if !self.people.mail.is_empty() => {
                let at = self.draw(self.people.mail.len());
                let mail = self.people.mail.remove(at).unwrap();
                self.people.receive_mail(mail);
            }
            _ if !self.people.air.is_empty() => {
                let at = self.draw(self.people.air.len());
                let (to, envelope) = self.people.air.remove(at).unwrap();
                match self.draw(8) {
                    0 => self.lost.push((to, envelope)),
                    1 => {
                        self.people.air.push_back((to, envelope.clone()));
                        self.people.tell(to, Input::Sealed(envelope));
                    }
                    _ => {
                        self.people.tell(to, Input::Sealed(envelope));
                    }
                }
            }
            _ => {}
        }
    }

    fn remove(&mut self, who: usize, whom: usize) {
        if self.draw(3) == 0 && self.people.remove(who, self.room, whom).is_none() {
            self.gone.insert(whom);
        }
    }

    fn leave(&mut self, who: usize) {
        if self.draw(4) == 0 && self.people.leave(who, self.room).is_none() {
            self.gone.insert(who);
        }
    }

    fn say(&mut self, who: usize) {
        let room = self.room;
        let members = self.people.members(who, room).into_iter().collect();
        if let Ok(id) = self.people.say(who, room, "word") {
            self.said.insert(id, (who, members));
            let last = self.people.people[who].said.last().unwrap().clone();
            let Content::Sealed { bytes, .. } = last.content() else {
                panic!("what is said is sealed");
            };
            self.note(bytes);
        }
    }

    /// The power goes after something was sealed and before it was committed.
    fn say_and_crash(&mut self, who: usize) {
        let (_, input) = self.people.words(self.room, "never said");
        let now = self.people.now;
        let groups = &mut self.people.people[who].groups;
        groups.handle(now, input);
        let out: Vec<Output> = std::iter::from_fn(|| groups.poll_output()).collect();
        for output in out {
            if let Output::Publish { bytes, .. } = output {
                self.note(&bytes);
            }
        }
        self.people.crash(who);
    }

    fn note(&mut self, bytes: &[u8]) {
        let (session, message) = bytes.split_first_chunk::<32>().unwrap();
        let index = MegolmMessage::from_bytes(message).unwrap().message_index();
        let before = self.sealed.insert((*session, index), bytes.to_vec());
        assert_eq!(before, None, "two ciphertexts at one index of a session");
    }

    /// Everything arrives in the end, and everybody says a last word.
    fn finish(&mut self) {
        let room = self.room;
        for round in 0..4 {
            for who in 0..self.people.people.len() {
                self.people.tell(who, Input::Accept { room, reference: 0 });
                let knows = self.people.people[who].groups.room(room).is_some();
                if knows && round > 0 {
                    self.say(who);
                }
            }
            self.people.settle();
            for _ in 0..4 {
                self.people.pass(Duration::from_secs(60));
                self.people.settle();
            }
        }
        let people = &mut self.people;
        people.air.extend(self.lost.drain(..));
        for from in 0..people.people.len() {
            for envelope in people.people[from].said.clone() {
                people.spread(from, &envelope);
            }
        }
        people.settle();
    }

    fn check(&self, seed: Seed, exactly: bool) {
        let room = self.room;
        let people = &self.people;
        let all = 0..people.people.len();
        let inside = all.filter(|who| {
            let view = people.people[*who].groups.room(room);
            view.is_some_and(|view| view.state == RoomState::Member)
        });
        let inside: Vec<usize> = inside.collect();
        assert!(inside.contains(&0), "{seed}: the creator is always in");
        let ids: BTreeSet<NodeId> = inside.iter().map(|who| people.id(*who)).collect();
        for who in &inside {
            let view = people.view(*who, room);
            let theirs: BTreeSet<NodeId> = view.members.iter().map(|member| member.id).collect();
            assert_eq!(theirs, ids, "{seed}: {who} knows the members");
            let first = people.view(0, room);
            assert_eq!(
                (&view.name, &view.topic),
                (&first.name, &first.topic),
                "{seed}: {who}"
            );
        }
        for (id, (author, members)) in &self.said {
            for (at, person) in people.people.iter().enumerate() {
                let times = person.read.iter().filter(|read| read.id == *id).count();
                assert!(times <= 1, "{seed}: {at} reads it {times} times");
                if times == 1 {
                    assert!(
                        members.contains(&people.id(at)),
                        "{seed}: {at} reads what is not for it"
                    );
                }
                let stayed = |who: &usize| inside.contains(who) && !self.gone.contains(who);
                let reads = at != *author && members.contains(&people.id(at));
                if exactly && reads && stayed(&at) && stayed(author) {
                    assert_eq!(times, 1, "{seed}: {at} reads what {author} said");
                }
            }
        }
    }
}

/// Bounds that a few people cannot reach.
fn roomy() -> Config {
    Config {
        max_held: 1024,
        max_held_each: 256,
        max_pending_ops: 1024,
        rotate_messages: 5,
        ..Config::lan()
    }
}

fn run(parts: u64, with_removals: bool, exactly: bool, config: &Config) {
    let seed = Seed::from_env_or(57);
    eprintln!("{seed}");
    let (mut read, mut gone) = (0, 0);
    for part in 0..parts {
        let count = 3 + usize::try_from(part % 3).unwrap();
        let mut model = Model::new(seed, part, count, config.clone());
        for _ in 0..STEPS {
            model.step(with_removals);
        }
        model.finish();
        eprintln!("part {part}");
        model.check(seed, exactly);
        for person in &model.people.people {
            assert_eq!(person.security, [], "{seed}: all are honest");
        }
        read += model
            .people
            .people
            .iter()
            .map(|person| person.read.len())
            .sum::<usize>();
        gone += model.gone.len();
    }
    eprintln!("{read} read, {gone} gone");
    assert!(read > 1000, "{seed}: they talk");
    assert_eq!(gone > 30, with_removals, "{seed}: they go");
}

#[test]
fn whatever_is_late_lost_doubled_or_cut_off_all_members_read_everything_exactly_once() {
    run(60, false, true, &roomy());
}

#[test]
fn with_people_removed_and_leaving_members_agree_and_nobody_reads_what_is_not_for_it() {
    run(60, true, true, &roomy());
}

#[test]
fn with_logs_that_are_begun_anew_members_agree_still() {
    let config = Config {
        snapshot_after: 6,
        ..roomy()
    };
    run(60, true, false, &config);
}
