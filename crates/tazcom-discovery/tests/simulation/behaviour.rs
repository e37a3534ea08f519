//! What a node does when peers come, go and change.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tazcom_discovery::engine::Input;
use tazcom_discovery::{Event, LostReason};
use tazcom_testkit::{LinkConfig, fixed_id};

use crate::world::{World, ip, lan_of};

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Two nodes that have known each other for `settled`.
fn pair(settled: Duration) -> World {
    let (mut world, _) = lan_of(2, 1, LinkConfig::default());
    world.run_until(settled);
    assert_eq!((world.at(0).peer_count(), world.at(1).peer_count()), (1, 1));
    world
}

#[test]
fn a_newcomer_is_seen_at_once_and_sees_within_200_ms() {
    let (mut world, segment) = lan_of(1, 1, LinkConfig::default());
    world.run_until(secs(60));
    let b = world.node();
    world.plug(b, 1, segment, ip(b));
    world.run_until(Duration::from_millis(60_005));
    assert_eq!(world.at(0).peer_count(), 1, "seen within 5 ms");
    world.run_until(Duration::from_millis(60_200));
    assert_eq!(world.at(b).peer_count(), 1, "sees within 200 ms");
}

#[test]
fn a_goodbye_is_one_lost_after_a_second() {
    let mut world = pair(secs(60));
    world.shutdown(1);
    world.run_until(Duration::from_millis(60_500));
    assert_eq!(
        world.at(0).peer_count(),
        1,
        "it may come back within a second"
    );
    world.run_until(secs(62));
    assert_eq!(
        world.at(0).peer_events(secs(60)),
        [&Event::Lost {
            id: world.at(1).id,
            reason: LostReason::Goodbye
        }]
    );
    assert!(world.at(1).finished);
}

#[test]
fn a_restart_on_a_new_port_is_one_update() {
    let mut world = pair(secs(60));
    world.register(1, 7001);
    world.run_until(secs(90));
    let events = world.at(0).peer_events(secs(60));
    assert!(
        matches!(events[..], [Event::Updated(peer)] if peer.port == 7001),
        "{events:?}"
    );
}

/// Like kill -9: no goodbye. The new process has the same key, and another port.
#[test]
fn a_crash_and_a_restart_on_a_new_port_is_one_update() {
    let (mut world, segment) = lan_of(2, 1, LinkConfig::default());
    world.run_until(secs(60));
    world.kill(1);
    world.run_until(secs(70));
    let again = world.node_with(fixed_id(1), false);
    world.register(again, 7001);
    world.plug(again, 1, segment, ip(1));
    world.run_until(secs(200));
    let events = world.at(0).peer_events(secs(60));
    assert!(
        matches!(events[..], [Event::Updated(peer)] if peer.port == 7001),
        "{events:?}"
    );
    let conflict = |(_, event): &(Duration, Event)| matches!(event, Event::IdentityConflict { .. });
    assert!(!world.at(again).events.iter().any(conflict));
}

#[test]
fn a_peer_that_vanishes_is_lost_after_two_minutes() {
    let mut world = pair(secs(600));
    world.kill(1);
    world.run_until(secs(725));
    assert_eq!(
        world.at(0).peer_events(secs(600)),
        [&Event::Lost {
            id: world.at(1).id,
            reason: LostReason::Expired
        }]
    );
}

#[test]
fn a_peer_that_stays_is_never_lost() {
    let (mut world, _) = lan_of(
        5,
        4,
        LinkConfig {
            loss_per_mille: 20,
            ..LinkConfig::default()
        },
    );
    world.run_until(secs(10));
    world.run_until(secs(6 * 3600));
    for n in 0..5 {
        assert!(world.at(n).peer_events(secs(10)).is_empty(), "node {n}");
        assert_eq!(world.at(n).peer_count(), 4);
    }
}

#[test]
fn an_unreachable_peer_is_dropped_within_15_s_if_it_is_gone() {
    let mut world = pair(secs(60));
    world.kill(1);
    let gone = world.at(1).id;
    world.input(0, Input::ReportUnreachable(gone));
    world.run_until(secs(75));
    assert_eq!(
        world.at(0).peer_events(secs(60)),
        [&Event::Lost {
            id: gone,
            reason: LostReason::Unreachable
        }]
    );
}

#[test]
fn an_unreachable_peer_that_answers_stays() {
    let mut world = pair(secs(60));
    let there = world.at(1).id;
    world.input(0, Input::ReportUnreachable(there));
    world.run_until(secs(80));
    assert!(world.at(0).peer_events(secs(60)).is_empty());
}

#[test]
fn a_new_address_is_an_update_and_the_old_one_is_gone() {
    let (mut world, segment) = lan_of(2, 1, LinkConfig::default());
    world.run_until(secs(60));
    let new = Ipv4Addr::new(10, 0, 9, 9);
    world.plug(1, 1, segment, new);
    world.run_until(secs(62));
    let peer = world.at(0).sees(world.at(1).id).unwrap();
    let addrs: Vec<IpAddr> = peer.addrs.iter().map(|addr| addr.ip).collect();
    assert_eq!(addrs, [IpAddr::V4(new)]);
    let events = world.at(0).peer_events(secs(60));
    assert!(matches!(events[..], [Event::Updated(_)]), "{events:?}");
}

#[test]
fn each_of_two_lans_is_told_only_its_own_address() {
    let mut world = World::new(1);
    let (one, two) = (
        world.segment(LinkConfig::default()),
        world.segment(LinkConfig::default()),
    );
    let (gateway, left, right) = (world.node(), world.node(), world.node());
    let (on_one, on_two) = (Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 2, 0, 1));
    world.plug(gateway, 1, one, on_one);
    world.plug(gateway, 2, two, on_two);
    world.plug(left, 1, one, Ipv4Addr::new(10, 1, 0, 2));
    world.plug(right, 1, two, Ipv4Addr::new(10, 2, 0, 2));
    world.capture = Some(Vec::new());
    world.run_until(secs(300));
    for (node, own, other) in [(left, on_one, on_two), (right, on_two, on_one)] {
        let peer = world.at(node).sees(world.at(gateway).id).unwrap();
        let addrs: Vec<IpAddr> = peer.addrs.iter().map(|addr| addr.ip).collect();
        assert_eq!(addrs, [IpAddr::V4(own)], "and not {other}");
    }
    let captured = world.capture.take().unwrap();
    let from_gateway = captured.iter().filter(|packet| packet.node == gateway);
    for packet in from_gateway.clone() {
        let other = if packet.link.interface.0 == 1 {
            on_two
        } else {
            on_one
        };
        let tells = packet
            .payload
            .windows(4)
            .any(|bytes| bytes == other.octets());
        assert!(!tells, "{other} was told on the other LAN");
    }
    assert!(from_gateway.count() > 4);
    assert_eq!(world.at(gateway).peer_count(), 2);
    assert_eq!(world.at(left).peer_count(), 1);
}

#[test]
fn an_interface_that_goes_takes_its_peers_along_and_brings_them_back() {
    let (mut world, segment) = lan_of(2, 1, LinkConfig::default());
    world.run_until(secs(60));
    world.pull(0, 1, true);
    assert_eq!(
        world.at(0).peer_events(secs(60)),
        [&Event::Lost {
            id: world.at(1).id,
            reason: LostReason::InterfaceDown
        }]
    );
    world.run_until(secs(70));
    world.plug(0, 1, segment, ip(0));
    world.run_until(secs(72));
    assert_eq!(world.at(0).peer_count(), 1);
}

#[test]
fn a_split_network_forgets_and_finds_itself_again() {
    let (mut world, _) = lan_of(4, 2, LinkConfig::default());
    world.run_until(secs(60));
    for n in [2, 3] {
        let port = world.port_of(n);
        world.lan().set_side(port, 1);
    }
    world.run_until(secs(60 + 125));
    for n in 0..4 {
        assert_eq!(world.at(n).peer_count(), 1, "only its own half");
    }
    world.lan().heal();
    // The next browse query of anybody: they come at about 1, 3, 9, 27, 81, 243 s.
    world.run_until(secs(400));
    for n in 0..4 {
        assert_eq!(world.at(n).peer_count(), 3);
    }
}

#[test]
fn two_machines_with_one_key_are_told_of_each_other_and_rename_nothing() {
    let mut world = World::new(1);
    let segment = world.segment(LinkConfig::default());
    let first = world.node_with(fixed_id(1), true);
    world.plug(first, 1, segment, ip(0));
    world.run_until(secs(30));
    let second = world.node_with(fixed_id(1), false);
    world.register(second, 7009);
    world.plug(second, 1, segment, ip(1));
    world.run_until(secs(32));
    for (node, other) in [(first, ip(1)), (second, ip(0))] {
        let conflicts: Vec<_> = world
            .at(node)
            .events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::IdentityConflict { source } => Some(*source),
                _ => None,
            })
            .collect();
        assert_eq!(conflicts, [IpAddr::V4(other)], "reported once");
    }
}

#[test]
fn a_browser_alone_sends_no_answers() {
    let (mut world, segment) = lan_of(1, 1, LinkConfig::default());
    let browser = world.browser();
    world.plug(browser, 1, segment, ip(7));
    world.run_until(secs(60));
    assert_eq!(world.at(browser).peer_count(), 1);
    assert_eq!(world.at(0).peer_count(), 0);
    world.shutdown(browser);
    assert!(world.at(browser).engine.stats().packets_sent <= 6);
}

/// The asker's own records are no answer to its question, so its question must not stand in for
/// that of a node which does not know it.
#[test]
fn a_question_of_an_unknown_node_does_not_keep_others_from_asking() {
    for seed in 0..20 {
        let (mut world, segment) = lan_of(1, seed, LinkConfig::default());
        let port = world.port_of(0);
        // Deaf to each other from the start until all announcements are over.
        world.lan().set_side(port, 1);
        let second = world.node();
        world.plug(second, 1, segment, ip(second));
        world.run_until(secs(5));
        assert_eq!(world.at(0).peer_count() + world.at(1).peer_count(), 0);
        world.lan().heal();
        // Both ask within the next round, at about 9 s.
        world.run_until(secs(14));
        let counts = (world.at(0).peer_count(), world.at(1).peer_count());
        assert_eq!(counts, (1, 1), "seed {seed}");
    }
}

/// Ethernet and Wi-Fi into the same LAN: each announces its own address, and both hold.
#[test]
fn a_machine_with_two_ways_into_one_lan_does_not_flap() {
    let mut world = World::new(1);
    let lan = world.segment(LinkConfig::default());
    let (laptop, observer) = (world.node(), world.node());
    world.plug(laptop, 1, lan, Ipv4Addr::new(10, 0, 0, 1));
    world.plug(laptop, 2, lan, Ipv4Addr::new(10, 0, 0, 2));
    world.plug(observer, 1, lan, Ipv4Addr::new(10, 0, 0, 3));
    world.run_until(secs(60));
    world.run_until(secs(3660));
    let events = world.at(observer).peer_events(secs(60));
    assert!(events.is_empty(), "{} events in an hour", events.len());
    let peer = world.at(observer).sees(world.at(laptop).id).unwrap();
    assert_eq!(peer.addrs.len(), 2);
}

#[test]
fn one_of_two_machines_with_one_key_may_leave_without_taking_the_other_along() {
    let mut world = World::new(1);
    let segment = world.segment(LinkConfig::default());
    let first = world.node_with(fixed_id(1), true);
    world.plug(first, 1, segment, ip(0));
    let observer = world.node_with(fixed_id(9), true);
    world.plug(observer, 1, segment, ip(5));
    world.run_until(secs(30));
    let second = world.node_with(fixed_id(1), true);
    world.plug(second, 1, segment, ip(1));
    world.run_until(secs(60));
    world.shutdown(second);
    world.run_until(secs(70));
    assert!(world.at(observer).sees(fixed_id(1)).is_some());
}
