//! Peers that answer in every way but the right one.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tazcom_net::{Config, DialFailure, Event, HandshakeError, SeenAddr, Sighting};
use tazcom_proto::PeerText;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::interval;

#[cfg(target_os = "linux")]
use crate::lab::full_backlog;
use crate::lab::{Node, SHORT, closed_port, id, impatient, loopback};

const NO_ANSWER: DialFailure = DialFailure::NoAnswer {
    within: SHORT.exchange,
};

/// A peer that knows no sessions: it takes the preamble for a line, and after the line of a greeting
/// it does as it likes.
async fn plain_server<F>(behave: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let addr = listener.local_addr().expect("a bound address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            let read = stream.read_until(b'\n', &mut line).await;
            match (read, line.first()) {
                (Ok(_), Some(b'{')) => behave(stream.into_inner()).await,
                (Ok(_), Some(_)) => drop(stream.write_all(b"ACK\n").await),
                _ => {}
            }
        }
    });
    addr
}

/// A server that reads one line and then does as it likes.
async fn server<F>(behave: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let addr = listener.local_addr().expect("a bound address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            if stream.read_until(b'\n', &mut line).await.is_ok() {
                behave(stream.into_inner()).await;
            }
        }
    });
    addr
}

async fn first_failure(node: &mut Node) -> Event {
    node.until(|event| (!matches!(event, Event::HelloSent { .. })).then_some(event))
        .await
}

/// Whatever a peer answers to a plain greeting.
async fn answer_is_told_as(answer: &'static [u8], expected: DialFailure) {
    let addr = plain_server(move |mut stream| async move {
        let _ = stream.write_all(answer).await;
    })
    .await;
    dial_fails(addr, expected).await;
}

/// Whatever it answers to a call for a session.
async fn answer_to_a_call_is_told_as(answer: &'static [u8], expected: DialFailure) {
    let addr = server(move |mut stream| async move {
        let _ = stream.write_all(answer).await;
    })
    .await;
    dial_fails(addr, expected).await;
}

async fn dial_fails(addr: SocketAddr, reason: DialFailure) {
    let mut node = Node::start(1).await;
    node.meet(id(2), addr);
    assert_eq!(
        first_failure(&mut node).await,
        Event::DialFailed {
            id: Some(id(2)),
            addr,
            reason
        }
    );
}

#[tokio::test]
async fn a_refused_dial_is_told_and_retried_until_somebody_listens() {
    let mut node = Node::start(1).await;
    let (socket, addr) = closed_port();
    node.meet(id(2), addr);
    let refused = Event::DialRefused {
        id: Some(id(2)),
        addr,
    };
    assert_eq!(node.next().await, refused);
    assert_eq!(node.next().await, refused);

    socket.listen(16).expect("it can be listened on");
    socket
        .set_nonblocking(true)
        .expect("a socket can be made non-blocking");
    let listener = TcpListener::from_std(socket.into()).expect("a listener");
    // Once for the call, once for the greeting in plain.
    for _ in 0..2 {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream
            .write_all(b"ACK\n")
            .await
            .expect("the answer is written");
    }
    node.until(|event| {
        matches!(event, Event::AckReceived { id: Some(who), .. } if who == id(2)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_never_answers_is_told_apart_from_one_that_cannot_be_reached() {
    let mut node = Node::with(1, impatient()).await;
    // The system accepts on its behalf, and that is all.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let addr = silent.local_addr().expect("a bound address");
    node.meet(id(2), addr);
    assert_eq!(
        node.next().await,
        Event::DialFailed {
            id: Some(id(2)),
            addr,
            reason: NO_ANSWER
        }
    );
}

#[cfg(target_os = "linux")] // Where a full backlog drops connections in silence.
#[tokio::test]
async fn a_peer_that_cannot_be_connected_to_times_out() {
    let mut node = Node::with(1, impatient()).await;
    let (_full, addr) = full_backlog();
    node.meet(id(2), addr);
    assert_eq!(
        node.next().await,
        Event::DialTimedOut {
            id: Some(id(2)),
            addr
        }
    );
}

#[tokio::test]
async fn an_answer_that_drips_is_none() {
    let mut node = Node::with(1, impatient()).await;
    let addr = plain_server(|mut stream| async move {
        let mut tick = interval(Duration::from_millis(50));
        while stream.write_all(b"A").await.is_ok() {
            tick.tick().await;
        }
    })
    .await;
    node.meet(id(2), addr);
    assert_eq!(
        first_failure(&mut node).await,
        Event::DialFailed {
            id: Some(id(2)),
            addr,
            reason: NO_ANSWER
        }
    );
}

#[tokio::test]
async fn a_closed_connection_is_no_answer() {
    answer_is_told_as(b"", DialFailure::Closed).await;
    answer_to_a_call_is_told_as(b"", DialFailure::Closed).await;
}

#[tokio::test]
async fn whatever_answers_a_call_is_told_by_what_it_said() {
    for said in [
        "HTTP/1.1 400 Bad Request\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "ERROR\n",
        "A",
        "ACK",
    ] {
        let text = PeerText::new(said);
        answer_to_a_call_is_told_as(said.as_bytes(), DialFailure::UnexpectedAnswer(text)).await;
    }
}

#[tokio::test]
async fn a_message_of_a_handshake_that_is_none_is_told() {
    let answer = Box::leak([&[0x00, 0xC0][..], &[7; 192]].concat().into_boxed_slice());
    let error = HandshakeError::Unauthentic { message: 2 };
    answer_to_a_call_is_told_as(answer, DialFailure::Handshake(error)).await;
}

#[tokio::test]
async fn whoever_answers_in_the_name_of_another_is_told_apart() {
    let bob = Node::start(2).await;
    let error = HandshakeError::OtherPeer {
        expected: id(3),
        found: id(2),
    };
    let mut ana = Node::start(1).await;
    ana.meet(id(3), bob.addr());
    let reason = DialFailure::Handshake(error);
    let (id, addr) = (Some(id(3)), bob.addr());
    assert_eq!(ana.next().await, Event::DialFailed { id, addr, reason });
    let heard = bob.rest().await;
    assert!(
        matches!(heard[..], [] | [Event::HandshakeFailed { .. }]),
        "{heard:?}"
    );
}

#[tokio::test]
async fn a_reset_is_told_as_a_reset() {
    let mut node = Node::start(1).await;
    let addr = server(|stream| async move {
        // A linger of zero makes closing a reset.
        let linger = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        linger.expect("loopback knows the option");
    })
    .await;
    node.meet(id(2), addr);
    let reason = DialFailure::Broken(ErrorKind::ConnectionReset);
    assert_eq!(
        first_failure(&mut node).await,
        Event::DialFailed {
            id: Some(id(2)),
            addr,
            reason
        }
    );
}

#[tokio::test]
async fn error_is_told_as_what_it_is() {
    answer_is_told_as(b"ERROR\n", DialFailure::Rejected).await;
}

#[tokio::test]
async fn another_program_is_told_by_what_it_said() {
    answer_is_told_as(
        b"HTTP/1.1 400 Bad Request\r\n",
        DialFailure::UnexpectedAnswer(PeerText::new("HTTP/1.1 400 Bad Request\r\n")),
    )
    .await;
}

#[tokio::test]
async fn ack_without_its_newline_is_not_an_ack() {
    answer_is_told_as(b"ACK", DialFailure::UnexpectedAnswer(PeerText::new("ACK"))).await;
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    answer_is_told_as(
        &[b'A'; 1 << 20],
        DialFailure::UnexpectedAnswer(PeerText::new(&"A".repeat(64))),
    )
    .await;
}

#[tokio::test]
async fn an_address_given_by_hand_is_greeted_without_knowing_who_is_there() {
    let (mut ana, bob) = (Node::start(1).await, Node::start(2).await);
    ana.endpoint.greet(bob.addr());
    let (id, addr) = (bob.id, bob.addr());
    let up = Event::SessionUp {
        id,
        addr,
        name: None,
    };
    assert_eq!(ana.next().await, up);
    ana.until(|event| {
        matches!(event, Event::AckReceived { id: Some(who), verified: true, .. } if who == id)
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn our_own_address_given_by_hand_is_told() {
    let mut node = Node::start(1).await;
    let addr = node.addr();
    node.endpoint.greet(addr);
    assert_eq!(node.next().await, Event::SelfDial { addr });
}

/// A neighbour names an address of ours, where something listens that is not for neighbours.
#[tokio::test]
async fn a_record_from_the_lan_does_not_aim_the_node_at_its_own_host() {
    let (mut ana, bob) = (Node::start(1).await, Node::start(2).await);
    let private = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let addr = private.local_addr().expect("a bound address");
    // Loopback stands in for the LAN address; by itself it would be left alone, too.
    ana.endpoint.own_addresses([addr.ip()].into());
    let forged = SeenAddr {
        addr,
        source: Some([10, 0, 0, 66].into()),
    };
    ana.endpoint.peer_seen(Sighting {
        id: id(3),
        addrs: vec![forged],
        sessions: true,
    });
    ana.meet(bob.id, bob.addr());
    ana.until(|event| matches!(event, Event::AckReceived { .. }).then_some(()))
        .await;
    let rest = ana.rest().await;
    let failed =
        |event: &Event| matches!(event, Event::DialFailed { .. } | Event::DialRefused { .. });
    assert!(!rest.iter().any(failed), "{rest:?}");
    let knock = tokio::time::timeout(Duration::ZERO, private.accept()).await;
    assert!(knock.is_err(), "{knock:?}");
}

#[test]
fn a_failure_says_what_happened() {
    let within = Duration::from_secs(5);
    assert_eq!(
        DialFailure::NoAnswer { within }.to_string(),
        "connected, but it did not answer within 5 s"
    );
}

/// The endpoint was not told that 127.0.0.9 is an address of this host; the connection shows it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_turns_out_to_be_our_own_is_told_and_not_greeted() {
    let everywhere = vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))];
    let mut node = Node::with(
        1,
        Config {
            listen: everywhere,
            ..loopback()
        },
    )
    .await;
    let addr = SocketAddr::from(([127, 0, 0, 9], node.addr().port()));
    node.endpoint.greet(addr);
    assert_eq!(node.next().await, Event::SelfDial { addr });
}

#[tokio::test]
async fn a_peer_that_was_restarted_is_greeted_again_at_its_new_port() {
    let mut ana = Node::start(1).await;
    for _ in 0..2 {
        let bob = Node::start(2).await;
        let id = bob.id;
        ana.meet(id, bob.addr());
        ana.until(|event| {
            matches!(event, Event::AckReceived { id: Some(who), verified: true, .. } if who == id)
                .then_some(())
        })
        .await;
        bob.rest().await;
        ana.until(|event| {
            matches!(event, Event::SessionDown { id: who, .. } if who == id).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_plain_peer_is_greeted_again_at_its_new_port() {
    let mut ana = Node::start(1).await;
    let answer = |mut stream: TcpStream| async move {
        let _ = stream.write_all(b"ACK\n").await;
    };
    let (before, after) = (plain_server(answer).await, plain_server(answer).await);
    for addr in [before, after] {
        ana.meet(id(2), addr);
        let id = Some(id(2));
        assert_eq!(ana.next().await, Event::HelloSent { id, addr });
        assert!(matches!(
            ana.next().await,
            Event::AckReceived {
                verified: false,
                ..
            }
        ));
    }
    assert_eq!(ana.rest().await, []);
}

#[tokio::test]
async fn a_stuck_peer_does_not_hold_up_the_others() {
    let (mut ana, bob) = (Node::start(1).await, Node::start(2).await);
    let stuck = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    ana.meet(id(3), stuck.local_addr().expect("a bound address"));
    ana.meet(bob.id, bob.addr());
    ana.until(|event| {
        matches!(event, Event::AckReceived { id, .. } if id == Some(bob.id)).then_some(())
    })
    .await;
}
