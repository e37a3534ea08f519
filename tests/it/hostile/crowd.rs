//! A hundred addresses that hold on to what they begin, while the honest come and go.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tazcom_tests::line::{Dial, HONEST_ANSWER};
use tazcom_tests::session::Stranger;
use tazcom_tests::{Host, SOON, eventually, pause};

use super::Victim;

const ATTACKERS: u8 = 100;
const HONEST: u8 = 60;
/// Each attacker holds as many as one address may, and so they want far more than there are.
const HELD_BY_EACH: usize = 8;
/// Threads the attackers share: they are to keep the node busy, not its processors from it.
const THREADS: usize = 2;
/// Between two honest calls.
const PACE: Duration = Duration::from_millis(100);

fn attacker(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, 1 + number)
}

/// Every other honest one has an address of its own.
fn honest(number: u8) -> Ipv4Addr {
    match number % 2 {
        0 => Ipv4Addr::LOCALHOST,
        _ => Ipv4Addr::new(127, 0, 2, 1 + number),
    }
}

#[test]
fn sixty_of_sixty_come_through_a_hundred_that_are_silent() {
    let victim = Victim::new();
    withstands(victim, |host, source, addr, held| {
        if held.len() == HELD_BY_EACH {
            held.remove(0);
        }
        held.push(Dial::from(host, source, addr));
    });
}

#[test]
fn sixty_of_sixty_come_through_a_hundred_that_stall_in_their_handshakes() {
    let victim = Victim::new();
    withstands(victim, |host, source, addr, held| {
        if held.len() == HELD_BY_EACH {
            held.remove(0);
        }
        let mut dial = Dial::from(host, source, addr);
        dial.send(&Stranger::new(u64::from(source.octets()[3])).opening());
        held.push(dial);
    });
}

#[test]
fn sixty_of_sixty_come_through_a_hundred_that_return_as_soon_as_they_are_thrown_out() {
    let victim = Victim::new();
    withstands(victim, |host, source, addr, held| {
        held.retain_mut(|dial| !dial.is_closed());
        while held.len() < HELD_BY_EACH {
            let mut dial = Dial::from(host, source, addr);
            dial.send(&Stranger::new(u64::from(source.octets()[3])).opening());
            held.push(dial);
        }
    });
}

/// What one address does each time it is its turn, with the connections it holds.
type Attack = fn(&Host, Ipv4Addr, SocketAddr, &mut Vec<Dial>);

fn withstands(mut victim: Victim, attack: Attack) {
    let (host, addr) = (victim.host.clone(), victim.addr);
    let (over, attacks) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut slowest = Duration::ZERO;
    std::thread::scope(|scope| {
        let numbers: Vec<u8> = (0..ATTACKERS).collect();
        for share in numbers.chunks(usize::from(ATTACKERS).div_ceil(THREADS)) {
            let mut held: Vec<_> = share.iter().map(|n| (attacker(*n), Vec::new())).collect();
            let (host, over, attacks) = (&host, &over, &attacks);
            scope.spawn(move || {
                host.enter(|| {
                    while !over.load(Ordering::Relaxed) {
                        for (source, held) in &mut held {
                            attack(host, *source, addr, held);
                            attacks.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            });
        }
        let _over = Over(&over);
        eventually("each attacker has had several turns", SOON, || {
            (attacks.load(Ordering::Relaxed) > 5 * usize::from(ATTACKERS)).then_some(())
        });
        for number in 0..HONEST {
            let began = Instant::now();
            let source = honest(number);
            let called =
                host.enter(|| Stranger::new(1000 + u64::from(number)).call_from(source, addr));
            let mut talk = called.unwrap_or_else(|why| {
                panic!(
                    "honest call {number} from {source}: {why}{}",
                    victim.node.account()
                )
            });
            talk.greet(HONEST_ANSWER);
            slowest = slowest.max(began.elapsed());
            talk.leave();
            pause(PACE);
        }
    });
    tell(attacks.load(Ordering::Relaxed), slowest, &victim);
    assert!(slowest < HONEST_ANSWER, "the slowest took {slowest:?}");
    victim.is_well();
}

/// Ends the attack, also when the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[expect(
    clippy::print_stderr,
    reason = "figures worth reading where it passes, too"
)]
fn tell(attacks: usize, slowest: Duration, victim: &Victim) {
    let usage = victim.node.usage();
    eprintln!(
        "{attacks} attacks; the slowest honest session took {slowest:?}; peak resident memory {} \
         KiB, processor time {:?}",
        usage.peak_resident_kib, usage.cpu
    );
}
