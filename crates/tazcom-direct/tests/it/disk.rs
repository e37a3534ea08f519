//! What is on the disk, and what somebody can do who has all of it.

use tazcom_direct::{Config, Direct, Input, RestoreError};
use tazcom_identity::NodeId;
use tazcom_proto::VerifiedEnvelope;
use tazcom_proto::cbor::Reader;
use tazcom_proto::direct::DirectFrame;
use vodozemac::olm::{Account, AccountPickle, OlmMessage, Session, SessionConfig, SessionPickle};
use zeroize::Zeroizing;

use crate::stage::{DAY, Disk, Node, acquainted, established, olm, talk};

/// Two who have met, and talk in a ratchet that began with a key for one use.
fn met() -> (Node, Node) {
    let (mut ana, mut ben) = acquainted();
    let ids = [ana.id(), ben.id()];
    ana.handle(Input::SessionUp(ids[1]));
    ben.handle(Input::SessionUp(ids[0]));
    let frames = std::mem::take(&mut ana.frames);
    hand(ids[0], &mut ben, frames);
    let frames = std::mem::take(&mut ben.frames);
    hand(ids[1], &mut ana, frames);
    talk(&mut ana, &mut ben);
    (ana, ben)
}

fn hand(from: NodeId, to: &mut Node, frames: Vec<(NodeId, DirectFrame)>) {
    for (_, frame) in frames {
        if let DirectFrame::OneTimeKey { identity, key } = frame {
            to.handle(Input::OneTimeKey {
                from,
                identity,
                key,
            });
        }
    }
}

/// Whether these rows open a message, with this crate or with bare ratchets.
fn opens(node: &Node, disk: &Disk, envelope: &VerifiedEnvelope) -> bool {
    let restored = Direct::restore(node.id(), Config::lan(), [200; 32], disk.clone());
    let mut direct = restored.expect("its own rows");
    direct.handle(node.now, Input::Sealed(envelope.clone()));
    let outputs = std::iter::from_fn(|| direct.poll_output());
    let mut outputs: Vec<_> = outputs.collect();
    outputs.retain(|output| matches!(output, tazcom_direct::Output::Opened(_)));
    !outputs.is_empty() || opens_bare(disk, &olm(envelope))
}

/// What stands first in a row: a ratchet, or the own keys.
fn pickle<T: serde::de::DeserializeOwned>(row: &[u8]) -> T {
    let mut reader = Reader::new(row);
    reader.array().expect("fields");
    serde_json::from_slice(reader.bytes().expect("keys")).expect("a pickle")
}

fn opens_bare(disk: &Disk, message: &OlmMessage) -> bool {
    let ratchets = disk
        .iter()
        .filter(|(key, _)| key.starts_with(b"direct/ratchet/"));
    let by_a_ratchet = ratchets.into_iter().any(|(_, row)| {
        let mut session = Session::from_pickle(pickle::<SessionPickle>(row));
        session.decrypt(message).is_ok()
    });
    let OlmMessage::PreKey(first) = message else {
        return by_a_ratchet;
    };
    let mut account = Account::from_pickle(pickle::<AccountPickle>(&disk[&b"direct/keys"[..]]));
    let config = SessionConfig::version_1();
    let begun = account.create_inbound_session(config, first.identity_key(), first);
    by_a_ratchet || begun.is_ok()
}

#[test]
fn todays_whole_disk_state_cannot_open_yesterdays_captured_messages() {
    let (mut ana, mut ben) = met();
    let mut captured = Vec::new();
    for n in 0..10 {
        let (from, to) = match n % 2 {
            0 => (&mut ana, &mut ben),
            _ => (&mut ben, &mut ana),
        };
        from.say(to.id(), "yesterday");
        captured.extend(from.sealed.clone());
        // Before it is opened, the disk does open it: the question means something.
        assert!(opens(to, &to.disk, &from.sealed[0]));
        talk(&mut ana, &mut ben);
    }
    for node in [&mut ana, &mut ben] {
        node.pass(DAY);
    }
    ana.say(ben.id(), "today");
    talk(&mut ana, &mut ben);
    for envelope in &captured {
        for node in [&ana, &ben] {
            assert!(!opens(node, &node.disk, envelope));
        }
    }
}

#[test]
fn what_began_with_a_fallback_key_is_closed_for_good_two_weeks_later() {
    let (mut ana, mut ben) = acquainted();
    ana.say(ben.id(), "we have not met");
    let captured = ana.sealed.clone();
    talk(&mut ana, &mut ben);
    assert!(
        opens_bare(&ben.disk, &olm(&captured[0])),
        "the key is still there"
    );
    ben.pass(14 * DAY);
    assert!(!opens_bare(&ben.disk, &olm(&captured[0])));
}

#[test]
fn a_machine_made_again_has_nothing_to_write() {
    let (mut ana, mut ben) = established();
    ana.say(ben.id(), "on its way");
    ben.say(ana.id(), "and back");
    ana.hear(&ben.take());
    let rows = ana.disk.clone();
    ana.restart();
    assert!(ana.direct.take_rows().is_empty());
    assert!(ana.disk == rows);
}

#[test]
fn rows_of_a_step_are_only_what_it_changed() {
    let (mut ana, ben) = established();
    ana.direct
        .handle(ana.now, ana.words(ben.id(), crate::stage::id(1), "hello"));
    let rows = ana.direct.take_rows();
    let starts = [&b"direct/ratchet/"[..], b"direct/outbox/"];
    assert_eq!(rows.len(), starts.len());
    for (row, start) in rows.iter().zip(starts) {
        assert!(row.key.starts_with(start));
    }
    assert!(ana.direct.take_rows().is_empty());
}

#[test]
fn rows_that_no_machine_gave_are_refused() {
    let (ana, _) = established();
    let restore = |disk: Disk| Direct::restore(ana.id(), Config::lan(), [9; 32], disk);
    let changed = |change: &dyn Fn(&mut Disk)| {
        let mut disk = ana.disk.clone();
        change(&mut disk);
        restore(disk)
    };
    assert!(changed(&|_| {}).is_ok());
    let unknown = changed(&|disk| {
        disk.insert(b"direct/what".to_vec(), Zeroizing::new(Vec::new()));
    });
    assert!(matches!(unknown, Err(RestoreError::UnknownRow)));
    let no_keys = changed(&|disk| {
        disk.remove(&b"direct/keys"[..]);
    });
    assert!(matches!(no_keys, Err(RestoreError::NoKeys)));
    let orphan = changed(&|disk| disk.retain(|key, _| !key.starts_with(b"direct/peer/")));
    assert!(matches!(orphan, Err(RestoreError::Orphan)));
    for key in ana.disk.keys() {
        let cut = changed(&|disk| {
            if let Some(row) = disk.get_mut(key) {
                row.pop();
            }
        });
        assert!(cut.is_err(), "{:?}", String::from_utf8_lossy(key));
    }
}
