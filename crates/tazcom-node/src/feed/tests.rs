//! Slow, late and orphaned subscribers.

use tazcom_discovery::LostReason;
use tazcom_identity::NodeId;

use super::*;

fn peer(seed: u8) -> Peer {
    Peer {
        id: NodeId::from_bytes([seed; 32]),
        port: 4000,
        version: "2.0".to_owned(),
        sessions: true,
        addrs: Vec::new(),
    }
}

fn appear(publisher: &Publisher, seed: u8) {
    publisher.publish(|view| view.present(peer(seed)));
}

fn leave(publisher: &Publisher, seed: u8) {
    publisher.publish(|view| view.gone(NodeId::from_bytes([seed; 32]), LostReason::Goodbye));
}

async fn rest(events: &mut Events) -> Vec<Event> {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        all.push(event);
    }
    all
}

#[tokio::test]
async fn a_late_subscriber_is_told_of_everybody_who_is_there() {
    let publisher = Publisher::new(8);
    appear(&publisher, 1);
    appear(&publisher, 2);
    leave(&publisher, 1);
    let mut events = publisher.feed().subscribe();
    drop(publisher);
    assert_eq!(rest(&mut events).await, [Event::PeerDiscovered(peer(2))]);
}

#[tokio::test]
async fn a_slow_subscriber_is_told_what_it_missed_and_led_to_the_present_view() {
    let publisher = Publisher::new(2);
    appear(&publisher, 1);
    appear(&publisher, 2);
    let mut events = publisher.feed().subscribe();
    assert_eq!(events.next().await, Some(Event::PeerDiscovered(peer(1))));
    assert_eq!(events.next().await, Some(Event::PeerDiscovered(peer(2))));

    leave(&publisher, 1);
    appear(&publisher, 3);
    leave(&publisher, 3);
    appear(&publisher, 4);

    assert_eq!(events.next().await, Some(Event::Resync { missed: 4 }));
    drop(publisher);
    assert_eq!(
        rest(&mut events).await,
        [
            Event::PeerRemoved {
                id: NodeId::from_bytes([1; 32]),
                reason: LostReason::Expired
            },
            Event::PeerDiscovered(peer(4)),
        ]
    );
}

#[tokio::test]
async fn after_catching_up_events_follow_as_before() {
    let publisher = Publisher::new(2);
    let mut events = publisher.feed().subscribe();
    for seed in 1..=3 {
        appear(&publisher, seed);
    }
    assert_eq!(events.next().await, Some(Event::Resync { missed: 3 }));
    leave(&publisher, 2);
    drop(publisher);
    let rest = rest(&mut events).await;
    assert_eq!(
        rest.last(),
        Some(&Event::PeerRemoved {
            id: NodeId::from_bytes([2; 32]),
            reason: LostReason::Goodbye
        })
    );
    assert_eq!(rest.len(), 4);
}

#[tokio::test]
async fn a_subscriber_that_lags_behind_the_end_gets_what_is_left() {
    let publisher = Publisher::new(2);
    let mut events = publisher.feed().subscribe();
    for seed in 1..=3 {
        appear(&publisher, seed);
    }
    drop(publisher);
    assert_eq!(
        rest(&mut events).await,
        [
            Event::Resync { missed: 1 },
            Event::PeerDiscovered(peer(2)),
            Event::PeerDiscovered(peer(3)),
        ]
    );
}

#[tokio::test]
async fn a_subscription_after_the_end_ends_at_once() {
    let publisher = Publisher::new(2);
    let feed = publisher.feed();
    drop(publisher);
    assert_eq!(feed.subscribe().next().await, None);
}
