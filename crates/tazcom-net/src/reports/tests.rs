//! Which complaints pass, and what is told of the others.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::Reports;
use crate::config::Config;
use crate::event::{Event, WarningKind};

fn address(n: u32) -> Option<IpAddr> {
    Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n)))
}

fn reports() -> Reports {
    Reports::new(Config::lan().reports)
}

#[test]
fn the_first_few_complaints_pass_and_the_others_are_told_as_a_count() {
    let now = Instant::now();
    let mut reports = reports();
    let passed = (0..100)
        .filter(|_| reports.pass(now, WarningKind::Malformed, address(1)))
        .count();
    assert_eq!(passed, 4);
    assert_eq!(reports.poll(now), None);
    let end = now + Duration::from_secs(10);
    assert_eq!(reports.deadline(), Some(end));
    let told = Event::Suppressed {
        kind: WarningKind::Malformed,
        source: address(1),
        count: 96,
    };
    assert_eq!(reports.poll(end), Some(told));
    assert_eq!(reports.poll(end), None);
    assert_eq!(reports.deadline(), None);
}

#[test]
fn a_window_that_held_nothing_back_ends_without_a_word() {
    let now = Instant::now();
    let mut reports = reports();
    assert!(reports.pass(now, WarningKind::Deadline, address(1)));
    assert_eq!(reports.poll(now + Duration::from_secs(10)), None);
    assert_eq!(reports.deadline(), None);
}

#[test]
fn kinds_and_addresses_are_counted_apart() {
    let now = Instant::now();
    let mut reports = reports();
    while reports.pass(now, WarningKind::Malformed, address(1)) {}
    assert!(reports.pass(now, WarningKind::Malformed, address(2)));
    assert!(reports.pass(now, WarningKind::Deadline, address(1)));
}

#[test]
fn a_flood_from_everywhere_passes_a_burst_of_twenty_and_is_told_as_one_count() {
    let now = Instant::now();
    let mut reports = reports();
    let passed = (0..10_000)
        .filter(|n| reports.pass(now, WarningKind::Malformed, address(*n)))
        .count();
    assert_eq!(passed, 20);
    assert!(reports.pass(now, WarningKind::Deadline, address(1)));
    let end = now + Duration::from_secs(10);
    let told = Event::Suppressed {
        kind: WarningKind::Malformed,
        source: None,
        count: 10_000 - 20,
    };
    assert_eq!(reports.poll(end), Some(told));
    assert_eq!(reports.poll(end), None);
}

/// 250 addresses, each with more to complain of than is passed on about one.
#[test]
fn counts_by_address_are_complaints_as_well_and_none_is_lost() {
    let start = Instant::now();
    let mut now = start;
    let mut reports = reports();
    let (mut passed, mut told, mut counted) = (0_u64, 0_u64, 0_u64);
    let mut take = |event: Event| match event {
        Event::Suppressed { count, .. } => (told, counted) = (told + 1, counted + count),
        event => panic!("{event:?}"),
    };
    for n in 0..60_000 {
        now += Duration::from_millis(1);
        passed += u64::from(reports.pass(now, WarningKind::Malformed, address(n % 250)));
        std::iter::from_fn(|| reports.poll(now)).for_each(&mut take);
    }
    reports.flush(now).into_iter().for_each(&mut take);
    assert_eq!(passed + counted, 60_000);
    assert!(
        passed + told <= 20 + 60 * 10 + 8,
        "{passed} and {told} in a minute"
    );
}

#[test]
fn at_the_end_every_count_is_told() {
    let now = Instant::now();
    let mut reports = reports();
    while reports.pass(now, WarningKind::Malformed, address(1)) {}
    while reports.pass(now, WarningKind::Deadline, address(2)) {}
    assert_eq!(reports.flush(now).len(), 2);
}
