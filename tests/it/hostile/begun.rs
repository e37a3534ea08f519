//! Sessions that are begun and come to nothing.

use std::io::Write;
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

use tazcom_session::Command;
use tazcom_tests::line::{Dial, reset};
use tazcom_tests::session::Stranger;
use tazcom_tests::{SOON, eventually, pause};

use super::{CLOSED_BY, Victim};

/// A handshake may take this long, from the accepted connection.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// The first byte may take this long; silent connections younger than this are not closed for that.
const FIRST_BYTE: Duration = Duration::from_millis(2500);
/// Most connections that are not answered yet, and most of one address.
const HALF_OPEN: u8 = 64;
const HALF_OPEN_OF_ONE: u8 = 8;
/// An address of loopback that is not the one all share.
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);

#[test]
fn another_preamble_is_closed_without_a_byte() {
    let mut victim = Victim::new();
    let rest = Stranger::new(1).opening().split_off(9);
    for preamble in [
        "TAZCOM/1\n",
        "TAZCOM/3\n",
        "TAZCOM/9\n",
        "TAZCOM/2\r\n",
        "TAZCOM/2 ",
        "Tazcom/2\n",
        "tazcom/2\n",
        "TLS",
    ] {
        victim.answers(&[preamble.as_bytes(), &rest].concat(), "");
        // Nor does it wait for what cannot become right.
        victim.answers(preamble.as_bytes(), "");
    }
    victim.warns_of("handshake_failed");
}

#[test]
fn a_preamble_in_nine_pieces_is_one() {
    let mut victim = Victim::new();
    let stranger = Stranger::new(2);
    let mut dial = Dial::new(&victim.host, victim.addr);
    let opening = stranger.opening();
    for byte in &opening[..9] {
        assert!(dial.send(&[*byte]));
        pause(Duration::from_millis(20));
    }
    dial.send(&opening[9..]);
    // Message 2, behind its length.
    assert_eq!(dial.read_exactly(2), [0, 192]);
    assert_eq!(dial.read_exactly(192).len(), 192);
    drop(dial);
    victim.is_well();
}

#[test]
fn a_handshake_that_stalls_is_closed_after_its_time_and_not_before() {
    let mut victim = Victim::new();
    let before = victim.open_files();
    let mut stalled = Dial::new(&victim.host, victim.addr);
    stalled.send(&Stranger::new(3).opening());
    victim.is_well();
    let outcome = stalled.outcome();
    assert_eq!(outcome.answer.len(), 2 + 192, "message 2 and no more");
    assert!(
        (HANDSHAKE - Duration::from_millis(100)..CLOSED_BY).contains(&outcome.lasted),
        "{:?}",
        outcome.lasted
    );
    victim.warns_of("handshake_failed");
    victim.has_let_go(before);
    victim.is_well();
}

#[test]
fn a_handshake_byte_by_byte_buys_no_time() {
    let mut victim = Victim::new();
    let mut slow = Dial::new(&victim.host, victim.addr);
    for byte in Stranger::new(4).opening() {
        slow.send(&[byte]);
        if slow.is_closed() {
            break;
        }
        assert!(slow.age() < CLOSED_BY, "{}", victim.node.account());
        pause(Duration::from_millis(200));
    }
    assert!(slow.age() >= HANDSHAKE, "closed after {:?}", slow.age());
    victim.is_well();
}

#[test]
fn a_thousand_beginnings_in_a_row_are_limited_and_keep_nobody_out() {
    let mut victim = Victim::new();
    let stranger = Stranger::new(5);
    let mut answered = 0;
    for _ in 0..1000 {
        let mut dial = Dial::from(&victim.host, NEIGHBOUR, victim.addr);
        dial.send(&stranger.opening());
        answered += usize::from(!dial.first_bytes().is_empty());
        dial.reset();
    }
    victim.is_well();
    // Ten at once and five a second of one address; the run itself takes some seconds.
    assert!(answered < 200, "{answered} of 1000 were worked on");
    victim.node.warns("connection_limit", SOON);
}

#[test]
fn the_ninth_unanswered_connection_of_an_address_costs_it_its_first() {
    let mut victim = Victim::new();
    let mut held: Vec<Dial> = (0..=HALF_OPEN_OF_ONE)
        .map(|_| Dial::from(&victim.host, NEIGHBOUR, victim.addr))
        .collect();
    eventually("the first one made room", SOON, || {
        held[0].is_closed().then_some(())
    });
    if held[0].age() < FIRST_BYTE {
        assert!(!held[1..].iter_mut().any(Dial::is_closed));
    }
    victim.is_well();
}

#[test]
fn one_more_than_may_be_unanswered_in_all_costs_the_oldest_of_the_busiest() {
    let mut victim = Victim::new();
    let source = |n: u8| Ipv4Addr::new(127, 0, 1, n);
    let mut busiest = [0, 1].map(|_| Dial::from(&victim.host, source(1), victim.addr));
    let mut others: Vec<Dial> = (2..HALF_OPEN)
        .map(|n| Dial::from(&victim.host, source(n), victim.addr))
        .collect();
    let mut newcomer = Dial::from(&victim.host, source(HALF_OPEN), victim.addr);
    eventually("the oldest of the busiest made room", SOON, || {
        busiest[0].is_closed().then_some(())
    });
    if busiest[0].age() < FIRST_BYTE {
        assert!(!busiest[1].is_closed() && !newcomer.is_closed());
        assert!(!others.iter_mut().any(Dial::is_closed));
    }
    victim.is_well();
}

/// Gets so far.
type Reach = fn(&Victim, &Stranger) -> TcpStream;

/// How far a stranger gets before it is gone.
const STATES: [(&str, Reach); 9] = [
    ("connected", |victim, _| connected(victim)),
    ("half a preamble", |victim, _| said(victim, b"TAZC")),
    ("a preamble", |victim, _| said(victim, b"TAZCOM/2\n")),
    ("half of message 1", |victim, stranger| {
        said(victim, &stranger.opening()[..20])
    }),
    ("message 1, its answer unread", |victim, stranger| {
        said(victim, &stranger.opening())
    }),
    ("message 2 read", |victim, stranger| {
        let mut stream = connected(victim);
        stranger.last_message(&mut stream).unwrap();
        stream
    }),
    ("half of message 3", |victim, stranger| {
        let mut stream = connected(victim);
        let last = stranger.last_message(&mut stream).unwrap();
        stream.write_all(&last[..100]).unwrap();
        stream
    }),
    ("in a session, after a greeting", |victim, stranger| {
        let mut talk = stranger.call(&victim.host, victim.addr);
        talk.say(Command::Hello);
        talk.into_stream()
    }),
    ("in a session, half of a frame", |victim, stranger| {
        let mut talk = stranger.call(&victim.host, victim.addr);
        talk.send_raw(&[0, 64, 1, 2, 3]);
        talk.into_stream()
    }),
];

fn connected(victim: &Victim) -> TcpStream {
    Dial::new(&victim.host, victim.addr).into_stream()
}

fn said(victim: &Victim, bytes: &[u8]) -> TcpStream {
    let mut stream = connected(victim);
    stream.write_all(bytes).unwrap();
    stream
}

#[test]
fn whoever_is_gone_in_any_state_leaves_nothing_behind() {
    let mut victim = Victim::new();
    victim.is_well();
    let before = victim.open_files();
    for (number, (state, reach)) in STATES.iter().enumerate() {
        let stranger = Stranger::new(100 + u64::try_from(number).unwrap());
        for round in 0..4 {
            let stream = reach(&victim, &stranger);
            match round {
                0 | 1 => reset(stream),
                2 => drop(stream),
                // Half closed; the node closes the rest.
                _ => {
                    stream.shutdown(Shutdown::Write).unwrap();
                    let outcome = Dial::over(stream).outcome();
                    assert!(outcome.lasted < CLOSED_BY, "{state}: {:?}", outcome.lasted);
                }
            }
        }
        victim.is_well();
        victim.has_let_go(before);
    }
    eventually("as many sessions ended as began", SOON, || {
        let ups = victim.node.count(|event| event.name() == "session_up");
        let downs = victim.node.count(|event| event.name() == "session_down");
        (downs == ups).then_some(())
    });
}
