//! Peers that answer in every way but the right one.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tazcom_net::{Config, DialFailure, Event, SeenAddr, Sighting};
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

async fn answer_is_told_as(answer: &'static [u8], expected: DialFailure) {
    let mut node = Node::start(1).await;
    let addr = server(move |mut stream| async move {
        let _ = stream.write_all(answer).await;
    })
    .await;
    node.meet(id(2), addr);
    assert_eq!(
        first_failure(&mut node).await,
        Event::DialFailed {
            id: Some(id(2)),
            addr,
            reason: expected
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
    node.until(|event| matches!(event, Event::HelloSent { .. }).then_some(()))
        .await;
    let (mut stream, _) = listener.accept().await.expect("a connection");
    stream
        .write_all(b"ACK\n")
        .await
        .expect("the answer is written");
    assert!(matches!(node.next().await, Event::AckReceived { id: Some(who), .. } if who == id(2)));
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
        Event::HelloSent {
            id: Some(id(2)),
            addr
        }
    );
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
    let addr = server(|mut stream| async move {
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
    assert_eq!(
        ana.next().await,
        Event::HelloSent {
            id: None,
            addr: bob.addr()
        }
    );
    assert!(matches!(
        ana.next().await,
        Event::AckReceived { id: None, .. }
    ));
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
    });
    ana.meet(bob.id, bob.addr());
    ana.until(|event| matches!(event, Event::AckReceived { .. }).then_some(()))
        .await;
    assert_eq!(ana.rest().await, []);
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
async fn a_peer_is_greeted_again_at_its_new_port() {
    let (mut ana, bob, bob_again) = (
        Node::start(1).await,
        Node::start(2).await,
        Node::start(2).await,
    );
    for addr in [bob.addr(), bob_again.addr()] {
        ana.meet(bob.id, addr);
        assert_eq!(
            ana.next().await,
            Event::HelloSent {
                id: Some(bob.id),
                addr
            }
        );
        assert!(matches!(ana.next().await, Event::AckReceived { .. }));
        ana.meet(bob.id, addr);
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
