//! Hosts that lose their power.

use std::io::ErrorKind;

use tazcom_testkit::STREAM_BUFFER;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::stage::{EVER, Pair, accept, connected, hears_nothing, ip, read_error, steady};

#[tokio::test(start_paused = true)]
async fn of_a_crashed_host_nothing_is_heard_and_writers_block() {
    let Pair {
        net,
        alice,
        listener,
        mut dialled,
        mut accepted,
    } = connected(steady()).await;
    accepted.write_all(b"arrived").await.unwrap();
    let mut arrived = [0; 7];
    dialled.read_exact(&mut arrived).await.unwrap();
    accepted.write_all(b"on its way").await.unwrap();
    net.crash(ip(2));
    assert!(hears_nothing(&mut dialled).await);
    let lot = vec![0; STREAM_BUFFER + 1];
    assert!(timeout(EVER, dialled.write_all(&lot)).await.is_err());
    let connecting = alice.connect(listener.local_addr());
    assert!(timeout(EVER, connecting).await.is_err());
    assert_eq!(
        net.open_streams(),
        1,
        "those of a crashed host do not count"
    );
    assert!(hears_nothing(&mut accepted).await, "nor does it hear");
}

#[tokio::test(start_paused = true)]
async fn a_host_switched_on_again_resets_who_writes_to_its_former_life() {
    let Pair {
        net,
        alice,
        listener,
        mut dialled,
        accepted,
    } = connected(steady()).await;
    let addr = listener.local_addr();
    let former = net.host(ip(2));
    net.crash(ip(2));
    let bob = net.host(ip(2));
    assert!(hears_nothing(&mut dialled).await);
    dialled.write_u8(1).await.unwrap();
    assert_eq!(read_error(&mut dialled).await, ErrorKind::ConnectionReset);

    let refused = alice.connect(addr).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(former.listen(0).unwrap_err().kind(), ErrorKind::NetworkDown);
    let _again = bob.listen(addr.port()).unwrap();
    // What is left of the former life takes nothing from the new one.
    drop((listener, accepted));
    alice.connect(addr).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_written_while_a_host_was_off_is_answered_with_a_reset() {
    let Pair {
        net, mut dialled, ..
    } = connected(steady()).await;
    net.crash(ip(2));
    dialled.write_u8(1).await.unwrap();
    assert!(hears_nothing(&mut dialled).await);
    net.host(ip(2));
    assert_eq!(read_error(&mut dialled).await, ErrorKind::ConnectionReset);
}

#[tokio::test(start_paused = true)]
async fn a_dialler_that_crashed_before_it_was_heard_is_never_accepted() {
    let net = steady();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let mut listener = bob.listen(0).unwrap();
    let _stream = alice.connect(listener.local_addr()).await.unwrap();
    net.crash(ip(1));
    assert!(timeout(EVER, accept(&mut listener)).await.is_err());
    assert_eq!(net.open_streams(), 0);
}
