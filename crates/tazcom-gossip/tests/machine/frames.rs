//! Frames that are none, too long, too many or not for us.

use std::time::Duration;

use proptest::prelude::*;
use tazcom_gossip::{Channel, CloseReason, Config};
use tazcom_proto::cbor;
use tazcom_proto::limits::{MAX_MESH_LEN, MAX_SYNC_LEN};
use tazcom_proto::mesh::MeshFrame;
use tazcom_proto::sync::SyncFrame;

use crate::victim::{Victim, key, message};

#[test]
fn whoever_sends_what_is_no_frame_loses_its_session_and_nobody_else_does() {
    for channel in [Channel::Gossip, Channel::Sync] {
        for bytes in [
            vec![],
            vec![0xff],
            vec![0x82, 2],
            vec![0x82, 0x18, 200, 0xf6],
        ] {
            let mut victim = Victim::new(Config::lan());
            let (liar, honest) = (victim.neighbour(1), victim.neighbour(2));
            victim.bytes(liar, channel, bytes);
            assert_eq!(victim.closed(), [(liar, CloseReason::Malformed)]);
            let envelope = message(9, "hello");
            victim.push(liar, envelope.bytes());
            assert!(
                victim.delivered().is_empty(),
                "what it says does not count any more"
            );
            victim.push(honest, envelope.bytes());
            assert_eq!(victim.delivered().len(), 1);
        }
    }
}

#[test]
fn an_odd_kind_is_skipped() {
    let mut odd = Vec::new();
    cbor::put_array(&mut odd, 2);
    cbor::put_uint(&mut odd, 201);
    cbor::put_text(&mut odd, "of a later version");
    for channel in [Channel::Gossip, Channel::Sync] {
        let mut victim = Victim::new(Config::lan());
        let peer = victim.neighbour(1);
        victim.bytes(peer, channel, odd.clone());
        assert_eq!(victim.closed(), []);
        assert_eq!(victim.stats().skipped, 1);
    }
}

#[test]
fn a_frame_beyond_the_limit_closes() {
    for (channel, most) in [
        (Channel::Gossip, MAX_MESH_LEN),
        (Channel::Sync, MAX_SYNC_LEN),
    ] {
        let mut victim = Victim::new(Config::lan());
        let peer = victim.neighbour(1);
        // As long as allowed and of an odd kind: skipped. One byte more: closed.
        let head = 2 + 2 + if most > 65_535 + 5 { 5 } else { 3 };
        let padded = |len: usize| {
            let mut frame = Vec::new();
            cbor::put_array(&mut frame, 2);
            cbor::put_uint(&mut frame, 201);
            cbor::put_bytes(&mut frame, &vec![0; len]);
            frame
        };
        let longest = (0..10).map(|less| padded(most - head + 2 - less));
        let longest = longest
            .into_iter()
            .find(|frame| frame.len() == most)
            .unwrap();
        victim.bytes(peer, channel, longest.clone());
        assert_eq!(victim.closed(), []);
        let too_long = padded(longest.len());
        victim.bytes(peer, channel, too_long);
        assert_eq!(victim.closed(), [(peer, CloseReason::Malformed)]);
    }
}

#[test]
fn frames_of_nobody_and_of_ourselves_are_nothing() {
    let mut victim = Victim::new(Config::lan());
    victim.session(0);
    let envelope = message(9, "hello");
    victim.push(key(0).node_id(), envelope.bytes());
    victim.push(key(1).node_id(), envelope.bytes());
    assert!(victim.delivered().is_empty());
}

#[test]
fn sessions_beyond_the_limit_are_not_looked_after() {
    let mut config = Config::lan();
    config.max_sessions = 3;
    let mut victim = Victim::new(config);
    for n in 1..=4 {
        victim.session(n);
    }
    assert!(!victim.sent_sync(key(3).node_id()).is_empty());
    assert!(victim.sent_sync(key(4).node_id()).is_empty());
}

#[test]
fn pings_of_a_status_are_limited() {
    let mut victim = Victim::new(Config::lan());
    let peer = victim.neighbour(1);
    let status = victim
        .sent_sync(peer)
        .into_iter()
        .find_map(|frame| match frame {
            SyncFrame::Status(status) => Some(status),
            _ => None,
        });
    let mut status = status.unwrap();
    status.answer = true;
    victim.out.clear();
    for _ in 0..10_000 {
        victim.sync(peer, &SyncFrame::Status(status));
    }
    assert!(victim.sent_sync(peer).len() <= 800);
}

fn frame() -> impl Strategy<Value = (Channel, Vec<u8>)> {
    let channel = prop_oneof![Just(Channel::Gossip), Just(Channel::Sync)];
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        // With a head that is one, to get further.
        (0_u8..26, prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(kind, rest)| {
            let mut bytes = vec![0x82];
            cbor::put_uint(&mut bytes, u64::from(kind));
            bytes.extend(rest);
            bytes
        }),
    ];
    (channel, bytes)
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(frames in prop::collection::vec(frame(), 1..20)) {
        let mut victim = Victim::new(Config::lan());
        for (n, (channel, bytes)) in (1..).zip(frames) {
            let peer = victim.neighbour(n);
            victim.bytes(peer, channel, bytes);
            victim.pass(Duration::from_millis(300));
        }
    }

    #[test]
    fn no_changed_frame_makes_it_panic(at in 0_usize..400, to: u8, which in 0_usize..3) {
        let mut victim = Victim::new(Config::lan());
        let peer = victim.neighbour(1);
        let envelope = message(9, "hello").bytes().clone();
        let ids = vec![message(9, "hello").id()];
        let (channel, mut bytes) = match which {
            0 => (Channel::Gossip, MeshFrame::Gossip { round: 3, envelope }.encode()),
            1 => (Channel::Sync, SyncFrame::Offer(ids).encode()),
            _ => (Channel::Sync, SyncFrame::Want { number: 1, ids }.encode()),
        };
        let len = bytes.len();
        bytes[at % len] = to;
        victim.bytes(peer, channel, bytes);
        victim.pass(Duration::from_secs(1));
        prop_assert!(victim.delivered().len() <= 1);
    }
}
