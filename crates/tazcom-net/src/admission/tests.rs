//! The table and the budget, at their limits and in any history.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{HalfOpen, SlotId, Work, WorkBudget};
use crate::config::Config;
use crate::event::ConnectionLimit;

fn address(n: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, n])
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn table() -> HalfOpen {
    HalfOpen::new(Config::lan().half_open, true)
}

fn budget(now: Instant) -> WorkBudget {
    WorkBudget::new(now, Work::Lines, Config::lan().work, true)
}

#[test]
fn eight_connections_of_one_address_stay_and_the_ninth_takes_the_oldest_ones_place() {
    let mut table = table();
    let slots: Vec<SlotId> = (0..8)
        .map(|_| table.admit(Instant::now(), address(1)))
        .map(|(slot, _, evicted)| (slot, assert_eq!(evicted, [])).0)
        .collect();
    let evicted = table.admit(Instant::now(), address(1)).2;
    let evicted = evicted.first().expect("the ninth is one too many");
    assert_eq!(
        (evicted.slot, evicted.limit),
        (slots[0], ConnectionLimit::HalfOpenPerAddress(8))
    );
    assert_eq!(table.len(), 8);
}

#[test]
fn sixty_four_addresses_find_room_and_the_next_takes_the_oldest_place_of_all() {
    let mut table = table();
    let (oldest, ..) = table.admit(Instant::now(), address(0));
    for n in 1..64 {
        assert_eq!(table.admit(Instant::now(), address(n)).2, []);
    }
    let evicted = table.admit(Instant::now(), address(64)).2;
    let evicted = evicted.first().expect("the 65th is one too many");
    assert_eq!(
        (evicted.slot, evicted.limit),
        (oldest, ConnectionLimit::HalfOpen(64))
    );
    assert_eq!(table.len(), 64);
}

#[test]
fn a_full_table_takes_the_place_from_the_busiest_address_and_not_from_the_oldest() {
    let mut table = table();
    for n in 1..=57 {
        table.admit(Instant::now(), address(n));
    }
    let busy: Vec<SlotId> = (0..7)
        .map(|_| table.admit(Instant::now(), address(200)).0)
        .collect();
    let evicted = table.admit(Instant::now(), address(100)).2;
    let evicted = evicted.first().expect("the table is full");
    assert_eq!(evicted.slot, busy[0]);
}

#[test]
fn whoever_says_nothing_does_not_push_out_a_handshake_that_has_begun() {
    let mut table = table();
    let (shaking, begun, _) = table.admit(Instant::now(), address(1));
    begun.set();
    for n in 0..1000_u32 {
        let (_, _, evicted) = table.admit(Instant::now(), stranger(n));
        assert!(evicted.iter().all(|evicted| evicted.slot != shaking));
    }
    assert_eq!(table.len(), 65);
    // Of the handshakes, too, there are only so many.
    for n in 0..1000_u32 {
        let (_, begun, _) = table.admit(Instant::now(), stranger(n));
        begun.set();
        assert!(table.len() <= 64 + 65);
    }
    assert!(
        !table.release(shaking),
        "it was the oldest, and nobody held more"
    );
}

#[test]
fn loopback_is_free_of_the_limit_on_one_address_but_not_of_the_total() {
    let mut table = table();
    for _ in 0..64 {
        assert_eq!(table.admit(Instant::now(), LOOPBACK).2, []);
    }
    let evicted = table.admit(Instant::now(), LOOPBACK).2;
    let evicted = evicted.first().expect("the 65th is one too many");
    assert_eq!(evicted.limit, ConnectionLimit::HalfOpen(64));
}

#[test]
fn one_address_gets_its_burst_of_ten_requests_and_then_five_a_second() {
    let now = Instant::now();
    let mut budget = budget(now);
    for _ in 0..10 {
        assert_eq!(budget.charge(now, address(1)), Ok(()));
    }
    assert_eq!(
        budget.charge(now, address(1)),
        Err(ConnectionLimit::RatePerAddress(5))
    );
    assert_eq!(budget.charge(now, address(2)), Ok(()));
    let later = now + Duration::from_secs(1);
    let granted = (0..20)
        .filter(|_| budget.charge(later, address(1)).is_ok())
        .count();
    assert_eq!(granted, 5);
}

/// The `n`th of a crowd.
fn stranger(n: u32) -> IpAddr {
    IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + n))
}

#[test]
fn all_together_get_a_burst_of_four_thousand_requests_and_then_two_thousand_a_second() {
    let now = Instant::now();
    let mut budget = budget(now);
    for n in 0..4000 {
        assert_eq!(budget.charge(now, stranger(n)), Ok(()));
    }
    let refused = Err(ConnectionLimit::Rate(2000));
    assert_eq!(budget.charge(now, stranger(4000)), refused);
    assert_eq!(budget.charge(now, LOOPBACK), refused);
    let later = now + Duration::from_secs(1);
    let granted = (5000..10_000)
        .filter(|n| budget.charge(later, stranger(*n)).is_ok())
        .count();
    assert_eq!(granted, 2000);
}

#[test]
fn those_who_said_nothing_lately_are_served_when_the_busy_ones_have_used_up_their_part() {
    let now = Instant::now();
    let mut budget = budget(now);
    let granted = (0..8)
        .flat_map(|_| 0..500)
        .filter(|n| budget.charge(now, stranger(*n)).is_ok())
        .count();
    assert_eq!(granted, 3000);
    assert_eq!(
        budget.charge(now, stranger(1)),
        Err(ConnectionLimit::Rate(2000))
    );
    for n in 0..1000 {
        assert_eq!(budget.charge(now, stranger(10_000 + n)), Ok(()), "{n}");
    }
}

/// Twelve thousand lines a second from 1000 addresses, for ten seconds, and an honest stranger now
/// and then.
#[test]
fn a_flood_from_many_addresses_keeps_no_honest_one_out() {
    let mut now = Instant::now();
    let mut budget = budget(now);
    for line in 0..120_000 {
        now += Duration::from_micros(83);
        let _ = budget.charge(now, stranger(line % 1000));
        if line % 1000 == 0 {
            let honest = stranger(1_000_000 + line);
            assert_eq!(budget.charge(now, honest), Ok(()), "at line {line}");
        }
    }
}

#[test]
fn a_host_with_every_address_of_an_ipv6_network_leaves_half_to_the_others() {
    let now = Instant::now();
    let mut budget = budget(now);
    let network = 0xfd00_0001_u128 << 96;
    let granted = (0..100_000_u128)
        .filter(|host| {
            budget
                .charge(now, IpAddr::from((network | host).to_be_bytes()))
                .is_ok()
        })
        .count();
    assert_eq!(granted, 2000);
    assert_eq!(
        budget.charge(now, IpAddr::from((network | 1 << 63).to_be_bytes())),
        Err(ConnectionLimit::RatePerNetwork(1000))
    );
    let other_network = 0xfd00_0002_u128 << 96 | 1;
    assert_eq!(
        budget.charge(now, IpAddr::from(other_network.to_be_bytes())),
        Ok(())
    );
    assert_eq!(budget.charge(now, stranger(1)), Ok(()));
}

#[test]
fn a_whole_ipv6_link_greets_at_once_and_is_answered() {
    let now = Instant::now();
    let mut budget = budget(now);
    for host in 1..=500_u128 {
        let neighbour = IpAddr::from((0xfe80_u128 << 112 | host).to_be_bytes());
        assert_eq!(budget.charge(now, neighbour), Ok(()), "{neighbour}");
    }
}

#[test]
fn a_full_table_opens_when_the_one_that_has_to_go_has_had_its_time() {
    let now = Instant::now();
    let mut table = table();
    for n in 0..63 {
        table.admit(now, address(n));
        assert_eq!(table.opens_at(), None);
    }
    let (last, ..) = table.admit(now, address(63));
    assert_eq!(table.opens_at(), Some(now + Duration::from_millis(10)));
    table.release(last);
    assert_eq!(table.opens_at(), None);
}

#[test]
fn what_one_address_is_refused_costs_the_others_nothing() {
    let now = Instant::now();
    let mut budget = budget(now);
    let granted = (0..1000)
        .filter(|_| budget.charge(now, address(1)).is_ok())
        .count();
    assert_eq!(granted, 10);
    let others = (2..=91)
        .filter(|n| budget.charge(now, address(*n)).is_ok())
        .count();
    assert_eq!(others, 90);
}

#[test]
fn no_more_addresses_are_remembered_than_the_limit() {
    let mut now = Instant::now();
    let mut budget = budget(now);
    for n in 0..5000u32 {
        now += Duration::from_micros(10);
        let _ = budget.charge(now, IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + n)));
        assert!(budget.tracked() <= 1024);
    }
}

proptest! {
    /// Any order of arrivals and departures, from few addresses or many, loopback among them.
    #[test]
    fn slots_never_exceed_their_bounds_and_none_leaks(
        steps in prop::collection::vec((any::<u8>(), any::<bool>(), any::<prop::sample::Index>()), 1..600),
        addresses in 1u8..=255,
    ) {
        let mut table = table();
        let mut held: HashMap<SlotId, IpAddr> = HashMap::new();
        for (who, arrives, which) in steps {
            if arrives || held.is_empty() {
                let from = if who == 0 { LOOPBACK } else { address(who % addresses) };
                let (slot, _, evicted) = table.admit(Instant::now(), from);
                for evicted in evicted {
                    prop_assert!(held.remove(&evicted.slot).is_some(), "evicted one that was not there");
                    prop_assert!(!table.release(evicted.slot), "evicted and still there");
                }
                prop_assert!(held.insert(slot, from).is_none(), "a slot was given twice");
            } else {
                let mut slots: Vec<SlotId> = held.keys().copied().collect();
                slots.sort();
                let slot = *which.get(&slots);
                held.remove(&slot);
                prop_assert!(table.release(slot));
            }
            prop_assert_eq!(table.len(), held.len());
            prop_assert!(table.len() <= 64);
            for address in held.values().filter(|address| !address.is_loopback()) {
                prop_assert!(table.held_by(*address) <= 8);
            }
        }
        for slot in held.into_keys() {
            prop_assert!(table.release(slot));
        }
        prop_assert_eq!(table.len(), 0);
        prop_assert!((0..=255).all(|n| table.held_by(address(n)) == 0));
    }
}
