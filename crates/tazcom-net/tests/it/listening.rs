//! Where an endpoint listens, and what it says when it cannot.

use std::net::{Ipv4Addr, SocketAddr};

use tazcom_net::{BindError, Config, Endpoint};

use crate::lab::{Node, hello, identity, loopback, say};

async fn refusal(listen: Vec<SocketAddr>) -> BindError {
    match Endpoint::bind(
        std::sync::Arc::new(identity(1)),
        Config {
            listen,
            ..Config::lan()
        },
    )
    .await
    {
        Err(error) => error,
        Ok((endpoint, _)) => panic!("it listens on {:?}", endpoint.local_addrs()),
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_together_with_the_way_out() {
    let node = Node::start(1).await;
    let error = refusal(vec![node.addr()]).await;
    let port = node.addr().port();
    assert!(matches!(error, BindError::PortInUse { addr } if addr.port() == port));
    let text = error.to_string();
    assert!(
        text.contains(&port.to_string()) && text.contains("--port 0"),
        "{text}"
    );
}

#[tokio::test]
async fn an_address_of_nobody_here_is_named() {
    // TEST-NET-1, RFC 5737: no host has it.
    let error = refusal(vec![SocketAddr::from(([192, 0, 2, 1], 0))]).await;
    assert!(matches!(error, BindError::AddressNotAvailable { .. }));
    assert!(error.to_string().contains("192.0.2.1"), "{error}");
}

#[tokio::test]
async fn a_port_in_use_is_named_and_its_address_only_when_it_is_one() {
    let everywhere = Node::with(1, Config::default()).await;
    let addr = everywhere.addr();
    let error = refusal(vec![addr]).await.to_string();
    let port = addr.port();
    assert!(
        error.starts_with(&format!("port {port} is in use: ")),
        "{error}"
    );
    let loopback = Node::start(1).await;
    let error = refusal(vec![loopback.addr()]).await.to_string();
    assert!(error.contains("is in use on 127.0.0.1: "), "{error}");
}

#[tokio::test]
async fn no_address_at_all_is_an_error() {
    assert!(matches!(refusal(vec![]).await, BindError::NoAddress));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn several_addresses_without_a_port_share_one() {
    let listen = [1, 2, 3]
        .map(|n| SocketAddr::from(([127, 0, 0, n], 0)))
        .to_vec();
    let node = Node::with(
        1,
        Config {
            listen,
            ..loopback()
        },
    )
    .await;
    let addrs = node.endpoint.local_addrs();
    assert_eq!(addrs.len(), 3);
    for addr in addrs {
        assert_eq!(addr.port(), node.addr().port());
        assert_eq!(say(addr, &hello(2)).await, b"ACK\n");
    }
}

#[tokio::test]
async fn the_default_takes_any_free_port_on_every_address() {
    let node = Node::with(1, Config::default()).await;
    assert!(node.addr().ip().is_unspecified());
    assert_ne!(node.addr().port(), 0);
    assert_eq!(
        say(
            SocketAddr::from((Ipv4Addr::LOCALHOST, node.addr().port())),
            &hello(2)
        )
        .await,
        b"ACK\n"
    );
}

#[tokio::test]
async fn a_restart_takes_its_old_port_again() {
    let node = Node::start(1).await;
    let addr = node.addr();
    assert_eq!(say(addr, &hello(2)).await, b"ACK\n");
    node.endpoint.shutdown().await;
    let again = Node::with(
        1,
        Config {
            listen: vec![addr],
            ..loopback()
        },
    )
    .await;
    assert_eq!(say(again.addr(), &hello(2)).await, b"ACK\n");
}
