//! Links that fail and heal.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::stage::{EVER, Pair, accept, connected, hears_nothing, ip, ms, read_error, steady};

#[tokio::test(start_paused = true)]
async fn connecting_across_a_partition_hangs_until_it_heals() {
    let net = steady();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let listener = bob.listen(0).unwrap();
    net.partition(ip(2), ip(1));
    let mut connecting = std::pin::pin!(alice.connect(listener.local_addr()));
    assert!(timeout(EVER, connecting.as_mut()).await.is_err());
    net.heal(ip(1), ip(2));
    timeout(EVER, connecting).await.expect("an answer").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_partition_while_the_answer_is_on_its_way_loses_it() {
    let net = steady();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let listener = bob.listen(0).unwrap();
    let mut connecting = std::pin::pin!(alice.connect(listener.local_addr()));
    assert!(timeout(ms(15), connecting.as_mut()).await.is_err());
    net.partition(ip(1), ip(2));
    net.heal(ip(1), ip(2));
    let began = Instant::now();
    connecting.await.unwrap();
    assert!(began.elapsed() > ms(200), "sent again after a timeout");
}

#[tokio::test(start_paused = true)]
async fn nothing_crosses_a_partition_and_everything_arrives_after_it() {
    let Pair {
        net,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    dialled.write_all(b"on its way, ").await.unwrap();
    net.partition(ip(1), ip(2));
    dialled.write_all(b"written meanwhile").await.unwrap();
    dialled.shutdown().await.unwrap();
    assert!(hears_nothing(&mut accepted).await);

    net.heal(ip(1), ip(2));
    let healed = Instant::now();
    let mut heard = String::new();
    accepted.read_to_string(&mut heard).await.unwrap();
    assert_eq!(heard, "on its way, written meanwhile");
    assert!((ms(210)..ms(213)).contains(&healed.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_reader_asleep_is_woken_by_what_arrives_after_the_partition() {
    let Pair {
        net,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    net.partition(ip(1), ip(2));
    dialled.write_u8(7).await.unwrap();
    let reading = tokio::spawn(async move { accepted.read_u8().await.unwrap() });
    tokio::task::yield_now().await;
    net.heal(ip(1), ip(2));
    assert_eq!(timeout(EVER, reading).await.expect("woken").unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn partitions_are_between_two_hosts_only() {
    let Pair {
        net,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    net.host(ip(3));
    net.partition(ip(1), ip(3));
    net.partition(ip(2), ip(3));
    dialled.write_u8(1).await.unwrap();
    assert_eq!(accepted.read_u8().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reset_sent_into_a_partition_is_lost_until_somebody_writes() {
    let Pair {
        net,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    dialled.write_u8(1).await.unwrap();
    dialled.write_u8(2).await.unwrap();
    accepted.read_u8().await.unwrap();
    net.partition(ip(1), ip(2));
    drop(accepted);
    net.heal(ip(1), ip(2));
    assert!(hears_nothing(&mut dialled).await);
    dialled.write_u8(3).await.unwrap();
    assert_eq!(read_error(&mut dialled).await, ErrorKind::ConnectionReset);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_stood_for_its_dialler_only_is_accepted_after_the_partition() {
    let net = steady();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let mut listener = bob.listen(0).unwrap();
    let mut stream = alice.connect(listener.local_addr()).await.unwrap();
    net.partition(ip(1), ip(2));
    stream.write_u8(5).await.unwrap();
    let accepting = tokio::spawn(async move {
        let (mut stream, _) = accept(&mut listener).await;
        stream.read_u8().await.unwrap()
    });
    assert!(hears_nothing(&mut stream).await);
    net.heal(ip(1), ip(2));
    assert_eq!(timeout(EVER, accepting).await.expect("woken").unwrap(), 5);
}
