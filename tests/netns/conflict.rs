//! One identity on two machines.

use std::fs;

use tazcom_tests::{Lan, NodeCommand, SOON};
use tempfile::TempDir;

use crate::namespaces;

#[test]
fn one_identity_on_two_machines_is_told_on_both() {
    if !namespaces() {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let (original, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut anna = NodeCommand::new("anna")
        .data_dir(original.path())
        .spawn(&left);
    let key = |directory: &TempDir| directory.path().join("node.key");
    // Keeps the mode, as `cp -r` of a home directory would.
    fs::copy(key(&original), key(&copy)).unwrap();
    let mut clone = NodeCommand::new("clone")
        .data_dir(copy.path())
        .spawn(&right);
    assert_eq!(anna.id(), clone.id());
    anna.warns("identity_conflict", SOON);
    clone.warns("identity_conflict", SOON);

    let own = anna.id().to_owned();
    for node in [&mut anna, &mut clone] {
        let as_a_peer = node.count(|event| event.is_about("peer_discovered", &own));
        assert_eq!(as_a_peer, 0, "{}", node.account());
    }
}
