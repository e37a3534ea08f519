//! Two that hold different messages, whatever the difference: both hold all in the end, and no more
//! was sent than was missing.

use std::time::Duration;

use proptest::prelude::*;
use tazcom_gossip::{Config, Traced};
use tazcom_proto::{Content, Draft, Hlc, MessageId, RoomName, Scope, UnixMillis, VerifiedEnvelope};

use crate::world::{TODAY, World};

/// Message `n`, made within the last day.
fn message(n: u32) -> VerifiedEnvelope {
    let created = UnixMillis(TODAY - u64::from(n.wrapping_mul(2_654_435_761) % 86_400_000));
    let content = Content::Text {
        text: n.to_string().into(),
        action: false,
    };
    let scope = Scope::Room(RoomName::lobby());
    let draft = Draft::new(scope, content, Hlc::default().tick(created), created);
    let key = tazcom_identity::SecretKey::from_seed([(n % 7) as u8; 32]);
    draft.sign(&key).unwrap()
}

fn ids(of: &[VerifiedEnvelope]) -> Vec<MessageId> {
    of.iter().map(|one| one.id()).collect()
}

/// Lets two nodes that hold these meet; gives what was sent.
fn meet(one: &[VerifiedEnvelope], other: &[VerifiedEnvelope], most: Duration) -> (World, u64) {
    let mut world = World::new(1, Config::lan());
    for held in [one, other] {
        let at = world.add(&[0]);
        world.remember(at, held);
        world.start(at);
    }
    world.connect(0, 1);
    world.run_for(most);
    let sent = world.counts.data;
    (world, sent)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_two_hold_is_the_union_of_both(
        both in 0_u32..150,
        mine in 0_u32..80,
        theirs in 0_u32..80,
        from in any::<u16>(),
    ) {
        let all: Vec<_> = (0..both + mine + theirs).map(|n| message(u32::from(from) + n)).collect();
        let (common, rest) = all.split_at(both as usize);
        let (mine, theirs) = rest.split_at(mine as usize);
        let one = [common, mine].concat();
        let other = [common, theirs].concat();
        let (world, sent) = meet(&one, &other, Duration::from_secs(5));
        prop_assert_eq!(world.missing(&ids(&all)), 0);
        prop_assert_eq!(sent, rest.len() as u64);
        prop_assert_eq!(world.repeated(), 0);
    }
}

#[test]
fn a_difference_that_takes_several_frames_and_rounds_is_found_whole() {
    let all: Vec<_> = (0..6000).map(message).collect();
    // Every third on one side only, every third on the other.
    let side = |which: usize| {
        let its = all.iter().enumerate().filter(move |(n, _)| n % 3 != which);
        its.map(|(_, one)| one.clone()).collect::<Vec<_>>()
    };
    let (world, sent) = meet(&side(0), &side(1), Duration::from_secs(30));
    assert_eq!(world.missing(&ids(&all)), 0);
    assert_eq!(sent, 4000);
}

#[test]
fn equal_sets_cost_a_status_each_and_nothing_more() {
    let all: Vec<_> = (0..500).map(message).collect();
    let (world, sent) = meet(&all, &all, Duration::from_secs(5));
    assert_eq!(sent, 0);
    assert!(world.counts.bytes < 300, "{} bytes", world.counts.bytes);
    let runs = |at: usize| world.nodes[at].machine.as_ref().unwrap().stats().runs;
    assert_eq!(runs(0) + runs(1), 0);
}

#[test]
fn both_are_told_what_a_repair_brought() {
    let all: Vec<_> = (0..10).map(message).collect();
    let (world, _) = meet(&all[..7], &all[4..], Duration::from_secs(5));
    let [one, other] = [0, 1].map(|at| {
        let synced = world.nodes[at].synced.iter();
        let sums = synced.fold((0, 0), |sum, (_, got, gave)| (sum.0 + got, sum.1 + gave));
        (world.nodes[at].id, sums)
    });
    assert_eq!((one.1, other.1), ((3, 4), (4, 3)));
}

/// Five subnets in a row, one gateway on each border: messages cross all of it, once, and the path
/// can be traced.
#[test]
fn a_chain_of_five_subnets_carries_messages_and_shows_the_way() {
    let mut world = World::new(1, Config::lan());
    let ends = [0, 5];
    world.add(&[0]);
    for border in 0..4 {
        world.add(&[border, border + 1]);
    }
    world.add(&[4]);
    (0..6).for_each(|at| world.start(at));
    world.keep_sessions(8);
    world.run_for(Duration::from_secs(1));
    let said = [
        world.publish(0, "hello"),
        world.publish(5, "hello yourself"),
    ];
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.missing(&said), 0);
    assert_eq!(world.counts.live, 10);
    assert_eq!(world.counts.data, 10);
    assert_eq!(world.counts.max_hops, 5);
    let target = world.nodes[ends[1]].id;
    world.tell(0, tazcom_gossip::Input::TracePeer { token: 9, target });
    world.run_for(Duration::from_secs(1));
    let path: Vec<_> = world.nodes.iter().map(|node| node.id).collect();
    assert_eq!(world.nodes[0].traced, [(9, Traced::Reached(path))]);
}

#[test]
fn a_line_that_was_broken_in_the_middle_is_mended_end_to_end() {
    let mut world = World::new(1, Config::lan());
    for at in 0..12 {
        world.add(&[0]);
        world.start(at);
    }
    // A line: who is in the middle is the only way.
    for at in 0..11 {
        assert!(world.connect(at, at + 1));
    }
    world.run_for(Duration::from_secs(1));
    // The one in the middle has its power off and on again while others talk.
    world.kill(6, Duration::from_millis(500));
    let said: Vec<_> = (0..20).map(|n| world.publish(n % 6, "hello")).collect();
    world.run_for(Duration::from_secs(2));
    assert!(world.missing(&said) > 0);
    world.start(6);
    world.connect(5, 6);
    world.connect(6, 7);
    world.run_for(Duration::from_secs(2));
    assert_eq!(world.missing(&said), 0);
    assert_eq!(world.repeated(), 0);
}
