//! Partitions, power cuts, and peers that move.

use std::net::SocketAddr;
use std::time::Duration;

use tazcom_net::{DownReason, Event};
use tazcom_testkit::Seed;

use crate::lab::{Lab, Node, PORT, are_linked, calm, ip, is_down, is_up, pass, until};

async fn linked(lab: &Lab) -> (Node, Node) {
    let (mut ana, mut bob) = (lab.node(1), lab.node(2));
    ana.meet(&bob);
    bob.meet(&ana);
    pass(Duration::from_secs(10), &mut [&mut ana, &mut bob]).await;
    assert!(are_linked(&ana, &bob));
    ana.forget();
    bob.forget();
    (ana, bob)
}

#[tokio::test(start_paused = true)]
async fn a_short_partition_is_not_noticed() {
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, mut bob) = linked(&lab).await;
    let before = ana.session(bob.id).expect("they are linked").binding;
    lab.net.partition(ip(1), ip(2));
    pass(Duration::from_secs(25), &mut [&mut ana, &mut bob]).await;
    lab.net.heal(ip(1), ip(2));
    pass(Duration::from_secs(25), &mut [&mut ana, &mut bob]).await;
    assert_eq!(
        ana.session(bob.id).map(|session| session.binding),
        Some(before)
    );
    assert_eq!((ana.told.len(), bob.told.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn after_a_long_partition_they_find_each_other_again_by_themselves() {
    for seed in 0..20 {
        let lab = Lab::new(Seed(seed), calm());
        let (mut ana, mut bob) = linked(&lab).await;
        lab.net.partition(ip(1), ip(2));
        pass(Duration::from_secs(600), &mut [&mut ana, &mut bob]).await;
        for node in [&ana, &bob] {
            let silent = |event: &Event| matches!(event, Event::SessionDown { reason, .. } if reason.as_str() == "silent");
            assert_eq!(node.count(silent), 1, "seed {seed}: {:#?}", node.told);
        }
        lab.net.heal(ip(1), ip(2));
        until(
            "linked",
            Duration::from_secs(70),
            &mut [&mut ana, &mut bob],
            |nodes| are_linked(nodes[0], nodes[1]),
        )
        .await;
        pass(Duration::from_secs(10), &mut [&mut ana, &mut bob]).await;
        assert!(are_linked(&ana, &bob), "seed {seed}");
        assert_eq!((ana.count(is_up), bob.count(is_up)), (1, 1), "seed {seed}");
    }
}

/// The power of one host is cut and it comes back within seconds, while the other still believes
/// in the session there was.
#[tokio::test(start_paused = true)]
async fn a_peer_that_comes_back_after_a_power_cut_replaces_its_own_zombie_in_seconds() {
    for seed in 0..20 {
        for victim in [1, 2] {
            let lab = Lab::new(Seed(seed), calm());
            let (ana, bob) = linked(&lab).await;
            let (mut stays, gone) = match victim {
                1 => (bob, ana),
                _ => (ana, bob),
            };
            lab.net.crash(ip(victim));
            // Its tasks are gone with it; dropping the handle here only ends what is left of them.
            drop(gone);
            pass(Duration::from_secs(8), &mut [&mut stays]).await;
            assert!(stays.told.is_empty(), "it is too early to notice");
            let mut back = lab.node(victim);
            back.meet(&stays);
            until(
                "linked",
                Duration::from_secs(12),
                &mut [&mut stays, &mut back],
                |nodes| are_linked(nodes[0], nodes[1]),
            )
            .await;
            pass(Duration::from_secs(20), &mut [&mut stays, &mut back]).await;
            assert!(are_linked(&stays, &back), "seed {seed}, victim {victim}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_vanished_is_noticed_within_the_time_of_three_pings() {
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, bob) = linked(&lab).await;
    lab.net.crash(ip(2));
    drop(bob);
    let noticed = until("down", Duration::from_secs(46), &mut [&mut ana], |nodes| {
        nodes[0].count(is_down) == 1
    })
    .await;
    assert!(noticed > Duration::from_secs(25));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_moved_is_reached_where_it_is_now() {
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, bob) = linked(&lab).await;
    // The same peer has another address now, and the old connection leads nowhere.
    lab.net.crash(ip(2));
    drop(bob);
    let mut moved = lab.node_with(2, 9, tazcom_net::Config::lan());
    moved.meet(&ana);
    ana.meet(&moved);
    until(
        "linked",
        Duration::from_secs(8),
        &mut [&mut ana, &mut moved],
        |nodes| are_linked(nodes[0], nodes[1]),
    )
    .await;
    assert!(
        ana.session(moved.id)
            .is_some_and(|session| session.addr.ip() == ip(9))
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_that_answers_stays_wherever_its_peer_is_announced() {
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, mut bob) = linked(&lab).await;
    let elsewhere = SocketAddr::from((ip(77), PORT));
    ana.meet_at(bob.id, &[elsewhere]);
    pass(Duration::from_secs(30), &mut [&mut ana, &mut bob]).await;
    assert!(are_linked(&ana, &bob));
    assert_eq!((ana.count(is_down), bob.count(is_down)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_shuts_down_says_so_to_everybody_and_leaves_nothing() {
    let lab = Lab::new(Seed(1), calm());
    let mut nodes: Vec<Node> = (1..=6).map(|n| lab.node(n)).collect();
    for one in &nodes {
        for other in &nodes {
            if one.id != other.id {
                one.meet(other);
            }
        }
    }
    let mut all: Vec<&mut Node> = nodes.iter_mut().collect();
    pass(Duration::from_secs(10), &mut all).await;
    assert_eq!(lab.net.open_streams(), 2 * 15);
    let leaving = nodes.remove(0);
    let report = leaving.endpoint.shutdown().await;
    assert_eq!((report.drained, report.aborted), (5, 0));
    for node in &mut nodes {
        node.catch_up().await;
        let said = node.count(|event| {
            let by_peer = DownReason::ByPeer(tazcom_net::ByeCode::Shutdown);
            matches!(event, Event::SessionDown { id, reason, .. } if *id == leaving.id && *reason == by_peer)
        });
        assert_eq!(said, 1);
    }
    for node in nodes {
        node.endpoint.shutdown().await;
    }
    assert_eq!(lab.net.open_streams(), 0);
}
