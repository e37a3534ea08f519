use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tazcom_identity::NodeId;

use super::planner::{Dial, Input, Output, OwnAddresses, Planner};
use super::sighting::{SeenAddr, Sighting};
use super::source::Sources;
use crate::config::{Config, DialLimits};

/// A planner, its virtual clock, and a network that is asked whether a dial succeeds.
struct Lab {
    planner: Planner,
    start: Instant,
    now: Instant,
    /// Begun and not settled yet.
    under_way: Vec<Dial>,
    dialled: Vec<(Duration, SocketAddr)>,
    self_dials: Vec<SocketAddr>,
    refused: u64,
}

const US: u16 = 0;

fn id(n: u16) -> NodeId {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    NodeId::from_bytes(bytes)
}

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address of a test is one")
}

fn source(text: &str) -> Option<IpAddr> {
    Some(text.parse().expect("an address of a test is one"))
}

fn sighting(n: u16, addrs: &[&str], announced_by: Option<IpAddr>) -> Sighting {
    let addrs = addrs.iter().map(|text| SeenAddr { addr: addr(text), source: announced_by }).collect();
    Sighting { id: id(n), addrs }
}

const LAN: &str = "10.0.0.99";

impl Lab {
    fn new(seed: u64) -> Self {
        Self::with(seed, Config::lan().dial)
    }

    fn with(seed: u64, limits: DialLimits) -> Self {
        let now = Instant::now();
        let own = OwnAddresses { listeners: vec![addr("[::]:4000")], local: [addr("10.0.0.1:1").ip()].into() };
        let planner = Planner::new(now, id(US), limits, true, own, ChaCha8Rng::seed_from_u64(seed));
        Self { planner, start: now, now, under_way: Vec::new(), dialled: Vec::new(), self_dials: Vec::new(), refused: 0 }
    }

    fn tell(&mut self, input: Input) {
        self.planner.handle(self.now, input);
    }

    fn see(&mut self, n: u16, addrs: &[&str]) {
        self.tell(Input::Seen(sighting(n, addrs, source(LAN))));
    }

    /// Takes every dial there is now; gives the time of the next deadline.
    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.planner.poll_output(self.now) {
                Output::Dial(dial) => {
                    self.dialled.push((self.now - self.start, dial.addr));
                    self.under_way.push(dial);
                }
                Output::SelfDial(addr) => self.self_dials.push(addr),
                Output::Refused(count) => self.refused += count,
                Output::Wait(deadline) => return deadline,
            }
        }
    }

    /// Lives on for a while; every dial is settled at once as `answers` says.
    fn live(&mut self, span: Duration, mut answers: impl FnMut(SocketAddr) -> bool) {
        let end = self.now + span;
        loop {
            let deadline = self.drain();
            if self.under_way.is_empty() {
                match deadline {
                    Some(at) if at <= end => self.now = self.now.max(at),
                    _ => break,
                }
            }
            for dial in std::mem::take(&mut self.under_way) {
                let input = if answers(dial.addr) { Input::Greeted(dial.dial) } else { Input::Failed(dial.dial) };
                self.tell(input);
            }
        }
        self.now = end;
    }

    fn dialled_to(&self) -> Vec<SocketAddr> {
        self.dialled.iter().map(|(_, addr)| *addr).collect()
    }
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_peer_is_greeted_once_however_often_it_is_seen() {
    let mut lab = Lab::new(1);
    for _ in 0..5 {
        lab.see(1, &["10.0.0.2:4000"]);
        lab.live(Duration::from_secs(60), |_| true);
    }
    assert_eq!(lab.dialled_to(), [addr("10.0.0.2:4000")]);
}

#[test]
fn a_peer_is_greeted_again_when_its_port_changes() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.2:4000"]);
    lab.live(HOUR, |_| true);
    lab.see(1, &["10.0.0.2:4001"]);
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled_to(), [addr("10.0.0.2:4000"), addr("10.0.0.2:4001")]);
}

#[test]
fn one_more_address_of_a_greeted_peer_is_no_new_appearance() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.2:4000"]);
    lab.live(HOUR, |_| true);
    lab.see(1, &["[fd00::2]:4000", "10.0.0.2:4000"]);
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled.len(), 1);
}

#[test]
fn a_peer_that_went_and_came_back_is_greeted_again() {
    let mut lab = Lab::new(1);
    for _ in 0..2 {
        lab.see(1, &["10.0.0.2:4000"]);
        lab.live(HOUR, |_| true);
        lab.tell(Input::Gone(id(1)));
    }
    assert_eq!(lab.dialled.len(), 2);
}

#[test]
fn a_peer_that_is_gone_is_no_longer_retried() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.2:4000"]);
    lab.live(Duration::from_secs(10), |_| false);
    let before = lab.dialled.len();
    lab.tell(Input::Gone(id(1)));
    lab.live(HOUR, |_| false);
    assert!(before >= 2);
    assert_eq!(lab.dialled.len(), before);
}

#[test]
fn all_addresses_are_tried_in_the_given_order_and_the_first_that_answers_will_do() {
    let mut lab = Lab::new(1);
    lab.see(1, &["[fd00::2]:4000", "10.0.0.2:4000", "10.0.0.3:4000"]);
    lab.live(HOUR, |addr| addr == "10.0.0.2:4000".parse().expect("an address"));
    assert_eq!(lab.dialled_to(), [addr("[fd00::2]:4000"), addr("10.0.0.2:4000")]);
}

#[test]
fn pauses_grow_from_half_a_second_to_a_minute_and_never_beyond() {
    for seed in 0..50 {
        let mut limits = Config::lan().dial;
        // This is about pauses only.
        limits.failures_per_source = NonZeroUsize::MAX;
        let mut lab = Lab::with(seed, limits);
        lab.see(1, &["10.0.0.2:4000"]);
        lab.live(HOUR, |_| false);
        let pauses: Vec<f64> = lab.dialled.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs_f64()).collect();
        for (round, pause) in pauses.iter().enumerate() {
            let longest = f64::min(60.0, f64::powi(2.0, round as i32));
            assert!((longest / 2.0..=longest).contains(pause), "seed {seed}, round {round}: {pause} s");
        }
        assert!(pauses.len() > 60, "seed {seed}: {} dials in an hour", pauses.len());
    }
}

#[test]
fn two_nodes_do_not_retry_in_step() {
    let times = |seed| {
        let mut lab = Lab::new(seed);
        lab.see(1, &["10.0.0.2:4000"]);
        lab.live(Duration::from_secs(30), |_| false);
        lab.dialled
    };
    assert_ne!(times(1), times(2));
    assert_eq!(times(1), times(1));
}

#[test]
fn a_new_address_is_tried_at_once_although_the_old_one_is_being_waited_for() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.2:4000"]);
    lab.live(Duration::from_secs(600), |_| false);
    lab.see(1, &["10.0.0.3:4000"]);
    let before = lab.dialled.len();
    lab.drain();
    assert_eq!(lab.dialled_to()[before..], [addr("10.0.0.3:4000")]);
}

#[test]
fn being_seen_again_unchanged_does_not_shorten_a_pause() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.2:4000"]);
    for _ in 0..100 {
        lab.live(Duration::from_millis(100), |_| false);
        lab.see(1, &["10.0.0.2:4000"]);
    }
    assert!(lab.dialled.len() <= 6, "{} dials in ten seconds", lab.dialled.len());
}

#[test]
fn sixteen_dials_are_under_way_and_the_seventeenth_waits_for_one_to_end() {
    let mut lab = Lab::new(1);
    for n in 1..=30 {
        lab.see(n, &[&format!("10.0.1.{n}:4000")]);
    }
    assert_eq!(lab.drain(), None);
    assert_eq!(lab.under_way.len(), 16);
    let ended = lab.under_way.remove(0);
    lab.tell(Input::Greeted(ended.dial));
    lab.drain();
    assert_eq!(lab.under_way.len(), 16);
    assert_eq!(lab.dialled.len(), 17);
}

#[test]
fn twenty_dials_begin_at_once_and_then_twenty_a_second() {
    let mut lab = Lab::new(1);
    for n in 1..=100 {
        lab.see(n, &[&format!("10.0.1.{n}:4000")]);
    }
    lab.live(Duration::from_secs(10), |_| true);
    let by = |ms| lab.dialled.iter().filter(|(at, _)| *at <= Duration::from_millis(ms)).count();
    assert_eq!((by(0), by(49), by(50), by(1000), by(4000)), (20, 20, 21, 40, 100));
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
        lab.tell(Input::Seen(sighting(n, &[&format!("10.0.1.{n}:4000")], source("10.0.0.66"))));
    }
    lab.live(Duration::from_secs(1), |_| false);
    let forged = SeenAddr { addr: addr("10.0.1.200:4000"), source: source("10.0.0.66") };
    let honest = SeenAddr { addr: addr("10.0.0.2:4000"), source: source("10.0.0.2") };
    lab.tell(Input::Seen(Sighting { id: id(300), addrs: vec![forged, honest] }));
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
        lab.tell(Input::Seen(sighting(n, &[&format!("127.0.0.1:{}", 5000 + n)], source("127.0.0.1"))));
    }
    lab.live(Duration::from_secs(20), |_| false);
    let peers: std::collections::BTreeSet<SocketAddr> = lab.dialled_to().into_iter().collect();
    assert_eq!(peers.len(), 100);
}

#[test]
fn a_record_cannot_aim_us_at_a_service_a_printer_a_group_or_ourselves() {
    let mut lab = Lab::new(1);
    let forged = [
        "10.0.0.2:22",
        "10.0.0.2:631",
        "10.0.0.2:1023",
        "10.0.0.2:9100",
        "0.0.0.0:4000",
        "[::]:4000",
        "224.0.0.251:5353",
        "[ff02::fb]:5353",
        "255.255.255.255:4000",
        "127.0.0.1:4001",
        "[::1]:4001",
        "[::ffff:127.0.0.1]:4001",
        "10.0.0.1:4000",
    ];
    for (n, text) in (1..).zip(forged) {
        lab.see(n, &[text]);
    }
    lab.tell(Input::Seen(sighting(100, &["127.0.0.1:4000", "[::1]:4000"], source("127.0.0.1"))));
    lab.see(US, &["10.0.0.7:4000"]);
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled_to(), []);
}

#[test]
fn the_lowest_port_is_dialled_and_loopback_when_it_was_announced_there() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.2:1024"]);
    lab.tell(Input::Seen(sighting(2, &["127.0.0.1:4001"], source("127.0.0.1"))));
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled.len(), 2);
}

#[test]
fn an_address_given_by_hand_is_free_of_the_rules_and_retried_for_ever() {
    let mut lab = Lab::new(1);
    lab.tell(Input::ByHand(addr("192.0.2.1:80")));
    lab.live(24 * HOUR, |_| false);
    assert!(lab.dialled.len() > 24 * 60, "{} dials in a day", lab.dialled.len());
    lab.live(HOUR, |_| true);
    let answered = lab.dialled.len();
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled.len(), answered);
}

#[test]
fn our_own_address_given_by_hand_is_told_and_not_dialled() {
    let mut lab = Lab::new(1);
    lab.tell(Input::ByHand(addr("10.0.0.1:4000")));
    lab.live(HOUR, |_| true);
    assert_eq!((lab.self_dials.len(), lab.dialled.len()), (1, 0));
}

#[test]
fn a_dial_that_reached_ourselves_is_not_tried_again() {
    let mut lab = Lab::new(1);
    lab.tell(Input::ByHand(addr("198.51.100.1:4000")));
    lab.drain();
    let dial = lab.under_way.remove(0);
    lab.tell(Input::ReachedOurselves(dial.dial));
    lab.live(HOUR, |_| true);
    assert_eq!((lab.self_dials.len(), lab.dialled.len()), (1, 1));
}

#[test]
fn tables_take_what_their_limit_says_and_count_the_rest() {
    let mut lab = Lab::new(1);
    for n in 1..=1025 {
        lab.see(n, &["10.0.0.2:4000"]);
    }
    for port in 1..=257 {
        lab.tell(Input::ByHand(SocketAddr::new(addr("192.0.2.1:1").ip(), port)));
    }
    lab.drain();
    assert_eq!(lab.refused, 2);
    lab.tell(Input::Gone(id(1)));
    lab.see(1025, &["10.0.0.2:4000"]);
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
    assert_eq!(lab.dialled_to(), addrs[..16].iter().map(|text| addr(text)).collect::<Vec<_>>());
}

#[test]
fn accounts_of_sources_are_bounded() {
    let limits = Config::lan().dial;
    let mut sources = Sources::default();
    let now = Instant::now();
    for n in 0..5000u32 {
        let account = Some(IpAddr::V4(std::net::Ipv4Addr::from_bits(n)));
        sources.begin(now, account, &limits).expect("a new source may fail");
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
