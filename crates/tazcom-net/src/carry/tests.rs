//! What waits for a peer: in which order it goes, and how much of it there may be.

use bytes::Bytes;
use tazcom_session::PayloadKind;

use super::{Mailbox, Outgoing};
use crate::config::Config;

const COST: usize = 64;

fn outgoing() -> Outgoing {
    Outgoing::new(Config::lan().outgoing)
}

fn push(outgoing: &Outgoing, kind: PayloadKind, len: usize) -> bool {
    outgoing.push(kind, Bytes::from(vec![0; len])).is_ok()
}

fn kinds(outgoing: &Outgoing) -> Vec<PayloadKind> {
    std::iter::from_fn(|| outgoing.pop().map(|(kind, _)| kind)).collect()
}

#[test]
fn what_is_for_the_peer_alone_goes_first_and_files_are_not_starved() {
    use PayloadKind::{Direct, File, Gossip, Sync};

    let outgoing = outgoing();
    for kind in [File, Sync, Gossip, Direct] {
        for _ in 0..3 {
            assert!(push(&outgoing, kind, 10));
        }
    }
    let expected = [
        Direct, Direct, Direct, Gossip, File, Gossip, Gossip, Sync, Sync, File, Sync, File,
    ];
    assert_eq!(kinds(&outgoing), expected);
}

#[test]
fn each_class_has_its_own_bound_and_empty_payloads_count_too() {
    let limits = Config::lan().outgoing;
    for (kind, limit) in [
        (PayloadKind::Direct, limits.direct),
        (PayloadKind::Gossip, limits.gossip),
        (PayloadKind::Sync, limits.sync),
        (PayloadKind::File, limits.file),
    ] {
        let outgoing = outgoing();
        for _ in 0..limit.get() / COST {
            assert!(push(&outgoing, kind, 0), "{kind:?}");
        }
        assert!(!push(&outgoing, kind, 0), "{kind:?}");
        for other in [PayloadKind::Direct, PayloadKind::Gossip, PayloadKind::File] {
            assert_eq!(push(&outgoing, other, 0), other != kind);
        }
        while outgoing.pop().is_some() {}
        assert!(push(&outgoing, kind, 0));
    }
}

#[test]
fn the_largest_payload_fits_into_each_class() {
    for kind in [
        PayloadKind::Direct,
        PayloadKind::Gossip,
        PayloadKind::Sync,
        PayloadKind::File,
    ] {
        assert!(push(&outgoing(), kind, 65_536));
    }
}

#[test]
fn sixty_four_pings_wait_and_no_more() {
    let mailbox = Mailbox::default();
    let waiting: Vec<_> = (0..64).map(|_| mailbox.ping()).collect();
    assert!(waiting.iter().all(Option::is_some));
    assert!(mailbox.ping().is_none());
    mailbox.abandon();
    for mut answer in waiting.into_iter().flatten() {
        assert!(answer.try_recv().is_err());
    }
    assert!(mailbox.ping().is_some());
}
