//! How a stream begins, or does not.

use std::io::ErrorKind;

use tazcom_testkit::BACKLOG;
use tokio::time::{Instant, timeout};

use crate::stage::{EVER, accept, ip, ms, read_error, steady};

#[tokio::test(start_paused = true)]
async fn connecting_takes_a_round_trip_and_is_refused_after_one() {
    let net = steady();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let listener = bob.listen(0).unwrap();
    let addr = listener.local_addr();

    let began = Instant::now();
    alice.connect(addr).await.unwrap();
    assert!((ms(20)..ms(23)).contains(&began.elapsed()));

    drop(listener);
    let began = Instant::now();
    let refused = alice.connect(addr).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert!((ms(20)..ms(23)).contains(&began.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_port_has_one_listener_and_port_zero_is_a_free_one() {
    let net = steady();
    let host = net.host(ip(1));
    let (one, two) = (host.listen(0).unwrap(), host.listen(0).unwrap());
    let port = one.local_addr().port();
    assert_ne!(port, two.local_addr().port());
    assert_eq!(host.listen(port).unwrap_err().kind(), ErrorKind::AddrInUse);
    drop(one);
    host.listen(port).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_full_backlog_answers_no_more_until_somebody_accepts() {
    let net = steady();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let mut listener = bob.listen(0).unwrap();
    let addr = listener.local_addr();
    let mut waiting = Vec::new();
    for _ in 0..BACKLOG {
        waiting.push(alice.connect(addr).await.unwrap());
    }
    let mut late = std::pin::pin!(alice.connect(addr));
    assert!(timeout(EVER, late.as_mut()).await.is_err());
    let (_, first) = accept(&mut listener).await;
    assert_eq!(first, waiting.first().unwrap().local_addr());
    timeout(EVER, late).await.expect("an answer").unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_waits_in_a_backlog_is_reset_when_the_listener_goes() {
    let net = steady();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let listener = bob.listen(0).unwrap();
    let mut stream = alice.connect(listener.local_addr()).await.unwrap();
    drop(listener);
    assert_eq!(read_error(&mut stream).await, ErrorKind::ConnectionReset);
    drop(stream);
    assert_eq!(net.open_streams(), 0);
}
