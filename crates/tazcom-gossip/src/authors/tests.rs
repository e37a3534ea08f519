//! Buckets of authors, at their limits.

use std::time::Duration;

use tazcom_testkit::{Clock, fixed_id};

use super::*;
use crate::config::Config;

fn rates() -> AuthorRates {
    Config::lan().authors
}

/// Says something if that is allowed.
fn say(
    authors: &mut Authors,
    author: u32,
    now: Instant,
    rates: &AuthorRates,
    len: u32,
) -> Result<(), Empty> {
    authors.allow(&fixed_id(author), now, rates, len)?;
    authors.take(&fixed_id(author), now, rates, len);
    Ok(())
}

#[test]
fn an_author_who_is_established_has_a_bucket_of_its_own() {
    let now = Clock::start().at(Duration::ZERO);
    let (rates, mut authors) = (rates(), Authors::new(now));
    authors.establish(fixed_id(1), now, &rates);
    authors.establish(fixed_id(2), now, &rates);
    for _ in 0..50 {
        assert_eq!(say(&mut authors, 1, now, &rates, 300), Ok(()));
    }
    assert_eq!(say(&mut authors, 1, now, &rates, 300), Err(Empty::Author));
    assert_eq!(say(&mut authors, 2, now, &rates, 300), Ok(()));
}

#[test]
fn bytes_count_as_well() {
    let now = Clock::start().at(Duration::ZERO);
    let (mut rates, mut authors) = (rates(), Authors::new(now));
    rates.bytes = Rate::new(1000, 10_000);
    authors.establish(fixed_id(1), now, &rates);
    assert_eq!(say(&mut authors, 1, now, &rates, 8000), Ok(()));
    assert_eq!(say(&mut authors, 1, now, &rates, 8000), Err(Empty::Author));
}

#[test]
fn strangers_share_one_until_they_have_been_about_for_a_while() {
    let clock = Clock::start();
    let now = clock.at(Duration::ZERO);
    let (mut rates, mut authors) = (rates(), Authors::new(now));
    rates.strangers = Rate::new(50, 100);
    let mut taken = 0;
    for n in 0..10_000 {
        if say(&mut authors, n % 500, now, &rates, 300).is_ok() {
            taken += 1;
        }
    }
    assert_eq!(taken, 100);
    let later = clock.at(rates.established_after);
    // The bucket of all strangers is empty, and the first one's does not care.
    while say(&mut authors, 999, later, &rates, 300).is_ok() {}
    assert_eq!(say(&mut authors, 0, later, &rates, 300), Ok(()));
    assert_eq!(
        say(&mut authors, 499, later, &rates, 300),
        Err(Empty::Strangers)
    );
}

#[test]
fn tables_stay_within_their_bounds_and_a_flood_pushes_out_itself() {
    let clock = Clock::start();
    let now = clock.at(Duration::ZERO);
    let (mut rates, mut authors) = (rates(), Authors::new(now));
    (rates.max_established, rates.max_strangers) = (4, 4);
    authors.heard(&fixed_id(1000), now, &rates);
    for n in 0..100 {
        let now = clock.at(Duration::from_millis(u64::from(n) + 1));
        authors.establish(fixed_id(n), now, &rates);
        authors.heard(&fixed_id(n + 100), now, &rates);
    }
    assert_eq!(authors.len(), 8);
    assert!(authors.strangers.contains_key(&fixed_id(1000)));
    assert!(authors.established.contains_key(&fixed_id(99)));
}

#[test]
fn everybody_together_has_a_limit_too() {
    let now = Clock::start().at(Duration::ZERO);
    let (mut rates, mut authors) = (rates(), Authors::new(now));
    rates.all = Rate::new(1, 10);
    (0..20).for_each(|n| authors.establish(fixed_id(n), now, &rates));
    let outcomes: Vec<_> = (0..20)
        .map(|n| say(&mut authors, n, now, &rates, 300))
        .collect();
    assert!(outcomes[..10].iter().all(Result::is_ok));
    assert!(
        outcomes[10..]
            .iter()
            .all(|one| *one == Err(Empty::Everybody))
    );
}
