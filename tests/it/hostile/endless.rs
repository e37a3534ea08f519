//! Peers with a session of their own who do not know when to stop.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tazcom_session::{Command, End, Event, PayloadKind, SessionError};
use tazcom_tests::session::Stranger;
use tazcom_tests::{SOON, pause};

use super::Victim;

/// Frames a second that are taken from one session, and how many at once.
const FRAMES_PER_SECOND: u64 = 4000;
const FRAMES_AT_ONCE: u64 = 8000;
const FLOOD: Duration = Duration::from_secs(5);
/// No oftener than one address may begin a handshake for long.
const HANDSHAKE_EVERY: Duration = Duration::from_millis(250);
/// How long a peer may leave unread what is written to it, and the rest for a busy machine.
const UNREAD_FOR: Duration = Duration::from_secs(20 + 15);

#[test]
fn a_million_pings_end_the_session_long_before() {
    let mut victim = Victim::new();
    let stranger = Stranger::new(38);
    let mut talk = stranger.call(&victim.host, victim.addr);
    let began = Instant::now();
    let mut answered = 0_u64;
    // As many under way as a session lets us have.
    while (0..8).all(|tag| talk.say(Command::Ping { tag }))
        && (0..8).all(|_| talk.next(SOON, |event| matches!(event, Event::Pong { .. })))
    {
        answered += 8;
        assert!(answered < 1_000_000, "nobody minds");
    }
    let lasted = began.elapsed();
    // 200 at once and 50 a second.
    let allowed = 200 + 50 * (lasted.as_secs() + 1);
    assert!(answered <= allowed, "{answered} answered in {lasted:?}");
    assert!(answered >= 190, "only {answered} answered");
    let down = victim.node.says("session_down", &stranger.id(), SOON);
    assert_eq!(down.text("reason"), "protocol_violation", "{down}");
    assert_eq!(talk.ends(SOON), End::Abnormal(SessionError::Closed));
    victim.is_well();
}

/// `[7, null]`: of a kind that is passed over.
const SKIPPED: &[u8] = &[0x82, 0x07, 0xf6];

#[test]
fn a_flood_of_small_frames_is_slowed_down_and_hurts_nobody_else() {
    let mut victim = Victim::new();
    let stranger = Stranger::new(39);
    let mut talk = stranger.call(&victim.host, victim.addr);
    talk.cares_for_no_answer();
    let cpu_before = victim.node.usage().cpu;
    let flood = std::thread::spawn(move || {
        let began = Instant::now();
        let mut sent = 0_u64;
        while began.elapsed() < FLOOD
            && talk.say(Command::Send(
                PayloadKind::Direct,
                Bytes::from_static(SKIPPED),
            ))
        {
            sent += 1;
        }
        (talk, sent, began.elapsed())
    });
    while !flood.is_finished() {
        victim.is_well();
        pause(HANDSHAKE_EVERY);
    }
    let (mut talk, sent, lasted) = flood.join().unwrap();
    // What the two systems hold back for their processes is sent, and not received.
    let cpu = victim.node.usage().cpu - cpu_before;
    assert!(
        cpu < lasted,
        "{cpu:?} of processor time in {lasted:?} for {sent} frames"
    );
    // It was slowed down, not thrown out, and what it says next is still heard.
    let waits = Duration::from_secs(sent.saturating_sub(FRAMES_AT_ONCE) / FRAMES_PER_SECOND);
    talk.ping(waits + SOON);
    talk.leave();
    victim.is_well();
}

#[test]
fn a_peer_that_reads_nothing_is_left_after_its_time() {
    let mut victim = Victim::new();
    let stranger = Stranger::new(40);
    // Another address of loopback, and small buffers, so that little is on the way.
    let source = Ipv4Addr::new(127, 0, 1, 40);
    let mut talk = victim
        .host
        .enter(|| stranger.call_from(source, victim.addr))
        .unwrap();
    talk.cares_for_no_answer();
    // Every greeting is answered; once the answers have no more room, greetings are not read.
    let began = Instant::now();
    while talk.say(Command::Hello) {
        assert!(began.elapsed() < Duration::from_secs(60), "it reads on");
    }
    victim.is_well();
    let down = victim.node.says("session_down", &stranger.id(), UNREAD_FOR);
    assert_eq!(down.text("reason"), "not_reading", "{down}");
    victim.is_well();
}
