//! Every limit on connections, at the limit and one past it.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};

use tazcom_net::{Config, ConnectionLimit, Event, Rate};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::lab::{Node, PATIENCE, connect, hello, loopback, read_to_close, say};

const THREE: NonZeroUsize = NonZeroUsize::new(3).expect("three is not zero");

/// Three tokens, and no more for the rest of the test.
const THREE_REQUESTS: Rate = Rate {
    per_second: NonZeroU32::MIN,
    burst: NonZeroU32::new(3).expect("three is not zero"),
};

/// Connections that say nothing yet. They are accepted in this order.
async fn silent(node: &Node, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(connect(node.addr()).await);
    }
    streams
}

async fn is_answered(mut stream: TcpStream) -> bool {
    // One that was closed may refuse the line.
    let _ = stream.write_all(&hello(2)).await;
    read_to_close(&mut stream).await == b"ACK\n"
}

#[tokio::test]
async fn as_many_as_the_table_holds_are_all_answered() {
    let mut config = loopback();
    config.half_open.total = THREE;
    let node = Node::with(1, config).await;
    for stream in silent(&node, 3).await {
        assert!(is_answered(stream).await);
    }
}

#[tokio::test]
async fn one_more_than_the_table_holds_takes_the_place_of_the_oldest() {
    let mut config = loopback();
    config.half_open.total = THREE;
    let mut node = Node::with(1, config).await;
    let mut streams = silent(&node, 4).await;
    let oldest = streams.remove(0);
    let oldest_addr = oldest.local_addr().expect("the stream has an address");
    assert_eq!(
        node.next().await,
        Event::ConnectionLimit {
            addr: Some(oldest_addr),
            limit: ConnectionLimit::HalfOpen(3)
        }
    );
    assert!(!is_answered(oldest).await);
    for stream in streams {
        assert!(is_answered(stream).await);
    }
}

#[tokio::test]
async fn one_more_than_an_address_may_hold_takes_the_place_of_its_oldest() {
    let mut config = loopback();
    config.half_open.per_address = THREE;
    config.loopback_exempt = false;
    let mut node = Node::with(1, config).await;
    let mut streams = silent(&node, 4).await;
    assert!(matches!(
        node.next().await,
        Event::ConnectionLimit {
            limit: ConnectionLimit::HalfOpenPerAddress(3),
            ..
        }
    ));
    assert!(!is_answered(streams.remove(0)).await);
    for stream in streams {
        assert!(is_answered(stream).await);
    }
}

#[tokio::test]
async fn requests_past_the_rate_of_an_address_are_closed_without_an_answer() {
    let mut config = loopback();
    config.work.per_address = THREE_REQUESTS;
    config.loopback_exempt = false;
    is_closed_at_the_fourth(config, ConnectionLimit::RatePerAddress(1)).await;
}

#[tokio::test]
async fn requests_past_the_rate_of_all_are_closed_without_an_answer() {
    let mut config = loopback();
    config.work.total = THREE_REQUESTS;
    is_closed_at_the_fourth(config, ConnectionLimit::Rate(1)).await;
}

async fn is_closed_at_the_fourth(config: Config, expected: ConnectionLimit) {
    let mut node = Node::with(1, config).await;
    for _ in 0..3 {
        assert_eq!(say(node.addr(), &hello(2)).await, b"ACK\n");
    }
    // A token a second comes back: on a machine that slow, the next ones are past the rate.
    while say(node.addr(), &hello(2)).await == b"ACK\n" {}
    assert!(
        matches!(node.next_complaint().await, Event::ConnectionLimit { limit, .. } if limit == expected)
    );
}

/// Says HELLO from an address of its own; tells whether it was answered.
#[cfg(target_os = "linux")] // Where all of 127.0.0.0/8 is this host's.
async fn greets_from(source: [u8; 4], node: SocketAddr) -> bool {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind(SocketAddr::from((source, 0)))
        .expect("an address of loopback");
    let stream = timeout(PATIENCE, socket.connect(node)).await;
    is_answered(stream.expect("in time").expect("a connection")).await
}

/// Addresses count one by one here, as on a LAN.
#[cfg(target_os = "linux")]
fn as_on_a_lan() -> Config {
    Config {
        loopback_exempt: false,
        ..loopback()
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn three_hundred_neighbours_that_greet_at_once_are_all_answered() {
    let node = Node::with(1, as_on_a_lan()).await;
    let addr = node.addr();
    let mut neighbours = JoinSet::new();
    for n in 1..=300_u16 {
        let [high, low] = n.to_be_bytes();
        neighbours.spawn(greets_from([127, 1, high, low], addr));
    }
    let answered = neighbours.join_all().await;
    assert_eq!(answered.iter().filter(|answered| **answered).count(), 300);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn complete_lines_from_many_addresses_keep_no_honest_one_out() {
    let node = Node::with(1, as_on_a_lan()).await;
    let addr = node.addr();
    let mut attackers = JoinSet::new();
    for n in 1..=50_u8 {
        attackers.spawn(async move {
            loop {
                greets_from([127, 2, 0, n], addr).await;
            }
        });
    }
    for n in 1..=20_u8 {
        let honest = greets_from([127, 3, 0, n], addr);
        assert!(honest.await, "number {n} was not answered");
    }
}

#[tokio::test]
async fn events_nobody_reads_are_lost_and_counted() {
    let config = Config {
        event_capacity: THREE,
        ..loopback()
    };
    let mut node = Node::with(1, config).await;
    for _ in 0..10 {
        assert_eq!(say(node.addr(), &hello(2)).await, b"ACK\n");
    }
    // Served in full, even the last: it was the last connection there is.
    node.endpoint.shutdown().await;
    let mut kept = 0;
    let mut missed = 0;
    while let Some(event) = node.events.next().await {
        match event {
            Event::HelloReceived { .. } => kept += 1,
            Event::Lagged { missed: more } => missed += more,
            event => panic!("{event:?}"),
        }
    }
    assert_eq!((kept, missed), (3, 7));
}

#[tokio::test]
async fn a_reader_that_catches_up_is_told_what_it_missed_at_once() {
    let config = Config {
        event_capacity: THREE,
        ..loopback()
    };
    let mut node = Node::with(1, config).await;
    for _ in 0..10 {
        assert_eq!(say(node.addr(), &hello(2)).await, b"ACK\n");
    }
    for _ in 0..3 {
        assert!(matches!(node.next().await, Event::HelloReceived { .. }));
    }
    // Without any further event.
    let mut missed = 0;
    while missed < 7 {
        match node.next().await {
            Event::Lagged { missed: more } => missed += more,
            Event::HelloReceived { .. } => missed += 1,
            event => panic!("{event:?}"),
        }
    }
}

/// Runs itself again in a process that may open few files, so that no other test has to.
#[cfg(target_os = "linux")]
#[test]
fn without_file_descriptors_connections_wait_and_are_served_once_there_are_some() {
    const CHILD: &str = "TAZCOM_NET_TEST_FEW_FILES";
    const NAME: &str =
        "limits::without_file_descriptors_connections_wait_and_are_served_once_there_are_some";
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        return runtime
            .expect("a runtime")
            .block_on(is_served_once_there_are_file_descriptors());
    }
    let exe = std::env::current_exe().expect("a test knows where it is");
    let status = std::process::Command::new("sh")
        .args([
            "-c",
            "ulimit -n 64 && exec \"$0\" --exact \"$1\" --nocapture",
        ])
        .args([exe.as_os_str(), NAME.as_ref()])
        .env(CHILD, "1")
        .status()
        .expect("there is a shell");
    assert!(status.success());
}

#[cfg(target_os = "linux")]
async fn is_served_once_there_are_file_descriptors() {
    let mut node = Node::start(1).await;
    let mut hoard = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        hoard.push(file);
    }
    // One is left for our own end of the connection, and none for the node's.
    hoard.pop();
    let mut stream = connect(node.addr()).await;
    stream
        .write_all(&hello(2))
        .await
        .expect("the line is written");
    assert_eq!(
        node.next().await,
        Event::ConnectionLimit {
            addr: None,
            limit: ConnectionLimit::Resources
        }
    );
    drop(hoard);
    assert_eq!(read_to_close(&mut stream).await, b"ACK\n");
}
