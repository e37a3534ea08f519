//! Whom the planner dials, when, and in which order.

mod hints;
mod limits;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tazcom_identity::NodeId;

use super::own::OwnAddresses;
use super::planner::{Dial, Input, Output, Planner};
use super::sighting::{SeenAddr, Sighting};
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
    let addrs = addrs
        .iter()
        .map(|text| SeenAddr {
            addr: addr(text),
            source: announced_by,
        })
        .collect();
    Sighting {
        id: id(n),
        addrs,
        sessions: true,
    }
}

const LAN: &str = "10.0.0.99";

impl Lab {
    fn new(seed: u64) -> Self {
        Self::with(seed, Config::lan().dial)
    }

    fn with(seed: u64, limits: DialLimits) -> Self {
        let now = Instant::now();
        let own = OwnAddresses {
            listeners: vec![addr("[::]:4000")],
            local: [addr("10.0.0.1:1").ip()].into(),
        };
        let planner = Planner::new(
            now,
            id(US),
            limits,
            true,
            own,
            ChaCha8Rng::seed_from_u64(seed),
        );
        Self {
            planner,
            start: now,
            now,
            under_way: Vec::new(),
            dialled: Vec::new(),
            self_dials: Vec::new(),
            refused: 0,
        }
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
                let input = if answers(dial.addr) {
                    Input::Greeted(dial.dial)
                } else {
                    Input::Failed(dial.dial)
                };
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
    assert_eq!(
        lab.dialled_to(),
        [addr("10.0.0.2:4000"), addr("10.0.0.2:4001")]
    );
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
    lab.live(HOUR, |addr| {
        addr == "10.0.0.2:4000".parse().expect("an address")
    });
    assert_eq!(
        lab.dialled_to(),
        [addr("[fd00::2]:4000"), addr("10.0.0.2:4000")]
    );
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
        let pauses: Vec<f64> = lab
            .dialled
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0).as_secs_f64())
            .collect();
        for (round, pause) in pauses.iter().enumerate() {
            let longest = f64::min(60.0, f64::powi(2.0, round as i32));
            assert!(
                (longest / 2.0..=longest).contains(pause),
                "seed {seed}, round {round}: {pause} s"
            );
        }
        assert!(
            pauses.len() > 60,
            "seed {seed}: {} dials in an hour",
            pauses.len()
        );
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
    assert!(
        lab.dialled.len() <= 6,
        "{} dials in ten seconds",
        lab.dialled.len()
    );
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
    lab.tell(Input::Seen(sighting(
        100,
        &["127.0.0.1:4000", "[::1]:4000"],
        source("127.0.0.1"),
    )));
    lab.see(US, &["10.0.0.7:4000"]);
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled_to(), []);
}

/// A service that the firewall keeps for this host is not to be reached by a record from the LAN.
#[test]
fn only_this_host_may_aim_us_at_this_host_and_never_at_our_own_port() {
    let mut lab = Lab::new(1);
    let announcers = [None, source("10.0.0.99"), source("fe80::99")];
    for (n, announcer) in (1..).zip(announcers) {
        lab.tell(Input::Seen(sighting(n, &["10.0.0.1:6379"], announcer)));
        lab.tell(Input::Seen(sighting(
            10 + n,
            &["[::ffff:10.0.0.1]:6379"],
            announcer,
        )));
    }
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled_to(), []);

    lab.tell(Input::Seen(sighting(
        20,
        &["10.0.0.1:4001"],
        source("10.0.0.1"),
    )));
    lab.tell(Input::Seen(sighting(
        21,
        &["10.0.0.1:4002"],
        source("127.0.0.1"),
    )));
    lab.tell(Input::Seen(sighting(
        22,
        &["10.0.0.1:4000"],
        source("10.0.0.1"),
    )));
    lab.live(HOUR, |_| true);
    assert_eq!(
        lab.dialled_to(),
        [addr("10.0.0.1:4001"), addr("10.0.0.1:4002")]
    );
}

#[test]
fn an_address_that_becomes_our_own_is_no_longer_dialled_for_others() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.7:6379"]);
    lab.live(Duration::from_secs(10), |_| false);
    let before = lab.dialled.len();
    let own = [addr("10.0.0.7:1").ip()].into();
    lab.planner.set_own(lab.now, own);
    lab.live(HOUR, |_| false);
    assert_eq!((before > 1, lab.dialled.len()), (true, before));
}

#[test]
fn the_lowest_port_is_dialled_and_loopback_when_it_was_announced_there() {
    let mut lab = Lab::new(1);
    lab.see(1, &["10.0.0.2:1024"]);
    lab.tell(Input::Seen(sighting(
        2,
        &["127.0.0.1:4001"],
        source("127.0.0.1"),
    )));
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled.len(), 2);
}

#[test]
fn an_address_given_by_hand_is_free_of_the_rules_and_retried_for_ever() {
    let mut lab = Lab::new(1);
    lab.tell(Input::ByHand(addr("192.0.2.1:80")));
    lab.live(24 * HOUR, |_| false);
    assert!(
        lab.dialled.len() > 24 * 60,
        "{} dials in a day",
        lab.dialled.len()
    );
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
