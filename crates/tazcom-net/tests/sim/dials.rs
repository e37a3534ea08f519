//! Dials from both sides at once: one session stays.

use std::time::Duration;

use rand_core::Rng;
use tazcom_net::{Config, Event};
use tazcom_testkit::{Seed, StreamConditions};

use crate::lab::{Lab, are_linked, calm, is_down, is_up, pass, until};

const SEEDS: u64 = 1000;

/// Nobody waits for the other to dial.
fn eager() -> Config {
    let mut config = Config::lan();
    config.dial.patience = Duration::ZERO;
    config.dial.patience_spread = Duration::ZERO;
    config
}

/// Connections in the network's terms: two ends each.
fn connections(lab: &Lab) -> usize {
    lab.net.open_streams() / 2
}

async fn dial_from_both_sides(seed: Seed) {
    let mut rng = seed.rng(1);
    let mut draw = |most: u64| Duration::from_millis(rng.next_u64() % most);
    let (latency, head_start) = (draw(150), draw(300));
    let loss = f64::from(rng.next_u32() % 20) / 100.0;
    let conditions = StreamConditions {
        latency: Duration::from_millis(1)..=latency + Duration::from_millis(1),
        loss,
    };
    let lab = Lab::new(seed, conditions);
    let (mut ana, mut bob) = (lab.node_with(1, 1, eager()), lab.node_with(2, 2, eager()));
    let begun = tokio::time::Instant::now();
    match rng.next_u32() % 3 {
        0 => {
            ana.meet(&bob);
            bob.meet(&ana);
        }
        1 => {
            ana.meet(&bob);
            pass(head_start, &mut [&mut ana, &mut bob]).await;
            bob.meet(&ana);
        }
        _ => {
            bob.meet(&ana);
            pass(head_start, &mut [&mut ana, &mut bob]).await;
            ana.endpoint.greet(bob.addr);
        }
    }
    pass(Duration::from_secs(5), &mut [&mut ana, &mut bob]).await;
    let told = |node: &crate::lab::Node| -> Vec<String> {
        let events = node.told.iter();
        events
            .map(|(at, event)| format!("{:?} {event:?}", *at - begun))
            .collect()
    };
    let context = format!(
        "{seed}: latency {latency:?}, loss {loss}: {:#?} {:#?}",
        told(&ana),
        told(&bob)
    );
    assert!(are_linked(&ana, &bob), "{context}");
    assert_eq!(connections(&lab), 1, "{context}");
    for node in [&ana, &bob] {
        let seen = [
            node.count(is_up),
            node.count(|event| matches!(event, Event::HelloSent { .. })),
            node.count(|event| matches!(event, Event::AckReceived { verified: true, .. })),
            node.count(|event| matches!(event, Event::HelloReceived { verified: true, .. })),
            node.told.len(),
        ];
        assert_eq!(seen, [1, 1, 1, 1, 4], "{context}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_that_dial_each_other_at_once_one_session_is_left_within_five_seconds() {
    match std::env::var("TAZCOM_SEED") {
        Ok(_) => dial_from_both_sides(Seed::from_env_or(0)).await,
        Err(_) => {
            for seed in 0..SEEDS {
                dial_from_both_sides(Seed(seed)).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_smaller_id_dials_and_the_other_waits_for_it() {
    for seed in 0..50 {
        let lab = Lab::new(Seed(seed), calm());
        let (mut ana, mut bob) = (lab.node(1), lab.node(2));
        bob.meet(&ana);
        pass(Duration::from_millis(1400), &mut [&mut ana, &mut bob]).await;
        assert_eq!(connections(&lab), 0, "{seed}: it did not wait");
        let waited = until(
            "linked",
            Duration::from_secs(2),
            &mut [&mut ana, &mut bob],
            |nodes| are_linked(nodes[0], nodes[1]),
        )
        .await;
        assert!(waited <= Duration::from_millis(1200), "{seed}");

        let (mut cleo, mut dan) = (lab.node(3), lab.node(4));
        cleo.meet(&dan);
        until(
            "linked",
            Duration::from_millis(100),
            &mut [&mut cleo, &mut dan],
            |nodes| are_linked(nodes[0], nodes[1]),
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_given_by_hand_that_leads_to_a_known_peer_changes_nothing() {
    for (dialler, other) in [(1, 2), (2, 1)] {
        let lab = Lab::new(Seed(1), calm());
        let (mut ana, mut bob) = (lab.node(dialler), lab.node(other));
        ana.meet(&bob);
        bob.meet(&ana);
        pass(Duration::from_secs(10), &mut [&mut ana, &mut bob]).await;
        let before = ana.session(bob.id).expect("they are linked").binding;
        ana.endpoint.greet(bob.addr);
        pass(Duration::from_secs(30), &mut [&mut ana, &mut bob]).await;
        assert_eq!(
            ana.session(bob.id).map(|session| session.binding),
            Some(before)
        );
        assert_eq!((ana.count(is_down), bob.count(is_down)), (0, 0));
        assert_eq!(connections(&lab), 1);
    }
}
