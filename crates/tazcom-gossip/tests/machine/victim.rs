//! One machine, and peers that say what a test wants them to say.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tazcom_gossip::{By, Channel, CloseReason, Config, Gossip, Held, Input, Output, Stats};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::mesh::MeshFrame;
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{Content, Draft, Hlc, MessageId, RoomName, Scope, UnixMillis, VerifiedEnvelope};
use tazcom_testkit::Clock;

pub(crate) const TODAY: UnixMillis = UnixMillis(1_790_000_000_000);

pub(crate) struct Victim {
    clock: Clock,
    pub(crate) passed: Duration,
    pub(crate) gossip: Gossip,
    /// What it wants done, waits left out, since a test last looked.
    pub(crate) out: Vec<Output>,
    wait: Option<Instant>,
}

pub(crate) fn key(n: u32) -> SecretKey {
    let mut seed = [0x77; 32];
    seed[..4].copy_from_slice(&n.to_be_bytes());
    SecretKey::from_seed(seed)
}

/// A message of author `n`, made so many ms from now.
pub(crate) fn made(n: u32, text: &str, from_now: i64) -> VerifiedEnvelope {
    let created = UnixMillis(TODAY.0.saturating_add_signed(from_now));
    draft(text, created).sign(&key(n)).unwrap()
}

pub(crate) fn draft(text: &str, created: UnixMillis) -> Draft {
    let content = Content::Text {
        text: text.into(),
        action: false,
    };
    let scope = Scope::Room(RoomName::lobby());
    Draft::new(scope, content, Hlc::default().tick(created), created)
}

pub(crate) fn message(n: u32, text: &str) -> VerifiedEnvelope {
    made(n, text, 0)
}

/// The same message under a signature that is none.
pub(crate) fn forged(envelope: &VerifiedEnvelope) -> Bytes {
    let mut bytes = envelope.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    bytes.into()
}

impl Victim {
    pub(crate) fn new(config: Config) -> Self {
        Self::holding(config, [])
    }

    pub(crate) fn holding(config: Config, held: impl IntoIterator<Item = Held>) -> Self {
        let clock = Clock::start();
        let now = clock.at(Duration::ZERO);
        let gossip = Gossip::new(config, key(0).node_id(), [5; 32], now, held);
        let mut victim = Self {
            clock,
            passed: Duration::ZERO,
            gossip,
            out: Vec::new(),
            wait: Some(now),
        };
        victim.tell(Input::Timeout);
        victim
    }

    pub(crate) fn tell(&mut self, input: Input) {
        let now = self.clock.at(self.passed);
        let wall = TODAY.after(self.passed);
        self.gossip.handle(now, wall, input);
        loop {
            match self.gossip.poll_output() {
                Output::Wait(until) => {
                    self.wait = until;
                    break;
                }
                output => self.out.push(output),
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.passed + time;
        while let Some(wait) = self.wait
            && self.clock.elapsed(wait) <= until
        {
            self.passed = self.passed.max(self.clock.elapsed(wait));
            self.tell(Input::Timeout);
        }
        self.passed = until;
    }

    /// A session with peer `n`, who is a neighbour then.
    pub(crate) fn neighbour(&mut self, n: u32) -> NodeId {
        let peer = self.session(n);
        self.sync(peer, &SyncFrame::Link { chosen: true });
        assert!(self.gossip.links().any(|link| link == peer));
        peer
    }

    pub(crate) fn session(&mut self, n: u32) -> NodeId {
        let peer = key(n).node_id();
        self.tell(Input::SessionUp { peer, network: 1 });
        peer
    }

    pub(crate) fn mesh(&mut self, peer: NodeId, frame: &MeshFrame) {
        self.bytes(peer, Channel::Gossip, frame.encode());
    }

    pub(crate) fn sync(&mut self, peer: NodeId, frame: &SyncFrame) {
        self.bytes(peer, Channel::Sync, frame.encode());
    }

    pub(crate) fn bytes(&mut self, peer: NodeId, channel: Channel, bytes: Vec<u8>) {
        let bytes = bytes.into();
        self.tell(Input::Frame {
            peer,
            channel,
            bytes,
        });
    }

    /// A peer pushes this.
    pub(crate) fn push(&mut self, peer: NodeId, envelope: &Bytes) {
        let envelope = envelope.clone();
        self.mesh(peer, &MeshFrame::Gossip { round: 1, envelope });
    }

    /// A peer offers these, and delivers when they are wanted.
    pub(crate) fn repair(&mut self, peer: NodeId, envelopes: &[Bytes], ids: &[MessageId]) {
        self.out.clear();
        self.sync(peer, &SyncFrame::Offer(ids.to_vec()));
        if let Some((number, _)) = self.wanted(peer) {
            let envelopes = envelopes.to_vec();
            self.sync(
                peer,
                &SyncFrame::Envelopes {
                    number,
                    last: true,
                    envelopes,
                },
            );
        }
    }

    /// What it wants of a peer.
    pub(crate) fn wanted(&self, peer: NodeId) -> Option<(u64, Vec<MessageId>)> {
        self.sent_sync(peer)
            .into_iter()
            .rev()
            .find_map(|frame| match frame {
                SyncFrame::Want { number, ids } => Some((number, ids)),
                _ => None,
            })
    }

    pub(crate) fn sent_sync(&self, to: NodeId) -> Vec<SyncFrame> {
        let sent = self.sent(to, Channel::Sync);
        sent.map(|bytes| SyncFrame::decode(bytes).unwrap().unwrap())
            .collect()
    }

    pub(crate) fn sent_mesh(&self, to: NodeId) -> Vec<MeshFrame> {
        let sent = self.sent(to, Channel::Gossip);
        sent.map(|bytes| MeshFrame::decode(bytes).unwrap().unwrap())
            .collect()
    }

    fn sent(&self, to: NodeId, on: Channel) -> impl Iterator<Item = &Bytes> {
        self.out.iter().filter_map(move |output| match output {
            Output::Send {
                peer,
                channel,
                bytes,
                ..
            } if *peer == to && *channel == on => Some(bytes),
            _ => None,
        })
    }

    pub(crate) fn delivered(&self) -> Vec<(MessageId, By)> {
        let delivered = self.out.iter().filter_map(|output| match output {
            Output::Deliver { envelope, by, .. } => Some((envelope.id(), *by)),
            _ => None,
        });
        delivered.collect()
    }

    pub(crate) fn closed(&self) -> Vec<(NodeId, CloseReason)> {
        let closed = self.out.iter().filter_map(|output| match output {
            Output::Close { peer, reason } => Some((*peer, *reason)),
            _ => None,
        });
        closed.collect()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.gossip.stats()
    }
}
