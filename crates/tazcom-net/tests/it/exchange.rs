//! HELLO and ACK, as they should be.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use tazcom_net::{Config, Event, PayloadKind, PingError, Role, SendError};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::lab::{
    Node, PATIENCE, connect, hello, hello_of_length, id, loopback, read_to_close, say,
};

#[tokio::test]
async fn two_nodes_that_see_each_other_greet_each_other_in_one_session() {
    let (mut ana, mut bob) = (Node::start(1).await, Node::start(2).await);
    ana.meet(bob.id, bob.addr());
    bob.meet(ana.id, ana.addr());
    let mut ends = Vec::new();
    for (node, peer) in [(&mut ana, id(2)), (&mut bob, id(1))] {
        let addr = match node.next().await {
            Event::SessionUp { id, addr, name } => {
                assert_eq!((id, name), (peer, None));
                addr
            }
            event => panic!("{event:?}"),
        };
        let sent = Event::HelloSent {
            id: Some(peer),
            addr,
        };
        assert_eq!(node.next().await, sent);
        let (mut acked, mut greeted) = (false, false);
        while !(acked && greeted) {
            match node.next().await {
                Event::AckReceived { id, verified, .. } => {
                    assert_eq!((id, verified), (Some(peer), true));
                    acked = true;
                }
                Event::HelloReceived {
                    from,
                    text,
                    verified,
                    ..
                } => {
                    let line = format!(r#"{{"type":"HELLO","from":"{peer}"}}"#);
                    assert_eq!((from, text.as_str(), verified), (peer, &*line, true));
                    greeted = true;
                }
                event => panic!("{event:?}"),
            }
        }
        ends.push(node.endpoint.sessions());
    }
    let [one, other] = ends.try_into().expect("there are two");
    assert_eq!((one.len(), other.len()), (1, 1));
    assert_eq!(one[0].binding, other[0].binding);
    assert_eq!(one[0].addr, bob.addr());
    assert_eq!(
        (one[0].role, other[0].role),
        (Role::Initiator, Role::Responder)
    );
}

#[tokio::test]
async fn names_are_told_to_those_who_have_proven_who_they_are() {
    let named = |name: &str| Config {
        name: name.to_owned(),
        ..loopback()
    };
    let mut ana = Node::with(1, named("ana")).await;
    let mut bob = Node::with(2, named("bob")).await;
    ana.meet(bob.id, bob.addr());
    for (node, expected) in [(&mut ana, "bob"), (&mut bob, "ana")] {
        match node.next().await {
            Event::SessionUp { name, .. } => {
                assert_eq!(name.expect("it has one").as_str(), expected);
            }
            event => panic!("{event:?}"),
        }
    }
}

#[tokio::test]
async fn a_round_trip_is_measured_inside_the_session() {
    let (mut ana, bob) = (Node::start(1).await, Node::start(2).await);
    assert_eq!(ana.endpoint.ping(bob.id).await, Err(PingError::NoSession));
    ana.meet(bob.id, bob.addr());
    ana.until(|event| matches!(event, Event::SessionUp { .. }).then_some(()))
        .await;
    // More at once than a session has under way.
    let mut pings = JoinSet::new();
    for _ in 0..40 {
        let (endpoint, id) = (ana.endpoint.clone(), bob.id);
        pings.spawn(async move { endpoint.ping(id).await });
    }
    for answered in pings.join_all().await {
        assert!(answered.is_ok(), "{answered:?}");
    }
    bob.rest().await;
    ana.until(|event| matches!(event, Event::SessionDown { .. }).then_some(()))
        .await;
    assert_eq!(ana.endpoint.ping(id(2)).await, Err(PingError::NoSession));
}

#[tokio::test]
async fn payloads_of_every_size_arrive_in_order() {
    let (mut ana, bob) = (Node::start(1).await, Node::start(2).await);
    let mut read = bob.endpoint.payloads();
    ana.meet(bob.id, bob.addr());
    ana.until(|event| matches!(event, Event::SessionUp { .. }).then_some(()))
        .await;
    let sizes = [0, 1, 16_361, 16_362, 65_536];
    for (n, size) in (1_u8..).zip(sizes) {
        let bytes = Bytes::from(vec![n; size]);
        let sent = ana.endpoint.send(bob.id, PayloadKind::Gossip, bytes);
        sent.expect("there is room");
    }
    let too_long = Bytes::from(vec![0; 65_537]);
    let sent = ana.endpoint.send(bob.id, PayloadKind::Gossip, too_long);
    assert_eq!(sent, Err(SendError::TooLong { len: 65_537 }));
    for (n, size) in (1_u8..).zip(sizes) {
        let payload = timeout(PATIENCE, read.next()).await.expect("it comes");
        let payload = payload.expect("the endpoint is alive");
        assert_eq!((payload.from, payload.kind), (ana.id, PayloadKind::Gossip));
        assert!(payload.bytes.len() == size && payload.bytes.iter().all(|byte| *byte == n));
    }
}

#[tokio::test]
async fn a_hello_is_told_with_its_line_and_where_it_came_from() {
    let mut node = Node::start(1).await;
    let mut stream = connect(node.addr()).await;
    stream
        .write_all(&hello(2))
        .await
        .expect("the line is written");
    assert_eq!(read_to_close(&mut stream).await, b"ACK\n");
    let from = stream.local_addr().expect("the stream has an address");
    let line = format!(r#"{{"type":"HELLO","from":"{}"}}"#, id(2));
    match node.next().await {
        Event::HelloReceived {
            from: who,
            addr,
            text,
            verified: false,
        } => {
            assert_eq!((who, addr, text.as_str()), (id(2), from, line.as_str()));
        }
        event => panic!("{event:?}"),
    }
}

#[tokio::test]
async fn spaces_another_order_and_unknown_keys_are_understood() {
    let node = Node::start(1).await;
    let from = id(2);
    for line in [
        format!("{{ \"type\": \"HELLO\", \"from\": \"{from}\" }}\n"),
        format!("{{\"from\":\"{from}\",\"type\":\"HELLO\"}}\n"),
        format!("{{\"type\":\"HELLO\",\"x\":[1,{{}}],\"from\":\"{from}\"}}\r\n"),
    ] {
        assert_eq!(say(node.addr(), line.as_bytes()).await, b"ACK\n", "{line}");
    }
}

#[tokio::test]
async fn a_line_of_exactly_the_limit_is_answered() {
    let node = Node::start(1).await;
    assert_eq!(say(node.addr(), &hello_of_length(2, 1024)).await, b"ACK\n");
}

#[tokio::test]
async fn a_line_one_past_the_limit_is_not() {
    let mut node = Node::start(1).await;
    assert_eq!(say(node.addr(), &hello_of_length(2, 1025)).await, b"");
    assert!(matches!(
        node.next().await,
        Event::LineTooLong { limit: 1024, .. }
    ));
}

#[tokio::test]
async fn a_hello_that_comes_byte_by_byte_is_answered() {
    let node = Node::start(1).await;
    let mut stream = connect(node.addr()).await;
    stream.set_nodelay(true).expect("loopback knows the option");
    for byte in hello(2) {
        stream
            .write_all(&[byte])
            .await
            .expect("the byte is written");
        tokio::task::yield_now().await;
    }
    assert_eq!(read_to_close(&mut stream).await, b"ACK\n");
}

#[tokio::test]
async fn an_unknown_type_is_answered_with_error_and_told() {
    let mut node = Node::start(1).await;
    let line = format!("{{\"type\":\"DANCE\",\"from\":\"{}\"}}\n", id(2));
    assert_eq!(say(node.addr(), line.as_bytes()).await, b"ERROR\n");
    assert!(
        matches!(node.next().await, Event::UnknownType { type_name, .. } if type_name.as_str() == "DANCE")
    );
}

#[tokio::test]
async fn a_second_line_is_ignored_and_does_not_cost_the_first_its_answer() {
    let node = Node::start(1).await;
    let twice = [hello(2), hello(3)].concat();
    assert_eq!(say(node.addr(), &twice).await, b"ACK\n");
    let with_luggage = [hello(2), vec![b'x'; 20_000]].concat();
    assert_eq!(say(node.addr(), &with_luggage).await, b"ACK\n");
    let rest = node.rest().await;
    assert_eq!(rest.len(), 2, "{rest:?}");
}

#[tokio::test]
async fn a_greeting_in_our_own_name_gets_no_answer() {
    let mut node = Node::start(1).await;
    assert_eq!(say(node.addr(), &hello(1)).await, b"");
    assert!(matches!(node.next().await, Event::SelfHello { .. }));
}

#[tokio::test]
async fn an_ipv4_peer_of_a_dual_stack_listener_is_told_by_its_ipv4_address() {
    let mut node = Node::with(1, Config::lan()).await;
    let port = node.addr().port();
    assert_eq!(
        say(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), &hello(2)).await,
        b"ACK\n"
    );
    assert!(matches!(node.next().await, Event::HelloReceived { addr, .. } if addr.is_ipv4()));
}

#[tokio::test]
async fn ipv6_is_greeted_too() {
    let listen = vec![SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    if std::net::TcpListener::bind(listen[0]).is_err() {
        return; // No IPv6 on this host.
    }
    let (mut ana, bob) = (
        Node::start(1).await,
        Node::with(
            2,
            Config {
                listen,
                ..Config::lan()
            },
        )
        .await,
    );
    ana.meet(bob.id, bob.addr());
    ana.until(|event| {
        matches!(event, Event::AckReceived { addr, .. } if addr.is_ipv6()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn only_connections_to_an_allowed_address_of_ours_are_served() {
    let everywhere = vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))];
    let node = Node::with(
        1,
        Config {
            listen: everywhere,
            ..loopback()
        },
    )
    .await;
    let port = node.addr().port();
    let (here, there) = (
        SocketAddr::from(([127, 0, 0, 1], port)),
        SocketAddr::from(([127, 0, 0, 2], port)),
    );
    assert_eq!(say(here, &hello(2)).await, b"ACK\n");

    let allowed: BTreeSet<IpAddr> = [there.ip()].into();
    node.endpoint.allow_local(Some(allowed));
    // It takes effect on the endpoint's next turn.
    while say(here, &hello(2)).await == b"ACK\n" {}
    assert_eq!(say(there, &hello(2)).await, b"ACK\n");

    node.endpoint.allow_local(None);
    while say(here, &hello(2)).await != b"ACK\n" {}
}
