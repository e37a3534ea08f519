//! Strangers who do not keep to the protocol.

use std::time::Duration;

use tazcom_net::{Config, Event, HandshakeError, Malformation, WarningKind};
use tazcom_proto::RequestError;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

use crate::lab::{Node, PATIENCE, SHORT, connect, hello, id, impatient, read_to_close, say};

/// The start of a TLS 1.3 ClientHello.
const TLS: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

async fn is_closed_without_a_byte_with_one_complaint(
    bytes: &[u8],
    expected: impl Fn(&Event) -> bool,
) {
    let mut node = Node::with(1, impatient()).await;
    let addr = node.addr();
    let mut stranger = connect(addr).await;
    stranger
        .write_all(bytes)
        .await
        .expect("the bytes are written");
    // While it is there, an honest peer is answered.
    assert_eq!(say(addr, &hello(2)).await, b"ACK\n");
    assert_eq!(
        read_to_close(&mut stranger).await,
        b"",
        "{bytes:?} was answered"
    );
    let complaint = node.next_complaint().await;
    assert!(expected(&complaint), "{bytes:?}: {complaint:?}");
    assert_eq!(say(addr, &hello(2)).await, b"ACK\n");
    let more: Vec<Event> = node
        .rest()
        .await
        .into_iter()
        .filter(|event| !matches!(event, Event::HelloReceived { .. }))
        .collect();
    assert_eq!(more, []);
}

fn is_unknown_protocol(event: &Event) -> bool {
    matches!(
        event,
        Event::Malformed {
            reason: Malformation::UnknownProtocol { .. },
            ..
        }
    )
}

fn is_past(event: &Event, deadline: Duration) -> bool {
    matches!(event, Event::Deadline { limit, .. } if *limit == deadline)
}

#[tokio::test]
async fn silence_is_closed_by_the_first_deadline() {
    is_closed_without_a_byte_with_one_complaint(b"", |event| is_past(event, SHORT.first_byte))
        .await;
}

#[tokio::test]
async fn half_a_line_is_closed_by_the_second() {
    is_closed_without_a_byte_with_one_complaint(b"{\"type\":\"HEL", |event| {
        is_past(event, SHORT.exchange)
    })
    .await;
}

#[tokio::test]
async fn what_speaks_another_protocol_is_closed() {
    for bytes in [
        TLS,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x00\xff\x80\x01",
        b"\n",
        b" {}\n",
    ] {
        is_closed_without_a_byte_with_one_complaint(bytes, is_unknown_protocol).await;
    }
}

#[tokio::test]
async fn what_only_begins_like_a_session_is_closed() {
    let length = |found: u16| [&b"TAZCOM/2\n"[..], &found.to_be_bytes()].concat();
    let not_session = |expected: HandshakeError| move |event: &Event| matches!(event, Event::HandshakeFailed { reason, .. } if *reason == expected);
    for other in [
        "TAZCOM/1\n",
        "TAZCOM/9\n",
        "TAZCOM/2\r\n",
        "Tazcom/2\n",
        "TRACE / HTTP/1.1\r\n",
    ] {
        let expected = not_session(HandshakeError::Preamble);
        is_closed_without_a_byte_with_one_complaint(other.as_bytes(), expected).await;
    }
    for found in [0, 31, 33, 65_535] {
        let expected = not_session(HandshakeError::Length { message: 1, found });
        is_closed_without_a_byte_with_one_complaint(&length(found), expected).await;
    }
    let stalls = [&length(32)[..], &[9; 31]].concat();
    let expected = not_session(HandshakeError::Deadline);
    is_closed_without_a_byte_with_one_complaint(&stalls, expected).await;
}

#[tokio::test]
async fn a_line_without_end_is_closed_at_the_limit() {
    let endless = [b"{".as_slice(), &[b'x'; 1024]].concat();
    is_closed_without_a_byte_with_one_complaint(&endless, |event| {
        matches!(event, Event::LineTooLong { limit: 1024, .. })
    })
    .await;
}

#[tokio::test]
async fn what_is_no_request_is_closed() {
    let not_utf8 = b"{\"type\":\"HELLO\",\"from\":\"\xff\"}\n";
    is_closed_without_a_byte_with_one_complaint(not_utf8, |event| {
        matches!(
            event,
            Event::Malformed {
                reason: Malformation::Request(RequestError::NotUtf8 { .. }),
                ..
            }
        )
    })
    .await;
    let nested = [b"{\"a\":".as_slice(), &[b'['; 1000], b"\n"].concat();
    for bytes in [b"{}}\n".as_slice(), b"{nonsense\n", &nested] {
        is_closed_without_a_byte_with_one_complaint(bytes, |event| {
            matches!(
                event,
                Event::Malformed {
                    reason: Malformation::Request(RequestError::NotJson { .. }),
                    ..
                }
            )
        })
        .await;
    }
}

#[tokio::test]
async fn a_name_that_is_no_node_id_is_closed() {
    let good = id(2).to_string();
    for from in [
        &good[..42],
        &format!("{good}A"),
        &format!("{good}="),
        "",
        "\u{202e}",
    ] {
        let line = format!("{{\"type\":\"HELLO\",\"from\":\"{from}\"}}\n");
        is_closed_without_a_byte_with_one_complaint(line.as_bytes(), |event| {
            matches!(
                event,
                Event::Malformed {
                    reason: Malformation::Request(RequestError::BadId(_)),
                    ..
                }
            )
        })
        .await;
    }
}

#[tokio::test]
async fn a_byte_now_and_then_buys_no_time() {
    let mut node = Node::with(1, impatient()).await;
    let addr = node.addr();
    let mut strangers = JoinSet::new();
    for _ in 0..4 {
        strangers.spawn(async move {
            let mut stream = connect(addr).await;
            let mut tick = interval(Duration::from_millis(50));
            // At this pace a whole line would take 51 s.
            while stream.write_all(b"{").await.is_ok() {
                tick.tick().await;
            }
        });
    }
    for _ in 0..4 {
        assert!(is_past(&node.next_complaint().await, SHORT.exchange));
    }
    timeout(PATIENCE, strangers.join_all())
        .await
        .expect("all of them are closed");
    assert_eq!(say(addr, &hello(2)).await, b"ACK\n");
}

#[tokio::test]
async fn a_line_cut_short_is_told_and_a_mere_knock_is_not() {
    let mut node = Node::with(1, impatient()).await;
    drop(connect(node.addr()).await);
    let mut stream = connect(node.addr()).await;
    stream
        .write_all(b"{\"type\"")
        .await
        .expect("the bytes are written");
    stream.shutdown().await.expect("the stream is ended");
    assert_eq!(read_to_close(&mut stream).await, b"");
    assert!(matches!(
        node.next().await,
        Event::Malformed {
            reason: Malformation::Unfinished,
            ..
        }
    ));
}

#[tokio::test]
async fn the_same_complaint_again_and_again_is_told_as_a_count() {
    let mut config = impatient();
    config.reports.window = Duration::from_millis(500);
    let mut node = Node::with(1, config).await;
    // All of them within one window, or in two: nothing is lost either way.
    for _ in 0..50 {
        assert_eq!(say(node.addr(), TLS).await, b"");
    }
    let mut told = 0;
    let mut counted = 0;
    while told + counted < 50 {
        match node.next().await {
            Event::Malformed { .. } => told += 1,
            Event::Suppressed {
                kind: WarningKind::Malformed,
                source,
                count,
            } => {
                assert_eq!(source, Some(node.addr().ip()));
                counted += count;
            }
            event => panic!("{event:?}"),
        }
    }
    assert!(counted > 0);
}

#[tokio::test]
async fn a_reset_at_any_moment_leaves_nothing_behind() {
    let node = Node::with(1, impatient()).await;
    let line = hello(2);
    for sent in [0, 1, 10, line.len() - 1, line.len()] {
        let mut stream = connect(node.addr()).await;
        stream
            .write_all(&line[..sent])
            .await
            .expect("the bytes are written");
        // A linger of zero makes closing a reset.
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .expect("loopback knows the option");
        drop(stream);
    }
    assert_eq!(say(node.addr(), &line).await, b"ACK\n");
    let report = node.endpoint.shutdown().await;
    assert_eq!(report.aborted, 0);
}

/// A hundred addresses with four silent connections each, opened again as soon as they are closed,
/// against the table of [`Config::lan`]: refusing newcomers served nobody here.
#[cfg(target_os = "linux")] // Where all of 127/8 is ours to connect from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_attacking_addresses_do_not_keep_one_honest_peer_out() {
    use std::net::SocketAddr;

    use tokio::net::TcpSocket;

    let mut config = impatient();
    // The attackers are loopback addresses, too, and are to be treated like any others.
    config.loopback_exempt = false;
    // This is about the table; sixty greetings of one address in a row would meet the rate.
    config.work = Config::bench().work;
    config.deadlines.exchange = Duration::from_secs(3);
    let mut node = Node::with(1, config).await;
    let addr = node.addr();

    let mut attackers = JoinSet::new();
    for n in 0..400u16 {
        let [high, low] = (n / 4 + 1).to_be_bytes();
        let from = SocketAddr::from(([127, 1, high, low], 0));
        attackers.spawn(async move {
            loop {
                let socket = TcpSocket::new_v4().expect("a socket");
                socket.bind(from).expect("all of 127/8 is ours");
                if let Ok(mut stream) = socket.connect(addr).await {
                    let _ = stream.write_all(b"{").await;
                    read_to_close(&mut stream).await;
                }
            }
        });
    }
    // The attack is on once connections have to make room for others.
    node.until(|event| matches!(event, Event::ConnectionLimit { .. }).then_some(()))
        .await;
    let reader = tokio::spawn(async move { while node.events.next().await.is_some() {} });

    let begun = Instant::now();
    let mut served = 0;
    for _ in 0..60 {
        served += u32::from(say(addr, &hello(2)).await == b"ACK\n");
    }
    let took = begun.elapsed();
    attackers.shutdown().await;
    reader.abort();
    assert_eq!(served, 60, "of 60 in {took:?}");
}
