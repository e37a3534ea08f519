//! The index, alone.

use tazcom_testkit::Clock;

use super::*;

fn id(n: u32) -> MessageId {
    MessageId::of(&n.to_be_bytes())
}

fn index(max_held: usize, max_gone: usize) -> HeldIndex {
    let mut config = Config::lan();
    (config.max_held, config.max_gone) = (max_held, max_gone);
    HeldIndex::new(&config)
}

fn put(index: &mut HeldIndex, n: u32, created: u64, expires: u64) {
    index.insert(id(n), UnixMillis(created), UnixMillis(expires), None);
}

#[test]
fn equal_sets_have_equal_fingerprints_however_they_came_about() {
    let (mut one, mut other) = (index(100, 10), index(100, 10));
    for n in 0..20 {
        put(&mut one, n, u64::from(n), 1000);
    }
    for n in (0..30).rev() {
        put(&mut other, n, u64::from(n), 1000);
    }
    assert_ne!(one.fingerprint(), other.fingerprint());
    (20..30).for_each(|n| other.evict(id(n)));
    assert_eq!(one.fingerprint(), other.fingerprint());
    assert_eq!(one.snapshot(), other.snapshot());
}

#[test]
fn as_many_as_the_limit_are_held_and_not_one_more() {
    let mut index = index(3, 10);
    (0..4).for_each(|n| put(&mut index, n, 1, 10));
    assert_eq!(index.len(), 3);
    assert_eq!(index.known(&id(3)), Known::No);
}

#[test]
fn what_was_evicted_is_remembered_up_to_the_limit() {
    let mut index = index(10, 3);
    for n in 0..4 {
        put(&mut index, n, 1, 10);
        index.evict(id(n));
    }
    assert_eq!(index.known(&id(0)), Known::No, "the oldest is forgotten");
    assert!((1..4).all(|n| index.known(&id(n)) == Known::Gone));
    put(&mut index, 3, 1, 10);
    assert_eq!(index.len(), 0);
}

#[test]
fn what_has_expired_does_not_count_and_is_known_as_long_as_it_might_come_again() {
    let mut index = index(10, 3);
    put(&mut index, 1, 0, 1_000_000);
    index.expire(UnixMillis(999_999));
    assert!(index.counts(&id(1)));
    index.expire(UnixMillis(1_000_000));
    assert!(!index.counts(&id(1)));
    assert_eq!(
        index.fingerprint(),
        super::HeldIndex::fingerprint(&self::index(1, 1))
    );
    assert_ne!(index.known(&id(1)), Known::No);
    index.expire(UnixMillis(1_000_000 + 660_000));
    assert_eq!(index.known(&id(1)), Known::No);
    assert_eq!(index.remembered(), 0);
}

#[test]
fn nothing_below_the_floor_counts() {
    let mut index = index(10, 3);
    (0..10).for_each(|n| put(&mut index, n, u64::from(n), 1000));
    index.set_floor(UnixMillis(4));
    assert_eq!(index.len(), 6);
}

#[test]
fn the_time_the_tree_saw_it_is_kept() {
    let now = Clock::start().at(Duration::ZERO);
    let mut index = index(10, 3);
    put(&mut index, 1, 1, 10);
    index.in_tree(&id(1), now);
    let (in_tree, came) = (Some(now), None);
    assert_eq!(index.known(&id(1)), Known::Held { in_tree, came });
}
