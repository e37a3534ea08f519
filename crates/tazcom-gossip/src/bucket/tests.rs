//! The arithmetic of buckets.

use tazcom_testkit::Clock;

use super::*;

const RATE: Rate = Rate::new(5, 50);

#[test]
fn as_many_as_the_burst_are_there_at_once_and_not_one_more() {
    let now = Clock::start().at(Duration::ZERO);
    let mut bucket = Bucket::full(now);
    assert!((0..50).all(|_| bucket.take(now, RATE, 1)));
    assert!(!bucket.take(now, RATE, 1));
    assert!(bucket.take(now + Duration::from_millis(200), RATE, 1));
}

#[test]
fn several_are_taken_together_or_not_at_all() {
    let now = Clock::start().at(Duration::ZERO);
    let mut bucket = Bucket::full(now);
    assert!(!bucket.take(now, RATE, 51));
    assert!(bucket.take(now, RATE, 50));
}

#[test]
fn debts_are_waited_for() {
    let now = Clock::start().at(Duration::ZERO);
    let mut bucket = Bucket::full(now);
    bucket.charge(now, RATE, 60);
    let ready = bucket.ready_at(now, RATE);
    assert_eq!(ready, now + Duration::from_millis(2200));
    assert!(bucket.take(ready, RATE, 1));
}

#[test]
fn what_is_not_limited_is_always_there() {
    let now = Clock::start().at(Duration::ZERO);
    let mut bucket = Bucket::full(now);
    assert!((0..100_000).all(|_| bucket.take(now, Rate::UNLIMITED, 65_536)));
}
