//! The end of an endpoint: orderly, within its deadline, with nothing left.

use std::net::Ipv4Addr;

use tazcom_net::{Event, ShutdownReport};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::timeout;

#[cfg(target_os = "linux")]
use crate::lab::full_backlog;
use crate::lab::{Node, PATIENCE, connect, hello, id, impatient, loopback, read_to_close, say};

/// The task that reports is the last to end, a moment after it has reported.
async fn until_no_task_is_left() {
    let metrics = Handle::current().metrics();
    let none_left = async {
        while metrics.num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, none_left).await.expect("every task ends");
}

#[tokio::test]
async fn an_idle_endpoint_ends_with_nothing_to_report() {
    let mut node = Node::start(1).await;
    assert_eq!(node.endpoint.shutdown().await, ShutdownReport::default());
    assert_eq!(node.events.next().await, None);
    until_no_task_is_left().await;
}

#[tokio::test]
async fn stuck_peers_are_cut_off_at_the_deadline_and_no_task_is_left() {
    let mut config = loopback();
    config.deadlines.drain = impatient().deadlines.drain;
    let mut node = Node::with(1, config).await;

    let silent_server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    node.meet(id(2), silent_server.local_addr().expect("a bound address"));
    let called = silent_server.accept().await.expect("a connection");
    let mut silent_client = connect(node.addr()).await;
    silent_client
        .write_all(b"{")
        .await
        .expect("the byte is written");
    // Connections are accepted in order: once a later one was served, the first one is in.
    assert_eq!(say(node.addr(), &hello(3)).await, b"ACK\n");
    node.until(|event| matches!(event, Event::HelloReceived { .. }).then_some(()))
        .await;

    let report = node.endpoint.shutdown().await;
    assert_eq!(
        report,
        ShutdownReport {
            drained: 0,
            aborted: 2
        }
    );
    until_no_task_is_left().await;
    assert_eq!(read_to_close(&mut silent_client).await, b"");
    drop(called);
}

#[tokio::test]
async fn an_exchange_under_way_is_brought_to_its_end() {
    let node = Node::start(1).await;
    let (addr, line) = (node.addr(), hello(2));
    let (begun, rest) = line.split_at(10);
    let mut stream = connect(addr).await;
    stream
        .write_all(begun)
        .await
        .expect("the bytes are written");
    assert_eq!(say(addr, &hello(3)).await, b"ACK\n");

    let endpoint = node.endpoint.clone();
    let report = tokio::spawn(async move { endpoint.shutdown().await });
    // Once nobody is let in any more, the end has begun.
    while TcpStream::connect(addr).await.is_ok() {}
    stream.write_all(rest).await.expect("the bytes are written");
    assert_eq!(read_to_close(&mut stream).await, b"ACK\n");
    drop(stream);
    let report = report.await.expect("shutting down does not panic");
    assert!(report.drained >= 1, "{report:?}");
    assert_eq!(report.aborted, 0);
    assert!(
        node.rest()
            .await
            .iter()
            .any(|event| matches!(event, Event::HelloReceived { from, .. } if *from == id(2)))
    );
}

#[tokio::test]
async fn every_handle_is_given_the_same_report() {
    let node = Node::start(1).await;
    let mut stream = connect(node.addr()).await;
    stream.write_all(b"{").await.expect("the byte is written");
    assert_eq!(say(node.addr(), &hello(3)).await, b"ACK\n");
    let other = node.endpoint.clone();
    let (first, second) = tokio::join!(node.endpoint.shutdown(), other.shutdown());
    assert_eq!(first, second);
    assert_eq!(first.aborted, 1);
    assert_eq!(node.endpoint.shutdown().await, first);
}

#[tokio::test]
async fn an_endpoint_without_a_handle_ends_by_itself() {
    let Node {
        endpoint,
        mut events,
        ..
    } = Node::start(1).await;
    drop(endpoint);
    let ended = timeout(PATIENCE, events.next())
        .await
        .expect("the endpoint ends");
    assert_eq!(ended, None);
    until_no_task_is_left().await;
}

#[tokio::test]
async fn an_endpoint_nobody_listens_to_goes_on_answering() {
    let Node {
        endpoint, events, ..
    } = Node::start(1).await;
    drop(events);
    for _ in 0..5 {
        assert_eq!(say(endpoint.local_addrs()[0], &hello(2)).await, b"ACK\n");
    }
    endpoint.shutdown().await;
    until_no_task_is_left().await;
}

/// Greeting a dead address must not make Ctrl-C slow.
#[cfg(target_os = "linux")] // Where a full backlog drops connections in silence.
#[tokio::test]
async fn a_dial_without_a_connection_is_dropped_at_once_and_not_counted() {
    let mut config = loopback();
    config.deadlines.connect = PATIENCE * 2;
    config.deadlines.exchange = PATIENCE * 2;
    config.deadlines.drain = PATIENCE * 2;
    let node = Node::with(1, config).await;
    let (_full, addr) = full_backlog();
    node.meet(id(2), addr);
    // Tasks: the endpoint's own and the dial's.
    let metrics = Handle::current().metrics();
    let dialling = async {
        while metrics.num_alive_tasks() < 2 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, dialling).await.expect("the dial begins");
    let report = timeout(PATIENCE, node.endpoint.shutdown())
        .await
        .expect("it does not wait for the dial");
    assert_eq!(report, ShutdownReport::default());
    until_no_task_is_left().await;
}
