//! The bucket at its limit, and the law it keeps.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::Bucket;
use crate::config::Rate;

fn rate(per_second: u32, burst: u32) -> Rate {
    let nonzero = |n| NonZeroU32::new(n).expect("a rate of a test is not zero");
    Rate {
        per_second: nonzero(per_second),
        burst: nonzero(burst),
    }
}

#[test]
fn a_full_bucket_gives_its_burst_and_not_one_more() {
    let now = Instant::now();
    let mut bucket = Bucket::full(now);
    for _ in 0..10 {
        assert!(bucket.try_take(now, rate(5, 10)).is_ok());
    }
    assert_eq!(
        bucket.try_take(now, rate(5, 10)),
        Err(now + Duration::from_millis(200))
    );
}

#[test]
fn there_is_a_token_at_the_instant_it_was_promised() {
    let now = Instant::now();
    let mut bucket = Bucket::full(now);
    while bucket.try_take(now, rate(5, 10)).is_ok() {}
    let promised = bucket.try_take(now, rate(5, 10)).expect_err("it is empty");
    assert!(
        bucket
            .try_take(promised - Duration::from_nanos(1), rate(5, 10))
            .is_err()
    );
    assert!(bucket.try_take(promised, rate(5, 10)).is_ok());
    assert!(bucket.try_take(promised, rate(5, 10)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// In any span of time, not only from the start.
    #[test]
    fn no_span_ever_gives_more_than_rate_and_burst(
        per_second in 1u32..100,
        burst in 1u32..30,
        gaps_ms in prop::collection::vec(0u64..400, 1..40),
    ) {
        let rate = rate(per_second, burst);
        let mut now = Instant::now();
        let mut bucket = Bucket::full(now);
        let mut taken: Vec<Instant> = Vec::new();
        for gap in gaps_ms {
            now += Duration::from_millis(gap);
            while bucket.try_take(now, rate).is_ok() {
                taken.push(now);
            }
        }
        for (first, from) in taken.iter().enumerate() {
            for (last, to) in taken.iter().enumerate().skip(first) {
                let span = to.duration_since(*from).as_secs_f64();
                let allowed = f64::from(burst) + f64::from(per_second) * span;
                let got = (last - first + 1) as f64;
                prop_assert!(got <= allowed + 1e-6, "{got} in {span} s");
            }
        }
    }
}
