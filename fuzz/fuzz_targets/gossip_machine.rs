//! A machine among three peers that say whatever the input says.
//!
//! Again and again: a byte that chooses what happens, a byte that chooses the peer, a byte that gives
//! the number of bytes that follow, and as many. Frames with a head that is one get further, so those
//! of the input are put behind one.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::START;
use tazcom_gossip::{Backlog, Channel, Config, Gossip, Input, Output};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::mesh::{IHave, MeshFrame};
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{Content, Draft, Hlc, MessageId, RoomName, Scope, UnixMillis, VerifiedEnvelope};

const WALL: UnixMillis = UnixMillis(1_790_000_000_000);

/// More than this no three peers can make it keep, with so small tables.
const MOST_ENTRIES: usize = 4000;

struct Run {
    gossip: Gossip,
    now: Instant,
    passed: Duration,
    delivered: HashSet<MessageId>,
    published: Vec<VerifiedEnvelope>,
}

fn config() -> Config {
    let mut config = Config::lan();
    config.max_held = 64;
    config.max_gone = 16;
    config.max_sessions = 3;
    config.max_waiting = 8;
    config.repair.max_queue = 64;
    config.tree.max_announced = 64;
    config.links.all_up_to = 2;
    config.links.all_again_at = 1;
    config
}

fn peer(n: u8) -> NodeId {
    NodeId::from_bytes([n % 4 + 1; 32])
}

static ENVELOPES: LazyLock<Vec<VerifiedEnvelope>> = LazyLock::new(|| (0..=255).map(made).collect());

fn envelope(n: u8) -> VerifiedEnvelope {
    ENVELOPES[usize::from(n)].clone()
}

fn made(n: u8) -> VerifiedEnvelope {
    let content = Content::Text {
        text: n.to_string().into(),
        action: false,
    };
    let scope = Scope::Room(RoomName::lobby());
    let draft = Draft::new(scope, content, Hlc::default().tick(WALL), WALL);
    let key = SecretKey::from_seed([n % 3; 32]);
    draft.sign(&key).expect("it is well-formed")
}

impl Run {
    fn tell(&mut self, input: Input) {
        let now = self.now + self.passed;
        self.gossip.handle(now, WALL.after(self.passed), input);
        let mut fetches = Vec::new();
        loop {
            match self.gossip.poll_output() {
                Output::Wait(until) => {
                    assert!(until.is_some_and(|until| until + Duration::from_secs(1) > now));
                    break;
                }
                Output::Deliver { envelope, .. } => {
                    let new = self.delivered.insert(envelope.id());
                    assert!(new, "nothing is delivered twice");
                }
                Output::Fetch { request, ids } => fetches.push((request, ids)),
                _ => {}
            }
        }
        assert!(self.gossip.entries() <= MOST_ENTRIES);
        for (request, ids) in fetches {
            let there = self.published.iter().filter(|one| ids.contains(&one.id()));
            let envelopes = there.cloned().collect();
            self.tell(Input::Fetched { request, envelopes });
        }
    }

    fn frame(&mut self, of: u8, channel: Channel, bytes: Vec<u8>) {
        let (peer, bytes) = (peer(of), bytes.into());
        self.tell(Input::Frame {
            peer,
            channel,
            bytes,
        });
    }

    fn happen(&mut self, what: u8, of: u8, bytes: &[u8]) {
        let n = bytes.first().copied().unwrap_or(0);
        let id = envelope(n).id();
        match what % 16 {
            0 | 1 => self.tell(Input::SessionUp {
                peer: peer(of),
                network: u32::from(n % 2),
            }),
            2 => self.tell(Input::SessionDown { peer: peer(of) }),
            3 => self.frame(of, Channel::Gossip, bytes.to_vec()),
            4 => self.frame(of, Channel::Sync, bytes.to_vec()),
            5 => self.frame(of, Channel::Sync, [&[0x82], bytes].concat()),
            6 => {
                let envelope = envelope(n).bytes().clone();
                let round = u16::from(of) << 8;
                self.frame(
                    of,
                    Channel::Gossip,
                    MeshFrame::Gossip { round, envelope }.encode(),
                );
            }
            7 => {
                let list = bytes.iter().map(|n| IHave {
                    id: envelope(*n).id(),
                    round: 1,
                });
                let list = list.take(128).collect();
                self.frame(of, Channel::Gossip, MeshFrame::IHave(list).encode());
            }
            8 => {
                let id = Some(id);
                self.frame(
                    of,
                    Channel::Gossip,
                    MeshFrame::Graft { id, round: 1 }.encode(),
                );
            }
            9 => {
                let ids = bytes.iter().map(|n| envelope(*n).id()).collect();
                self.frame(of, Channel::Sync, SyncFrame::Offer(ids).encode());
            }
            10 => {
                let ids = bytes.iter().map(|n| envelope(*n).id()).collect();
                let number = u64::from(n);
                self.frame(of, Channel::Sync, SyncFrame::Want { number, ids }.encode());
            }
            11 => {
                let envelopes = bytes.iter().skip(1);
                let envelopes = envelopes.map(|n| envelope(*n).bytes().clone()).collect();
                let answer = SyncFrame::Envelopes {
                    number: u64::from(n),
                    last: of > 127,
                    envelopes,
                };
                self.frame(of, Channel::Sync, answer.encode());
            }
            12 => {
                let message = SyncFrame::Reconcile {
                    run: u64::from(n),
                    floor: UnixMillis(0),
                    message: [&[0x61], bytes].concat().into(),
                };
                self.frame(of, Channel::Sync, message.encode());
            }
            13 => {
                let chosen = n.is_multiple_of(2);
                self.frame(of, Channel::Sync, SyncFrame::Link { chosen }.encode());
            }
            14 => {
                let own = envelope(n);
                self.published.push(own.clone());
                self.tell(Input::Publish(own));
                if of > 250 {
                    // Only so many of those are remembered.
                    self.delivered.remove(&id);
                    self.tell(Input::Evicted(vec![id]));
                }
            }
            _ => {
                let state = match n % 2 {
                    0 => Backlog::Full,
                    _ => Backlog::Drained,
                };
                let peer = peer(of);
                self.tell(Input::Backlog { peer, state });
                self.passed += Duration::from_millis(u64::from(of) * 20);
                self.tell(Input::Timeout);
            }
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let me = SecretKey::from_seed([9; 32]).node_id();
    let mut run = Run {
        gossip: Gossip::new(config(), me, [3; 32], *START, []),
        now: *START,
        passed: Duration::ZERO,
        delivered: HashSet::new(),
        published: Vec::new(),
    };
    let mut script = input;
    let mut steps = 0;
    while let [what, of, len, rest @ ..] = script
        && steps < 500
    {
        let (bytes, after) = rest.split_at(usize::from(*len).min(rest.len()));
        run.happen(*what, *of, bytes);
        script = after;
        steps += 1;
    }
});
