//! The mirror against the engine, and the holes of the bare engine that the gate is there to close.
//!
//! Numbered as they were found; each is shown here on the engine alone, and closed in `tests/machine`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tazcom_identity::SecretKey;
use tazcom_proto::{Content, Draft, Hlc, RoomName, Scope as Belongs, UnixMillis};
use tazcom_testkit::Clock;

use super::mirror::{DeliveryScope, into_engine_raw};
use super::*;

const A: Slot = Slot(1);
const B: Slot = Slot(2);
const C: Slot = Slot(3);

fn tree() -> (Instant, Tree) {
    let now = Clock::start().at(Duration::ZERO);
    (now, Tree::new(&Config::lan(), [7; 32], now))
}

fn envelope(text: &str) -> VerifiedEnvelope {
    let now = UnixMillis(1_790_000_000_000);
    let content = Content::Text {
        text: text.into(),
        action: false,
    };
    let scope = Belongs::Room(RoomName::lobby());
    let draft = Draft::new(scope, content, Hlc::default().tick(now), now);
    draft.sign(&SecretKey::from_seed([1; 32])).unwrap()
}

/// How much the engine holds, by the length of what it says of itself.
fn size(tree: &Tree) -> usize {
    format!("{:?}", tree.engine).len()
}

/// Puts a frame into the engine as it would come from a wire that is the engine's own.
fn raw(tree: &mut Tree, now: Instant, from: Slot, layer_and_frame: &[u8]) -> Vec<OutEvent<Slot>> {
    let bytes = [&TOPIC[..], layer_and_frame].concat();
    let message = into_engine_raw(&bytes).expect("the engine reads its own layout");
    let event = InEvent::RecvMessage(from, message);
    tree.engine.handle(event, now.into(), None).collect()
}

/// What the engine sends, by recipient.
fn mirrored(events: &[OutEvent<Slot>]) -> Vec<(Slot, String)> {
    let sent = events.iter().filter_map(|event| match event {
        OutEvent::SendMessage(to, message) => Some((*to, message)),
        _ => None,
    });
    sent.map(|(to, message)| {
        let shown = mirror::read(message, |frame| Some(format!("{frame:?}")));
        (to, shown.expect("the mirror knows every frame"))
    })
    .collect()
}

#[test]
fn every_frame_of_the_engine_is_read_as_it_was_meant() {
    let (now, mut tree) = tree();
    let (one, other) = (envelope("one"), envelope("other"));
    tree.up(now, A);
    tree.up(now, B);
    let id = *one.id().as_bytes();
    // A message of ours: pushed to both.
    let command = Command::Broadcast(Bytes::copy_from_slice(one.signed()), Scope::Swarm);
    let events: Vec<_> = tree
        .engine
        .handle(InEvent::Command(tree.topic, command), now.into(), None)
        .collect();
    let gossip = Mirrored::Plumtree(PlumtreeFrame::Gossip {
        id,
        content: one.signed(),
        scope: DeliveryScope::Swarm(0),
    });
    let gossip = format!("{gossip:?}");
    assert_eq!(mirrored(&events), [(A, gossip.clone()), (B, gossip)]);
    // A second copy: pruned.
    let copy = PlumtreeFrame::gossip(id, one.signed(), 0);
    let message = mirror::plumtree(TOPIC, &copy).unwrap();
    let events: Vec<_> = tree
        .engine
        .handle(InEvent::RecvMessage(A, message), now.into(), None)
        .collect();
    assert_eq!(mirrored(&events), [(A, "Plumtree(Prune)".to_owned())]);
    // From here on through the adapter, which keeps the timers as well.
    let (now, mut tree) = self::tree();
    tree.up(now, A);
    tree.up(now, B);
    tree.broadcast(now, &one);
    tree.duplicate(now, A, &one.id(), one.bytes());
    let gossip = MeshFrame::Gossip {
        round: 0,
        envelope: one.bytes().clone(),
    };
    let expected = [(A, gossip.clone()), (B, gossip), (A, MeshFrame::Prune)];
    assert_eq!(tree.take_sent(), expected);
    // The next one is announced to who was pruned.
    tree.broadcast(now, &other);
    assert_eq!(tree.take_sent().len(), 1);
    let later = now + Duration::from_millis(5);
    tree.timeout(later);
    let announced = IHave {
        id: other.id(),
        round: 0,
    };
    assert_eq!(tree.take_sent(), [(A, MeshFrame::IHave(vec![announced]))]);
    // What is announced and does not come is asked for.
    let missing = IHave {
        id: MessageId::of(b"missing"),
        round: 3,
    };
    tree.ihave(later, A, &[missing]);
    let later = later + Duration::from_millis(250);
    tree.timeout(later);
    let graft = MeshFrame::Graft {
        id: Some(missing.id),
        round: 3,
    };
    assert_eq!(tree.take_sent(), [(A, graft)]);
    // Who asks gets it, with its signature.
    tree.graft(later, B, Some(other.id()), 0);
    let gossip = MeshFrame::Gossip {
        round: 0,
        envelope: other.bytes().clone(),
    };
    assert_eq!(tree.take_sent(), [(B, gossip)]);
}

#[test]
fn a_neighbour_is_put_in_and_no_frame_of_the_membership_comes_out() {
    let (now, mut tree) = tree();
    tree.up(now, A);
    assert!(tree.take_sent().is_empty());
    tree.broadcast(now, &envelope("hello"));
    assert_eq!(tree.take_sent().len(), 1);
    tree.down(now, A);
    assert!(tree.take_sent().is_empty());
    tree.broadcast(now, &envelope("hello again"));
    assert!(tree.take_sent().is_empty());
}

#[test]
fn hole_1_a_round_of_65535_panics_the_bare_engine_and_not_ours() {
    let (now, mut tree) = tree();
    tree.up(now, A);
    tree.up(now, B);
    let one = envelope("one");
    tree.gossip(now, A, u16::MAX, &one);
    let rounds: Vec<_> = tree.take_sent();
    assert!(matches!(
        rounds[..],
        [(B, MeshFrame::Gossip { round: 64, .. })]
    ));
    let two = envelope("two");
    let frame = PlumtreeFrame::gossip(*two.id().as_bytes(), two.signed(), u16::MAX);
    let bare = catch_unwind(AssertUnwindSafe(|| tree.receive(now, A, &frame)));
    assert!(
        bare.is_err(),
        "the engine has been mended; see whether the clamp is still needed"
    );
}

#[test]
fn hole_2_invented_announcements_stay_in_the_bare_engine_until_they_are_purged() {
    let (now, mut tree) = tree();
    tree.up(now, A);
    let empty = size(&tree);
    let list = (0..20_000_u32).map(|n| IHave {
        id: MessageId::of(&n.to_be_bytes()),
        round: 0,
    });
    tree.ihave(now, A, &list.collect::<Vec<_>>());
    let mut later = now;
    for _ in 0..20 {
        later += Duration::from_millis(250);
        tree.timeout(later);
    }
    assert!(size(&tree) > 1_000_000, "nothing is forgotten by itself");
    tree.purge(later);
    assert!(size(&tree) < empty + 1000);
    assert!(tree.sizes().0 < 3, "nor are there timers");
}

#[test]
fn hole_3_a_shuffle_is_passed_on_65535_times_by_the_bare_engine() {
    let (now, mut tree) = tree();
    [A, B, C].into_iter().for_each(|slot| tree.up(now, slot));
    // Membership, Shuffle, of 9, without nodes, to live 65,535 hops.
    let events = raw(&mut tree, now, A, &[0, 2, 9, 0, 0xff, 0xff, 3]);
    let passed_on = mirrored(&events);
    assert_eq!(passed_on.len(), 1);
    assert_eq!(passed_on[0].1, "Membership(2)");
    // Ours lets none out, and the wire has no word for one.
    tree.take_sent();
    let message = into_engine_raw(&[&TOPIC[..], &[0, 2, 9, 0, 0xff, 0xff, 3]].concat()).unwrap();
    tree.handle(now, InEvent::RecvMessage(A, message));
    assert!(tree.take_sent().is_empty());
}

#[test]
fn hole_4_a_shuffle_reply_nobody_asked_for_fills_the_bare_engine() {
    let (now, mut tree) = tree();
    tree.up(now, A);
    let empty = size(&tree);
    let nodes = 10_000_u16;
    // Membership, ShuffleReply, so many nodes.
    let mut reply = vec![0, 3, 0x90, 0x4e];
    for node in 0..nodes {
        // The number of each, and data of one byte.
        reply.extend([
            (node & 0x7f) as u8 | 0x80,
            (node >> 7 & 0x7f) as u8 | 0x80,
            1,
            1,
            1,
            9,
        ]);
    }
    raw(&mut tree, now, A, &reply);
    assert!(size(&tree) > empty + 100_000);
}

#[test]
fn hole_5_whoever_asks_urgently_pushes_others_out_of_the_bare_engine() {
    let now = Clock::start().at(Duration::ZERO);
    let mut tree = Tree::new(&Config::lan(), [7; 32], now);
    let rng = ChaCha8Rng::from_seed([7; 32]);
    tree.engine = State::new(ME, PeerData::default(), EngineConfig::default(), rng);
    let join = InEvent::Command(tree.topic, Command::Join(Vec::new()));
    tree.engine.handle(join, now.into(), None).for_each(drop);
    (1..=5).for_each(|honest| tree.up(now, Slot(honest)));
    let mut pushed_out = 0;
    for hostile in 100..105 {
        // Membership, Neighbor, High, no data.
        let events = raw(&mut tree, now, Slot(hostile), &[0, 4, 0, 0]);
        let gone = events
            .iter()
            .filter(|event| matches!(event, OutEvent::EmitEvent(_, topic::Event::NeighborDown(_))));
        pushed_out += gone.count();
    }
    assert_eq!(pushed_out, 5);
    // Ours has a view that is never full.
    let (now, mut ours) = self::tree();
    (1..1000).for_each(|slot| ours.up(now, Slot(slot)));
    ours.broadcast(now, &envelope("hello"));
    assert_eq!(ours.take_sent().len(), 999);
}

#[test]
fn hole_7_the_bare_engine_pushes_to_whoever_grafts() {
    let (now, mut tree) = tree();
    tree.graft(now, C, None, 0);
    tree.broadcast(now, &envelope("hello"));
    let sent = tree.take_sent();
    assert!(matches!(sent[..], [(C, MeshFrame::Gossip { .. })]));
}

#[test]
fn hole_8_the_bare_engine_takes_an_old_message_for_new() {
    let (now, mut tree) = tree();
    tree.up(now, A);
    tree.up(now, B);
    let one = envelope("one");
    tree.gossip(now, A, 0, &one);
    assert_eq!(tree.take_sent().len(), 1);
    let mut later = now;
    for _ in 0..130 {
        later += Duration::from_secs(5);
        tree.timeout(later);
    }
    tree.gossip(later, A, 0, &one);
    let sent = tree.take_sent();
    assert!(matches!(sent[..], [(B, MeshFrame::Gossip { .. })]));
}

#[test]
fn hole_9_each_duplicate_is_answered_by_the_bare_engine() {
    let (now, mut tree) = tree();
    tree.up(now, A);
    let one = envelope("one");
    tree.gossip(now, A, 0, &one);
    tree.take_sent();
    (0..1000).for_each(|_| tree.duplicate(now, A, &one.id(), one.bytes()));
    assert_eq!(tree.take_sent().len(), 1000);
}

#[test]
fn envelopes_are_kept_as_long_as_the_engine_may_send_them_and_no_longer() {
    let (now, mut tree) = tree();
    tree.up(now, A);
    tree.broadcast(now, &envelope("one"));
    let mut later = now;
    for _ in 0..60 {
        tree.graft(later, A, Some(envelope("one").id()), 0);
        assert!(!tree.take_sent().is_empty());
        later += Duration::from_secs(1);
        tree.timeout(later);
        tree.purge(later);
    }
    later += Duration::from_secs(15);
    tree.timeout(later);
    tree.purge(later);
    assert_eq!(tree.sizes().1, 0);
}

#[test]
fn no_more_bytes_of_envelopes_are_kept_than_allowed() {
    let now = Clock::start().at(Duration::ZERO);
    let mut config = Config::lan();
    let len = envelope("1000").bytes().len();
    config.tree.max_kept_bytes = 10 * len;
    let mut tree = Tree::new(&config, [7; 32], now);
    for n in 1000..1100 {
        tree.broadcast(now, &envelope(&n.to_string()));
    }
    assert_eq!(tree.sizes().2, 10 * len);
}
