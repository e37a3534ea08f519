//! Limits on dialling, at the limit and one past it, and in any history.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::{HOUR, Lab, addr, id, sighting, source};
use crate::config::Config;
use crate::dial::planner::{DialId, Input};
use crate::dial::sighting::{SeenAddr, Sighting};
use crate::dial::source::Sources;

/// So many peers, each announced by itself.
fn neighbours(lab: &mut Lab, count: u16) {
    for n in 1..=count {
        let ip = format!("10.0.1.{n}");
        let seen = sighting(n, &[&format!("{ip}:4000")], source(&ip));
        lab.tell(Input::Seen(seen));
    }
}

#[test]
fn sixteen_dials_are_under_way_and_the_seventeenth_waits_for_one_to_end() {
    let mut lab = Lab::new(1);
    neighbours(&mut lab, 30);
    assert_eq!(lab.drain(), None);
    assert_eq!(lab.under_way.len(), 16);
    let ended = lab.under_way.remove(0);
    lab.tell(Input::Greeted(ended.dial));
    lab.drain();
    assert_eq!(lab.under_way.len(), 16);
    assert_eq!(lab.dialled.len(), 17);
}

#[test]
fn a_dial_that_has_its_connection_makes_room_for_another() {
    let mut lab = Lab::new(1);
    neighbours(&mut lab, 18);
    lab.drain();
    let connected = lab.under_way[3].dial;
    lab.tell(Input::Connected(connected));
    lab.drain();
    assert_eq!(lab.under_way.len(), 17);
    // It leaves a place behind only once.
    lab.tell(Input::Failed(connected));
    lab.drain();
    assert_eq!(lab.under_way.len(), 17);
}

#[test]
fn no_dial_begins_while_256_are_unanswered() {
    let mut lab = Lab::new(1);
    for n in 1..=300_u16 {
        let ip = format!("10.0.{}.{}", 1 + n / 200, 1 + n % 200);
        lab.tell(Input::Seen(sighting(
            n,
            &[&format!("{ip}:4000")],
            source(&ip),
        )));
    }
    let mut connected = 0;
    for _ in 0..400 {
        lab.now += Duration::from_millis(50);
        lab.drain();
        let new: Vec<DialId> = lab.under_way[connected..]
            .iter()
            .map(|dial| dial.dial)
            .collect();
        for dial in new {
            lab.tell(Input::Connected(dial));
        }
        connected = lab.under_way.len();
    }
    assert_eq!(connected, 256);
}

#[test]
fn four_dials_are_under_way_for_one_source_and_the_fifth_waits_for_one_to_end() {
    let mut lab = Lab::new(1);
    for n in 1..=30 {
        lab.see(n, &[&format!("10.0.1.{n}:4000")]);
    }
    assert_eq!(lab.drain(), None);
    assert_eq!(lab.under_way.len(), 4);
    let ended = lab.under_way.remove(0);
    lab.tell(Input::Connected(ended.dial));
    lab.drain();
    assert_eq!(lab.dialled.len(), 4, "it still awaits its answer");
    lab.tell(Input::Greeted(ended.dial));
    lab.drain();
    assert_eq!(lab.dialled.len(), 5);
}

/// Forged peers, 32 of each source, at addresses that take a while to fail; an honest newcomer
/// comes when they have been at it for ten seconds. Tells how long it waited.
fn newcomer_waits(sources: u16, connects: bool) -> Duration {
    let mut lab = Lab::new(1);
    for n in 1..=sources * 32 {
        let forger = format!("10.0.3.{}", n % sources);
        let addr = format!("10.0.4.{}:{}", n % 200, 2000 + n);
        lab.tell(Input::Seen(sighting(n, &[&addr], source(&forger))));
    }
    // A connection that is never answered fails after five seconds, none at all after three.
    let lasts = Duration::from_secs(if connects { 5 } else { 3 });
    let newcomer = addr("10.0.0.2:4000");
    let mut pending: Vec<(Instant, DialId)> = Vec::new();
    for step in 0..10_000_u16 {
        lab.now += Duration::from_millis(10);
        if step == 1000 {
            let seen = sighting(9999, &["10.0.0.2:4000"], source("10.0.0.2"));
            lab.tell(Input::Seen(seen));
        }
        let over = pending.iter().take_while(|(at, _)| *at <= lab.now).count();
        for (_, dial) in pending.drain(..over).collect::<Vec<_>>() {
            lab.tell(Input::Failed(dial));
        }
        lab.drain();
        for dial in std::mem::take(&mut lab.under_way) {
            if dial.addr == newcomer {
                return lab.now - lab.start - Duration::from_secs(10);
            }
            if connects {
                lab.tell(Input::Connected(dial.dial));
            }
            pending.push((lab.now + lasts, dial.dial));
        }
    }
    panic!("{sources} sources: the newcomer was never greeted");
}

#[test]
fn forged_peers_that_accept_and_never_answer_do_not_hold_up_a_newcomer() {
    for sources in [12, 33] {
        let waited = newcomer_waits(sources, true);
        assert!(
            waited <= Duration::from_millis(100),
            "{sources} sources: {waited:?}"
        );
    }
}

/// Here the sixteen places are taken; the next to be free is the newcomer's.
#[test]
fn forged_peers_that_are_not_there_hold_up_a_newcomer_by_one_dial_at_most() {
    for sources in [12, 33] {
        let waited = newcomer_waits(sources, false);
        assert!(
            waited <= Duration::from_millis(3100),
            "{sources} sources: {waited:?}"
        );
    }
}

#[test]
fn twenty_dials_begin_at_once_and_then_twenty_a_second() {
    let mut lab = Lab::new(1);
    neighbours(&mut lab, 100);
    lab.live(Duration::from_secs(10), |_| true);
    let by = |ms| {
        lab.dialled
            .iter()
            .filter(|(at, _)| *at <= Duration::from_millis(ms))
            .count()
    };
    assert_eq!(
        (by(0), by(49), by(50), by(1000), by(4000)),
        (20, 20, 21, 40, 100)
    );
}

#[test]
fn after_twenty_failures_in_a_minute_a_sources_records_wait_and_others_do_not() {
    let mut lab = Lab::new(1);
    for n in 1..=200 {
        let forged = format!("10.0.1.{n}:4000");
        lab.tell(Input::Seen(sighting(n, &[&forged], source("10.0.0.66"))));
    }
    lab.live(Duration::from_secs(30), |_| false);
    assert_eq!(lab.dialled.len(), 20);
    lab.see(300, &["10.0.0.2:4000"]);
    lab.live(Duration::from_secs(1), |_| true);
    assert_eq!(lab.dialled_to()[20..], [addr("10.0.0.2:4000")]);
    let a_minute_each = lab.dialled.len();
    lab.live(Duration::from_secs(60), |_| false);
    assert!(lab.dialled.len() <= a_minute_each + 20);
}

#[test]
fn a_blocked_source_does_not_hold_up_the_honest_address_of_the_same_peer() {
    let mut lab = Lab::new(1);
    for n in 1..=50 {
        lab.tell(Input::Seen(sighting(
            n,
            &[&format!("10.0.1.{n}:4000")],
            source("10.0.0.66"),
        )));
    }
    lab.live(Duration::from_secs(1), |_| false);
    let forged = SeenAddr {
        addr: addr("10.0.1.200:4000"),
        source: source("10.0.0.66"),
    };
    let honest = SeenAddr {
        addr: addr("10.0.0.2:4000"),
        source: source("10.0.0.2"),
    };
    lab.tell(Input::Seen(Sighting {
        id: id(300),
        addrs: vec![forged, honest],
        sessions: true,
    }));
    let mut attempts = 0;
    lab.live(Duration::from_secs(10), |dialled| {
        attempts += u32::from(dialled == honest.addr);
        dialled == honest.addr && attempts == 2
    });
    assert_eq!(attempts, 2);
}

#[test]
fn a_host_that_announces_over_loopback_is_not_rationed() {
    let mut lab = Lab::new(1);
    for n in 1..=100 {
        lab.tell(Input::Seen(sighting(
            n,
            &[&format!("127.0.0.1:{}", 5000 + n)],
            source("127.0.0.1"),
        )));
    }
    lab.live(Duration::from_secs(20), |_| false);
    let peers: BTreeSet<SocketAddr> = lab.dialled_to().into_iter().collect();
    assert_eq!(peers.len(), 100);
}

#[test]
fn tables_take_what_their_limit_says_and_count_the_rest() {
    let mut lab = Lab::new(1);
    for n in 1..=1281 {
        lab.see(n, &["10.0.0.2:4000"]);
    }
    for port in 1..=257 {
        lab.tell(Input::ByHand(SocketAddr::new(
            addr("192.0.2.1:1").ip(),
            port,
        )));
    }
    lab.drain();
    assert_eq!(lab.refused, 2);
    lab.tell(Input::Gone(id(1)));
    lab.see(1281, &["10.0.0.2:4000"]);
    lab.drain();
    assert_eq!(lab.refused, 2);
}

#[test]
fn only_the_newest_sixteen_addresses_of_a_peer_are_kept() {
    let mut lab = Lab::new(1);
    let addrs: Vec<String> = (1..=17).map(|n| format!("10.0.2.{n}:4000")).collect();
    let addrs: Vec<&str> = addrs.iter().map(String::as_str).collect();
    lab.see(1, &addrs);
    lab.live(Duration::from_millis(400), |_| false);
    assert_eq!(
        lab.dialled_to(),
        addrs[..16]
            .iter()
            .map(|text| addr(text))
            .collect::<Vec<_>>()
    );
}

#[test]
fn accounts_of_sources_are_bounded() {
    let limits = Config::lan().dial;
    let mut sources = Sources::default();
    let now = Instant::now();
    for n in 0..5000u32 {
        let account = Some(IpAddr::V4(Ipv4Addr::from_bits(n)));
        sources
            .begin(now, account, 1, &limits)
            .expect("a new source may fail");
        sources.settle(now, account, true, &limits);
        assert!(sources.len() <= limits.peers.get());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens: never too many at once, never too many a second, never to an address
    /// that was not announced, and in the end everybody who answers is greeted.
    #[test]
    fn limits_hold_in_any_history_and_everybody_is_greeted_in_the_end(seed in any::<u64>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut lab = Lab::new(seed);
        let mut present: BTreeMap<u16, String> = BTreeMap::new();
        for _ in 0..400 {
            let n = (rng.next_u32() % 60) as u16 + 1;
            match rng.next_u32() % 6 {
                0 | 1 => {
                    let text = format!("10.1.{n}.{}:4000", rng.next_u32() % 4 + 1);
                    lab.tell(Input::Seen(sighting(n, &[&text], source(&format!("10.2.0.{n}")))));
                    present.insert(n, text);
                }
                2 => {
                    lab.tell(Input::Gone(id(n)));
                    present.remove(&n);
                }
                3 if !lab.under_way.is_empty() => {
                    let which = rng.next_u32() as usize % lab.under_way.len();
                    let dial = lab.under_way.remove(which);
                    let input = if rng.next_u32() % 3 == 0 { Input::Greeted(dial.dial) } else { Input::Failed(dial.dial) };
                    lab.tell(input);
                }
                _ => lab.now += Duration::from_millis(u64::from(rng.next_u32() % 300)),
            }
            lab.drain();
            prop_assert!(lab.under_way.len() <= 16, "seed {seed}");
        }
        let mut answered: HashMap<SocketAddr, u32> = HashMap::new();
        for dial in std::mem::take(&mut lab.under_way) {
            lab.tell(Input::Failed(dial.dial));
        }
        lab.live(Duration::from_secs(300), |addr| { *answered.entry(addr).or_default() += 1; true });
        for (from, (at, _)) in lab.dialled.iter().enumerate() {
            let within = lab.dialled[from..].iter().filter(|(later, _)| *later - *at < Duration::from_secs(1)).count();
            prop_assert!(within <= 40, "seed {seed}: {within} dials in a second");
        }
        // Everybody is settled: nothing more is dialled, however long one waits.
        let before = lab.dialled.len();
        lab.live(HOUR, |_| true);
        prop_assert_eq!(lab.dialled.len(), before, "seed {}", seed);
        for text in present.values() {
            prop_assert!(lab.dialled_to().contains(&addr(text)), "seed {seed}: {text} was never greeted");
        }
        prop_assert!(answered.values().all(|times| *times == 1), "seed {seed}");
    }
}
