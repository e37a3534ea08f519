//! What waits, and what it comes to.

use std::net::SocketAddr;

use tazcom_identity::NodeId;

use super::{Inbox, MAX_WAITING};
use crate::dial::{Input, Sighting};

fn id(n: usize) -> NodeId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
    NodeId::from_bytes(bytes)
}

fn sighting(n: usize) -> Sighting {
    Sighting {
        id: id(n),
        addrs: Vec::new(),
        sessions: true,
    }
}

#[tokio::test]
async fn only_the_newest_sighting_of_a_peer_waits() {
    let inbox = Inbox::default();
    for _ in 0..10_000 {
        inbox.seen(sighting(1));
    }
    assert_eq!(inbox.take().await.into_inputs().count(), 1);
}

#[tokio::test]
async fn a_peer_that_went_and_came_back_did_both() {
    let inbox = Inbox::default();
    inbox.seen(sighting(1));
    inbox.gone(id(1));
    inbox.seen(sighting(1));
    let inputs: Vec<Input> = inbox.take().await.into_inputs().collect();
    assert!(
        matches!(inputs[..], [Input::Gone(_), Input::Seen(_)]),
        "{inputs:?}"
    );
}

#[tokio::test]
async fn a_peer_that_came_and_went_is_gone() {
    let inbox = Inbox::default();
    inbox.seen(sighting(1));
    inbox.gone(id(1));
    let inputs: Vec<Input> = inbox.take().await.into_inputs().collect();
    assert!(matches!(inputs[..], [Input::Gone(_)]), "{inputs:?}");
}

/// Discovery at its limit: one leaves, and one comes into its place.
#[tokio::test]
async fn whoever_left_makes_room_before_anybody_new_is_told_of() {
    let inbox = Inbox::default();
    for n in 0..500 {
        inbox.gone(id(n));
        inbox.seen(sighting(1000 + n));
    }
    // Back again: they left as well.
    for n in 0..250 {
        inbox.seen(sighting(n));
    }
    let inputs: Vec<Input> = inbox.take().await.into_inputs().collect();
    let (gone, seen) = inputs.split_at(500);
    assert!(gone.iter().all(|input| matches!(input, Input::Gone(_))));
    assert!(seen.iter().all(|input| matches!(input, Input::Seen(_))));
    assert_eq!(seen.len(), 750);
}

#[tokio::test]
async fn what_waits_is_bounded_and_what_is_not_taken_is_counted() {
    let inbox = Inbox::default();
    for n in 0..=MAX_WAITING {
        inbox.seen(sighting(n));
    }
    let ip = SocketAddr::from(([192, 0, 2, 1], 0)).ip();
    for port in 0..=MAX_WAITING {
        inbox.by_hand(SocketAddr::new(
            ip,
            u16::try_from(port).expect("ports are few"),
        ));
    }
    let waiting = inbox.take().await;
    assert_eq!(waiting.refused, 2);
    assert_eq!(waiting.into_inputs().count(), 2 * MAX_WAITING);
}
